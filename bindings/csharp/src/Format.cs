namespace Dmerp
{
    /// <summary>The form of a packet, a list or a request.</summary>
    public enum Format
    {
        /// <summary>What <see cref="Config.Format"/> says; not for a push, which must know what it sends.</summary>
        Default = 0,

        /// <summary>XML.</summary>
        Xml = 1,

        /// <summary>JSON.</summary>
        Json = 2,
    }
}
