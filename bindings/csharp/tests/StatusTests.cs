using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text;
using System.Threading.Tasks;
using NUnit.Framework;

namespace Dmerp.Tests
{
    /// <summary>Each way to fail has its status, and an exception that is complete for who reads it at night.</summary>
    [TestFixture]
    public class StatusTests : SandboxTests
    {
        private const string Always = "'times': 0, ";

        /// <summary>Of a CA that made no certificate.</summary>
        private const string OtherCa = @"-----BEGIN CERTIFICATE-----
MIIBljCCAT2gAwIBAgIUSW/TI3Sw8xZ202/xoT/2318iUlAwCgYIKoZIzj0EAwIw
IDEeMBwGA1UEAwwVQSBDQSB0aGF0IG5vYm9keSB1c2VzMCAXDTI2MTEyNjA2MjMx
MVoYDzIxMjYxMTAyMDYyMzExWjAgMR4wHAYDVQQDDBVBIENBIHRoYXQgbm9ib2R5
IHVzZXMwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQ411dJ90KPsy0crySXAq/7
izC1Vd2ikVWuhj19czbBkqyrC76Bzg1EgssKiBJQNNcS7Yz6Uw7zj+xlX94t/1g3
o1MwUTAdBgNVHQ4EFgQUirP6eZEkKXapc8m6N5V/OyabA/UwHwYDVR0jBBgwFoAU
irP6eZEkKXapc8m6N5V/OyabA/UwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQD
AgNHADBEAiAjo6e8iegps5Jpt/kpFpyZs9myycLzUoKGb95uQTMM+QIgU3HjbT3M
yOdMnA3cnCdpzumO61tPP2HdhKvCy8QbzIs=
-----END CERTIFICATE-----
";

        [Test]
        public void InvalidArgument()
        {
            var error = Fails(Status.InvalidArgument, () => NewClient().Push("anna", new byte[0]));
            Assert.AreEqual(0, error.Attempts);
            Fails(Status.InvalidArgument, () => NewClient().Push("", Small));
            Fails(Status.InvalidArgument, () => NewClient().Push("anna", Small, Format.Default));
            Fails(Status.InvalidArgument, () => NewClient().Pull((PacketKind)7));
        }

        [Test]
        public void InvalidConfig()
        {
            Fails(Status.InvalidConfig, () => NewConfig().Set("no_such_option", "1"));
            Fails(Status.InvalidConfig, () => NewConfig().TimeoutIdle = TimeSpan.Zero);
            var config = DisposedAtEnd(new Config());
            var error = Fails(Status.InvalidConfig, () => DisposedAtEnd(new Client(config)));
            StringAssert.Contains("app_area", error.Message);
        }

        [Test]
        public void File()
        {
            using (var folder = new TemporaryFolder())
            {
                var missing = Path.Combine(folder.Path, "няма.xml");
                var error = Fails(Status.FileError, () => NewClient().PushFile("anna", missing));
                StringAssert.Contains("няма.xml", error.Message);
                var url = Sandbox.Send(Small);
                Fails(Status.FileError, () => NewClient().DownloadFile(url, Path.Combine(missing, "x")));
            }
        }

        [Test]
        public void TimedOut()
        {
            Sandbox.Fault(Always + "'action': 'hang'");
            var client = NewClient(config => config.TimeoutIdle = TimeSpan.FromMilliseconds(100));
            var error = Fails(Status.TimedOut, () => client.Pull());
            Assert.AreEqual(3, error.Attempts);
            Assert.IsTrue(error.IsRetryable);
        }

        [Test]
        public void HostNotFound()
        {
            var client = NewClient(config =>
            {
                TrustTheSandbox(config);
                config.BaseUrl = "https://portal.invalid/mobile";
                config.RetryMaxAttempts = 1;
            });
            var error = Fails(Status.HostNotFound, () => client.Check());
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
            var error = Fails(Status.ConnectFailed, () => client.Check());
            Assert.AreEqual(3, error.Attempts);
            Assert.IsNull(error.HttpStatus);
            Assert.IsNull(error.ServerMessage);
        }

        [Test]
        public void Tls()
        {
            // The sandbox speaks plain HTTP, so this is no TLS.
            var client = NewClient(config =>
            {
                TrustTheSandbox(config);
                config.BaseUrl = Sandbox.BaseUrl.Replace("http:", "https:");
            });
            Fails(Status.TlsFailed, () => client.Check());
        }

        [Test]
        public void ACertificateIsOfACaThatIsTrustedOrRefused()
        {
            var client = NewClient(config =>
            {
                TrustTheSandbox(config);
                config.BaseUrl = Sandbox.Secure.BaseUrl;
            });
            client.Check();
            client.Push("anna", Small, packetId: "secret");
            client = NewClient(config =>
            {
                config.TlsRoots = TlsRoots.File;
                config.TlsCaPem = OtherCa;
                config.BaseUrl = Sandbox.Secure.BaseUrl;
            });
            Fails(Status.TlsFailed, () => client.Check());
        }

        [Test]
        public void ConnectionLost()
        {
            Sandbox.Fault(Always + "'action': 'drop_before_headers'");
            Fails(Status.ConnectionLost, () => NewClient().Pull());
        }

        [Test]
        public void Truncated()
        {
            Sandbox.Send(Small);
            Sandbox.Fault(Always + "'action': {'truncate': {'bytes': 1}}");
            Fails(Status.Truncated, () => NewClient().Pull());
        }

        [Test]
        public void Authentication()
        {
            var client = NewClient(config => config.SetApiKey("key-of-another-area"));
            var error = Fails(Status.AuthenticationFailed, () => client.Check());
            Assert.AreEqual(403, error.HttpStatus);
            Assert.AreEqual("Forbidden", error.ServerMessage);
            Assert.AreEqual(1, error.Attempts);
            Assert.IsFalse(error.IsRetryable);
            StringAssert.DoesNotContain("key-of-another-area", error.ToString());
        }

        [Test]
        public void UnknownAppArea()
        {
            var client = NewClient(config => config.AppArea = "NOSUCH");
            Fails(Status.UnknownAppArea, () => client.Check());
        }

        [Test]
        public void Throttled()
        {
            Sandbox.Fault(Always + "'action': {'throttle': {}}");
            var error = Fails(Status.Throttled, () => NewClient().Pull());
            Assert.AreEqual(429, error.HttpStatus);
            Assert.AreEqual(3, error.Attempts);
            Assert.IsTrue(error.IsRetryable);
            Assert.IsNull(error.RetryAfter);
        }

        [Test]
        public void TheWaitThatTheServerAskedForIsTold()
        {
            Sandbox.Fault("'action': {'throttle': {'retry_after': {'seconds': 7}}}");
            var client = NewClient(config => config.RetryMaxAttempts = 1);
            Assert.AreEqual(TimeSpan.FromSeconds(7), Fails(Status.Throttled, () => client.Pull()).RetryAfter);
            Sandbox.Fault("'action': {'throttle': {'retry_after': {'seconds': " + long.MaxValue + "}}}");
            Assert.GreaterOrEqual(Fails(Status.Throttled, () => client.Pull()).RetryAfter, TimeSpan.FromDays(365));
        }

        [Test]
        public void AnUnknownOutcomeIsTold()
        {
            Sandbox.Fault(Always + "'on': 'storage', 'action': 'lose_answer'");
            var error = Fails(Status.ConnectionLost, () => NewClient().Push("anna", Small, packetId: "in-doubt"));
            Assert.IsTrue(error.IsOutcomeUnknown);
            CollectionAssert.AreEqual(Small, Sandbox.PushedContent("anna", error.PacketId));
            Sandbox.Fault("'action': {'status': {'code': 400}}");
            Assert.IsFalse(Fails(Status.Rejected, () => NewClient().Pull()).IsOutcomeUnknown);
        }

        [Test]
        public void Server()
        {
            Sandbox.Fault(Always + "'on': 'storage', 'action': {'status': {'code': 503}}");
            var error = Fails(Status.ServerError, () => NewClient().Push("anna", Small, packetId: "erp-1"));
            Assert.AreEqual(503, error.HttpStatus);
            Assert.AreEqual("erp-1", error.PacketId);
            Assert.AreEqual(4, error.Attempts, "one to the portal, three to the storage");
            StringAssert.Contains("push of packet erp-1 to mobile user anna", error.Message);
        }

        [Test]
        public void ProxyRefused()
        {
            var proxy = new TcpListener(IPAddress.Loopback, 0);
            proxy.Start();
            var answering = Task.Run(() =>
            {
                using (var connection = proxy.AcceptTcpClient())
                using (var stream = connection.GetStream())
                {
                    stream.Read(new byte[4096], 0, 4096);
                    var answer = Encoding.ASCII.GetBytes(
                        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n");
                    stream.Write(answer, 0, answer.Length);
                }
            });
            var port = ((IPEndPoint)proxy.LocalEndpoint).Port;
            var client = NewClient(config =>
            {
                config.BaseUrl = "http://portal.invalid/mobile";
                config.Proxy = "http://user:secret@127.0.0.1:" + port;
            });
            var error = Fails(Status.ProxyRefused, () => client.Check());
            Assert.AreEqual(1, error.Attempts);
            StringAssert.DoesNotContain("secret", error.ToString());
            Assert.IsTrue(answering.Wait(Await.Limit));
            proxy.Stop();
        }

        [Test]
        public void Rejected()
        {
            Sandbox.Send(Small);
            var client = NewClient();
            var stale = client.Pull()[0].Receipt;
            Sandbox.ExpireHandles();
            var error = Fails(Status.Rejected, () => client.Done(new[] { stale }));
            StringAssert.Contains("expired", error.ServerMessage);
            Assert.AreEqual(Status.Rejected, error.Results.Single().Status);
        }

        [Test]
        public void DoneTellsWhatBecameOfEachReceipt()
        {
            Sandbox.Send(Small, "&count=3");
            var client = NewClient();
            var receipts = client.Pull().Select(packet => packet.Receipt).ToList();
            receipts[1] = new Receipt(receipts[1].Id, "no receipt");
            var error = Fails(Status.Rejected, () => client.Done(receipts));
            CollectionAssert.AreEqual(
                new Status?[] { null, Status.Rejected, null }, error.Results.Select(result => result?.Status));
            StringAssert.Contains(error.ServerMessage, error.Results[1].Message);
            Assert.AreEqual(receipts[1].Id, Sandbox.Waiting().Single().Element("id").Value);
        }

        [Test]
        public void NotFound()
        {
            var error = Fails(Status.NotFound, () => NewClient().Download("push_done/gone.xml"));
            Assert.AreEqual("push_done/gone.xml", error.PacketId);
            Assert.AreEqual(404, error.HttpStatus);
        }

        [Test]
        public void StorageRefused()
        {
            var url = Sandbox.Send(Small);
            Sandbox.Fault(Always + "'path': '/link', 'action': 'expire_links'");
            var error = Fails(Status.StorageRefused, () => NewClient().Download(url));
            Assert.AreEqual(403, error.HttpStatus);
        }

        [Test]
        public void BadAnswer()
        {
            Sandbox.Fault(Always + "'action': 'html'");
            Fails(Status.BadAnswer, () => NewClient().Pull());
        }

        [Test]
        public void TooLarge()
        {
            var url = Sandbox.Send(Bytes(5000));
            var client = NewClient(config => config.MaxMemoryBytes = 4999);
            var error = Fails(Status.TooLarge, () => client.Download(url));
            StringAssert.Contains("max_memory_bytes", error.Message);
        }

        /// <summary>Those that this package's surface does not let happen, and one of a later library.</summary>
        [TestCase(2)]
        [TestCase(21)]
        [TestCase(22)]
        [TestCase(4711)]
        public void StatusesThatAreNotToBeHad(int status)
        {
            var take = typeof(DmerpException).GetMethod("Take", BindingFlags.Static | BindingFlags.NonPublic);
            var error = (DmerpException)take.Invoke(null, new object[] { status, IntPtr.Zero, IntPtr.Zero, "" });
            Assert.AreEqual(status, (int)error.Status);
            Assert.IsNotEmpty(error.Message);
            Assert.IsFalse(error.IsRetryable);
            Assert.IsEmpty(error.Results);
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
            var error = Fails(Status.Rejected, () => NewClient().Pull());
            StringAssert.Contains("***", error.ServerMessage);
        }

        private static void TrustTheSandbox(Config config)
        {
            config.TlsRoots = TlsRoots.File;
            config.TlsCaFile = Sandbox.Secure.CaFile;
        }

        private static DmerpException Fails(Status status, TestDelegate verb)
        {
            var error = Throws(status, verb);
            Assert.AreEqual(status.IsRetryable(), error.IsRetryable);
            Assert.IsNotEmpty(error.Message);
            StringAssert.DoesNotContain(Sandbox.ApiKey, error.ToString());
            return error;
        }
    }
}
