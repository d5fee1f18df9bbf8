using System;
using System.Diagnostics;
using System.Threading;
using NUnit.Framework;

namespace Dmerp.Tests.Framework
{
    /// <summary>AppDomains that come and go, as with add-ins.</summary>
    [TestFixture]
    public class UnloadTests : SandboxTests
    {
        [TestCase(false)]
        [TestCase(true)]
        public void ADomainUnloadsWhileACallRuns(bool receiving)
        {
            Sandbox.Fault("'times': 0, 'action': 'hang'");
            var setup = new AppDomainSetup { ApplicationBase = Child.Programs };
            var domain = AppDomain.CreateDomain("add-in", null, setup);
            var type = typeof(AddIn);
            var path = new Uri(type.Assembly.CodeBase).LocalPath;
            var addIn = (AddIn)domain.CreateInstanceFromAndUnwrap(path, type.FullName);
            addIn.Begin(Sandbox.BaseUrl, Sandbox.AppArea, Sandbox.ApiKey, receiving);
            Await.That(() => Sandbox.Requests().Count == 1);
            var clock = Stopwatch.StartNew();
            AppDomain.Unload(domain);
            Assert.Less(clock.Elapsed, TimeSpan.FromSeconds(10));
            Sandbox.ClearFaults();
            NewClient().Check();
        }

        private sealed class AddIn : MarshalByRefObject
        {
            internal void Begin(string baseUrl, string appArea, string apiKey, bool receiving)
            {
                var config = new Config(appArea, apiKey) { BaseUrl = baseUrl };
                config.LogTo(LogLevel.Debug, (level, message) => { });
                var client = new Client(config);
                var call = receiving ? (ThreadStart)(() => client.Receive().Next()) : () => client.Check();
                new Thread(call) { IsBackground = true }.Start();
            }
        }
    }
}
