using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using NUnit.Framework;

namespace Dmerp.Tests
{
    /// <summary>Each way to fail has its exception, which is complete for who reads it at night.</summary>
    [TestFixture]
    public class StatusTests : SandboxTests
    {
        private const string Always = "'times': 0, ";

        [Test]
        public void InvalidArgument()
        {
            var error = Fails<InvalidArgumentException>(Status.InvalidArgument, () => NewClient().Push("anna", new byte[0]));
            Assert.AreEqual(0, error.Attempts);
            Fails<InvalidArgumentException>(Status.InvalidArgument, () => NewClient().Push("", Small));
            Fails<InvalidArgumentException>(Status.InvalidArgument, () => NewClient().Push("anna", Small, Format.Default));
            Fails<InvalidArgumentException>(Status.InvalidArgument, () => NewClient().Pull((PacketKind)7));
        }

        [Test]
        public void InvalidConfig()
        {
            Fails<InvalidConfigException>(Status.InvalidConfig, () => NewConfig().Set("no_such_option", "1"));
            Fails<InvalidConfigException>(Status.InvalidConfig, () => NewConfig().TimeoutIdle = TimeSpan.Zero);
            var config = DisposedAtEnd(new Config());
            var error = Fails<InvalidConfigException>(Status.InvalidConfig, () => DisposedAtEnd(new Client(config)));
            StringAssert.Contains("app_area", error.Message);
        }

        [Test]
        public void File()
        {
            using (var folder = new TemporaryFolder())
            {
                var missing = Path.Combine(folder.Path, "няма.xml");
                var error = Fails<FileException>(Status.FileError, () => NewClient().PushFile("anna", missing));
                StringAssert.Contains("няма.xml", error.Message);
                var url = Sandbox.Send(Small);
                Fails<FileException>(Status.FileError, () => NewClient().DownloadFile(url, Path.Combine(missing, "x")));
            }
        }

        [Test]
        public void TimedOut()
        {
            Sandbox.Fault(Always + "'action': 'hang'");
            var client = NewClient(config => config.TimeoutIdle = TimeSpan.FromMilliseconds(100));
            var error = Fails<TimedOutException>(Status.TimedOut, () => client.Pull());
            Assert.AreEqual(3, error.Attempts);
            Assert.IsTrue(error.Retryable);
        }

        [Test]
        public void HostNotFound()
        {
            var client = NewClient(config =>
            {
                config.BaseUrl = "https://portal.invalid/mobile";
                config.RetryMaxAttempts = 1;
            });
            var error = Fails<HostNotFoundException>(Status.HostNotFound, () => client.Check());
            StringAssert.Contains("portal.invalid", error.Message);
        }

        [Test]
        public void Connect()
        {
            var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            listener.Stop();
            var client = NewClient(config => config.BaseUrl = "http://127.0.0.1:" + port);
            var error = Fails<ConnectException>(Status.ConnectFailed, () => client.Check());
            Assert.AreEqual(3, error.Attempts);
            Assert.AreEqual(0, error.HttpStatus);
            Assert.IsNull(error.ServerMessage);
        }

        [Test]
        public void Tls()
        {
            // The sandbox speaks plain HTTP, so this is no TLS.
            var client = NewClient(config => config.BaseUrl = Sandbox.BaseUrl.Replace("http:", "https:"));
            Fails<TlsException>(Status.TlsFailed, () => client.Check());
        }

        [Test]
        public void ConnectionLost()
        {
            Sandbox.Fault(Always + "'action': 'drop_before_headers'");
            Fails<ConnectionLostException>(Status.ConnectionLost, () => NewClient().Pull());
        }

        [Test]
        public void Truncated()
        {
            Sandbox.Send(Small);
            Sandbox.Fault(Always + "'action': {'truncate': {'bytes': 1}}");
            Fails<TruncatedException>(Status.Truncated, () => NewClient().Pull());
        }

        [Test]
        public void Authentication()
        {
            var client = NewClient(config => config.ApiKey = "key-of-another-area");
            var error = Fails<AuthenticationException>(Status.AuthenticationFailed, () => client.Check());
            Assert.AreEqual(403, error.HttpStatus);
            Assert.AreEqual("Forbidden", error.ServerMessage);
            Assert.AreEqual(1, error.Attempts);
            Assert.IsFalse(error.Retryable);
            StringAssert.DoesNotContain("key-of-another-area", error.ToString());
        }

        [Test]
        public void UnknownAppArea()
        {
            var client = NewClient(config => config.AppArea = "NOSUCH");
            Fails<UnknownAppAreaException>(Status.UnknownAppArea, () => client.Check());
        }

        [Test]
        public void Throttled()
        {
            Sandbox.Fault(Always + "'action': {'throttle': {}}");
            var error = Fails<ThrottledException>(Status.Throttled, () => NewClient().Pull());
            Assert.AreEqual(429, error.HttpStatus);
            Assert.AreEqual(3, error.Attempts);
            Assert.IsTrue(error.Retryable);
        }

        [Test]
        public void Server()
        {
            Sandbox.Fault(Always + "'on': 'storage', 'action': {'status': {'code': 503}}");
            var error = Fails<ServerException>(Status.ServerError, () => NewClient().Push("anna", Small, packetId: "erp-1"));
            Assert.AreEqual(503, error.HttpStatus);
            Assert.AreEqual("erp-1", error.PacketId);
            Assert.AreEqual(4, error.Attempts, "one to the portal, three to the storage");
            StringAssert.Contains("push of packet erp-1 to mobile user anna", error.Message);
        }

        [Test]
        public void Rejected()
        {
            Sandbox.Send(Small);
            var client = NewClient();
            using (var packets = client.Pull())
            {
                var stale = packets[0].Receipt;
                Sandbox.ExpireHandles();
                var error = Fails<RejectedException>(Status.Rejected, () => client.Done(new[] { stale }));
                StringAssert.Contains("expired", error.ServerMessage);
            }
        }

        [Test]
        public void NotFound()
        {
            var error = Fails<NotFoundException>(Status.NotFound, () => NewClient().Download("push_done/gone.xml"));
            Assert.AreEqual("push_done/gone.xml", error.PacketId);
            Assert.AreEqual(404, error.HttpStatus);
        }

        [Test]
        public void StorageRefused()
        {
            var url = Sandbox.Send(Small);
            Sandbox.Fault(Always + "'path': '/link', 'action': 'expire_links'");
            var error = Fails<StorageRefusedException>(Status.StorageRefused, () => NewClient().Download(url));
            Assert.AreEqual(403, error.HttpStatus);
        }

        [Test]
        public void BadAnswer()
        {
            Sandbox.Fault(Always + "'action': 'html'");
            Fails<BadAnswerException>(Status.BadAnswer, () => NewClient().Pull());
        }

        [Test]
        public void TooLarge()
        {
            var url = Sandbox.Send(Bytes(5000));
            var client = NewClient(config => config.MaxMemoryBytes = 4999);
            var error = Fails<TooLargeException>(Status.TooLarge, () => client.Download(url));
            StringAssert.Contains("max_memory_bytes", error.Message);
        }

        /// <summary>Those that this package's surface does not let happen, and one of a later library.</summary>
        [TestCase(2, "InvalidHandleException")]
        [TestCase(21, "InternalException")]
        [TestCase(4711, "DmerpException")]
        public void StatusesThatAreNotToBeHad(int status, string expected)
        {
            var package = typeof(Client).Assembly;
            var noError = Activator.CreateInstance(package.GetType("Dmerp.Native.ErrorHandle"));
            var throwIf = package.GetType("Dmerp.Failure").GetMethod("ThrowIf", BindingFlags.Static | BindingFlags.NonPublic);
            var thrown = Assert.Throws<TargetInvocationException>(
                () => throwIf.Invoke(null, new[] { status, noError }));
            var error = (DmerpException)thrown.InnerException;
            Assert.AreEqual(expected, error.GetType().Name);
            Assert.AreEqual(status, (int)error.Status);
            Assert.IsNotEmpty(error.Message);
            Assert.IsFalse(error.Retryable);
        }

        [Test]
        public void EveryStatusHasANameAMeaningAndAnAction()
        {
            foreach (Status status in Enum.GetValues(typeof(Status)))
            {
                Assert.AreEqual(status.ToString().ToUpperInvariant(), status.Name().Replace("_", ""));
                Assert.IsNotEmpty(status.Meaning());
                Assert.IsNotEmpty(status.Action());
            }
            Assert.AreEqual("TIMED_OUT", Status.TimedOut.Name());
            Assert.IsTrue(Status.Throttled.IsRetryable());
            Assert.IsFalse(Status.Rejected.IsRetryable());
            Assert.IsNull(((Status)4711).Name());
            Assert.IsNull(((Status)4711).Meaning());
            Assert.IsFalse(((Status)4711).IsRetryable());
        }

        [Test]
        public void AServerThatRepeatsTheKeyDoesNotGetItIntoAMessage()
        {
            var echo = "{\\'message\\': \\'no API for key " + Sandbox.ApiKey + "\\'}";
            Sandbox.Fault("'action': {'status': {'code': 400, 'content_type': 'application/json', 'body': '" + echo + "'}}");
            var error = Fails<RejectedException>(Status.Rejected, () => NewClient().Pull());
            StringAssert.Contains("***", error.ServerMessage);
        }

        private static T Fails<T>(Status status, TestDelegate verb) where T : DmerpException
        {
            var error = Assert.Throws<T>(verb);
            Assert.AreEqual(status, error.Status);
            Assert.AreEqual(status.IsRetryable(), error.Retryable);
            Assert.IsNotEmpty(error.Message);
            StringAssert.DoesNotContain(Sandbox.ApiKey, error.ToString());
            return error;
        }
    }
}
