using System;
using System.IO;
using NUnit.Framework;

namespace Dmerp.Tests.Framework
{
    /// <summary>Hosts that run a copy of an add-in's assemblies, so that the add-in can be replaced meanwhile.</summary>
    [TestFixture]
    public class ShadowTests
    {
        [Test]
        public void TheOriginalPlaceIsLookedIn()
        {
            using (var host = new TemporaryFolder())
            using (var addIn = new TemporaryFolder())
            {
                var assembly = Path.Combine(addIn.Path, "Dmerp.Client.dll");
                var library = Path.Combine(addIn.Path, "libdmerp.so");
                File.Copy(typeof(Client).Assembly.Location, assembly);
                File.Copy(Environment.GetEnvironmentVariable("DMERP_LIBRARY"), library);
                var tests = typeof(ShadowTests).Assembly.Location;
                File.Copy(tests, Path.Combine(host.Path, Path.GetFileName(tests)));
                var domain = AppDomain.CreateDomain("host", null, new AppDomainSetup
                {
                    ApplicationBase = host.Path,
                    ApplicationName = "host",
                    CachePath = Path.Combine(host.Path, "cache"),
                    ShadowCopyFiles = "true",
                });
                try
                {
                    var probe = (Probe)domain.CreateInstanceAndUnwrap(typeof(Probe).Assembly.FullName, typeof(Probe).FullName);
                    var found = probe.Find(assembly);
                    StringAssert.StartsWith(Path.Combine(host.Path, "cache"), found[0], "this host copies nothing");
                    Assert.AreEqual(library, found[1]);
                }
                finally
                {
                    AppDomain.Unload(domain);
                }
            }
        }

        private sealed class Probe : MarshalByRefObject
        {
            /// <summary>Where the assembly runs, and where it found its library.</summary>
            internal string[] Find(string assembly)
            {
                var variable = Environment.GetEnvironmentVariable("DMERP_LIBRARY");
                Environment.SetEnvironmentVariable("DMERP_LIBRARY", null);
                try
                {
                    var loaded = System.Reflection.Assembly.LoadFrom(assembly);
                    var path = loaded.GetType("Dmerp.DmerpLibrary").GetProperty("Path").GetValue(null);
                    return new[] { loaded.Location, (string)path };
                }
                finally
                {
                    Environment.SetEnvironmentVariable("DMERP_LIBRARY", variable);
                }
            }
        }
    }
}
