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
