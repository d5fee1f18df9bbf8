using System;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;
using NUnit.Framework;

namespace Dmerp.Tests
{
    [TestFixture]
    public class LibraryTests
    {
        [Test]
        public void TheLibraryTellsItsFacts()
        {
            var package = typeof(Client).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>();
            Assert.AreEqual(package.InformationalVersion, DmerpLibrary.Version);
            Assert.AreEqual(1, DmerpLibrary.AbiVersion);
            Assert.AreEqual(0, DmerpLibrary.LiveHandles);
            Assert.AreEqual(Environment.GetEnvironmentVariable("DMERP_LIBRARY"), DmerpLibrary.Path);
        }

        /// <summary>What a program was built against does not change with a patch, so none needs a binding redirect.</summary>
        [Test]
        public void TheAssemblyHasAStrongNameThatPatchesKeep()
        {
            var name = typeof(Client).Assembly.GetName();
            Assert.AreEqual("4B-31-46-0C-C6-8E-90-19", BitConverter.ToString(name.GetPublicKeyToken()));
            Assert.AreEqual(0, name.Version.Build);
            Assert.AreEqual(0, name.Version.Revision);
        }

        [Test]
        public void EveryVerbHasAnAsyncCounterpartWithTheSameParameters()
        {
            var methods = typeof(Client).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly);
            // Receive and Stats send no request.
            var others = new[] { "Receive", "Stats", "Dispose" };
            var verbs = methods.Where(one => !one.Name.EndsWith("Async", StringComparison.Ordinal) && !others.Contains(one.Name));
            foreach (var verb in verbs)
            {
                var types = verb.GetParameters().Select(parameter => parameter.ParameterType).ToArray();
                var counterpart = typeof(Client).GetMethod(verb.Name + "Async", types);
                Assert.IsNotNull(counterpart, verb.ToString());
                var result = verb.ReturnType == typeof(void) ? typeof(Task) : typeof(Task<>).MakeGenericType(verb.ReturnType);
                Assert.AreEqual(result, counterpart.ReturnType);
                CollectionAssert.AreEqual(
                    verb.GetParameters().Select(parameter => parameter.Name + "=" + parameter.RawDefaultValue),
                    counterpart.GetParameters().Select(parameter => parameter.Name + "=" + parameter.RawDefaultValue));
            }
        }
    }
}
