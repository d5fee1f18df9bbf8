using System;
using System.Threading;
using NUnit.Framework;

namespace Dmerp.Tests.Framework
{
    /// <summary>Exceptions that cross the border of an AppDomain, as an add-in's do.</summary>
    [TestFixture]
    public class DomainTests : SandboxTests
    {
        private AppDomain domain;
        private AddIn addIn;

        [SetUp]
        public void MakeDomain()
        {
            domain = AppDomain.CreateDomain("add-in", null, new AppDomainSetup { ApplicationBase = Child.Programs });
            var path = new Uri(typeof(AddIn).Assembly.CodeBase).LocalPath;
            addIn = (AddIn)domain.CreateInstanceFromAndUnwrap(path, typeof(AddIn).FullName);
        }

        [TearDown]
        public void UnloadDomain() => AppDomain.Unload(domain);

        [Test]
        public void AnExceptionCrossesWithAllItTells()
        {
            Sandbox.Fault("'times': 0, 'action': {'status': {'code': 400, 'body': 'such is not pushed'}}");
            var error = Throws(Status.Rejected, () => addIn.Push(Sandbox.BaseUrl, Sandbox.AppArea, Sandbox.ApiKey, "p-1"));
            Assert.AreEqual(400, error.HttpStatus);
            Assert.AreEqual("p-1", error.PacketId);
            Assert.AreEqual(1, error.Attempts);
            Assert.IsFalse(error.IsRetryable);
            StringAssert.Contains("such is not pushed", error.ServerMessage);
            StringAssert.Contains("such is not pushed", error.Message);
        }

        [Test]
        public void ACancelCrossesAsWell()
        {
            var cancelled = Assert.Throws<OperationCanceledException>(
                () => addIn.CheckCancelled(Sandbox.BaseUrl, Sandbox.AppArea, Sandbox.ApiKey));
            var error = (DmerpException)cancelled.InnerException;
            Assert.AreEqual(Status.Cancelled, error.Status);
            Assert.AreEqual(0, error.Attempts);
            StringAssert.Contains("cancel", error.Message);
        }

        private sealed class AddIn : MarshalByRefObject
        {
            internal void Push(string baseUrl, string appArea, string apiKey, string packetId)
            {
                using (var config = new Config(appArea, apiKey) { BaseUrl = baseUrl })
                using (var client = new Client(config))
                {
                    client.Push("anna", Small, packetId: packetId);
                }
            }

            internal void CheckCancelled(string baseUrl, string appArea, string apiKey)
            {
                using (var config = new Config(appArea, apiKey) { BaseUrl = baseUrl })
                using (var client = new Client(config))
                {
                    client.Check(cancellationToken: new CancellationToken(true));
                }
            }
        }
    }
}
