using System;
using System.Reflection;
using System.Runtime.Serialization;
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
            var error = Assert.Throws<RejectedException>(
                () => addIn.Push(Sandbox.BaseUrl, Sandbox.AppArea, Sandbox.ApiKey, "p-1"));
            Assert.AreEqual(Status.Rejected, error.Status);
            Assert.AreEqual(400, error.HttpStatus);
            Assert.AreEqual("p-1", error.PacketId);
            Assert.AreEqual(1, error.Attempts);
            Assert.IsFalse(error.Retryable);
            StringAssert.Contains("such is not pushed", error.ServerMessage);
            StringAssert.Contains("such is not pushed", error.Message);
        }

        [Test]
        public void ACancelCrossesAsWell()
        {
            var error = Assert.Throws<CancelledException>(
                () => addIn.CheckCancelled(Sandbox.BaseUrl, Sandbox.AppArea, Sandbox.ApiKey));
            Assert.AreEqual(Status.Cancelled, error.Status);
            Assert.AreEqual(0, error.Attempts);
            StringAssert.Contains("cancel", error.Message);
        }

        [Test]
        public void EveryExceptionCanBeSerialized()
        {
            foreach (var type in typeof(DmerpException).Assembly.GetTypes())
            {
                if (typeof(IDmerpError).IsAssignableFrom(type) && type.IsClass)
                {
                    Assert.IsTrue(type.IsSerializable, type.Name);
                    var arguments = new[] { typeof(SerializationInfo), typeof(StreamingContext) };
                    var flags = BindingFlags.Instance | BindingFlags.NonPublic;
                    Assert.IsNotNull(type.GetConstructor(flags, null, arguments, null), type.Name);
                }
            }
        }

        private sealed class AddIn : MarshalByRefObject
        {
            internal void Push(string baseUrl, string appArea, string apiKey, string packetId)
            {
                using (var config = new Config { BaseUrl = baseUrl, AppArea = appArea, ApiKey = apiKey })
                using (var client = new Client(config))
                {
                    client.Push("anna", Small, packetId: packetId);
                }
            }

            internal void CheckCancelled(string baseUrl, string appArea, string apiKey)
            {
                using (var config = new Config { BaseUrl = baseUrl, AppArea = appArea, ApiKey = apiKey })
                using (var client = new Client(config))
                {
                    client.Check(cancellationToken: new CancellationToken(true));
                }
            }
        }
    }
}
