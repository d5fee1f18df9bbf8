using System.Linq;
using NUnit.Framework;

namespace Dmerp.Tests.Framework
{
    [TestFixture]
    public class AssetTests
    {
        /// <summary>An add-in cannot bring facades along, and nobody can edit its host's exe.config.</summary>
        [Test]
        public void TheAssemblyForDotNetFrameworkNeedsNothingElse()
        {
            var needed = typeof(Client).Assembly.GetReferencedAssemblies().Select(one => one.Name);
            CollectionAssert.IsSubsetOf(needed, new[] { "mscorlib", "System", "System.Core", "System.Data" });
        }
    }
}
