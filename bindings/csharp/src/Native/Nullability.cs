#if !NET
namespace System.Diagnostics.CodeAnalysis
{
    /// <summary>Of a property that can be null but is not set to null. The compiler knows it by its name.</summary>
    [AttributeUsage(AttributeTargets.Property)]
    internal sealed class DisallowNullAttribute : Attribute
    {
    }
}
#endif
