using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace Dmerp.Tests
{
    [TestFixture]
    public class StreamTests : SandboxTests
    {
        private const int Megabytes = 5 * 1024 * 1024 + 13;

        [Test]
        public void AStreamOfMegabytesIsSentWhole()
        {
            var content = Bytes(Megabytes);
            NewClient().Push("anna", new Dripping(content), packetId: "stream");
            CollectionAssert.AreEqual(content, Sandbox.PushedContent("anna", "stream"));
        }

        [Test]
        public void AStreamIsSentFromWhereItIs()
        {
            var stream = new MemoryStream(Bytes(1000)) { Position = 990 };
            NewClient().Push("anna", stream, packetId: "rest");
            CollectionAssert.AreEqual(Bytes(1000).Skip(990), Sandbox.PushedContent("anna", "rest"));
            Assert.IsTrue(stream.CanRead, "it stays the caller's");
        }

        [Test]
        public void ARetrySendsTheStreamAgain()
        {
            Sandbox.Fault("'on': 'storage', 'times': 2, 'action': {'status': {'code': 503}}");
            NewClient().Push("anna", new Dripping(Bytes(2000000)), packetId: "again");
            CollectionAssert.AreEqual(Bytes(2000000), Sandbox.PushedContent("anna", "again"));
        }

        [Test]
        public void ADownloadIsWrittenWhole()
        {
            var url = Sandbox.Send(Bytes(Megabytes));
            var to = new MemoryStream();
            Assert.AreEqual(Megabytes, NewClient().Download(url, to));
            CollectionAssert.AreEqual(Bytes(Megabytes), to.ToArray());
            Assert.IsTrue(to.CanWrite, "it stays the caller's");
        }

        [Test]
        public void WhatDoesNotFitOnADiskIsAnErrorOfTheDownload()
        {
            // Less than such a stream holds back: without a flush, nobody would know.
            var url = Sandbox.Send(Bytes(10));
            var full = Platform.IsWindows ? new BufferedStream(new Failing())
                : (Stream)new FileStream("/dev/full", FileMode.Open, FileAccess.Write);
            Assert.Throws<IOException>(() => NewClient().Download(url, full));
            GC.SuppressFinalize(full);
        }

        [Test]
        public void ABrokenDownloadWritesNothing()
        {
            var url = Sandbox.Send(Bytes(100000));
            Sandbox.Fault("'on': 'storage', 'times': 0, 'action': {'truncate': {'bytes': 50000}}");
            var to = new MemoryStream();
            Throws(Status.Truncated, () => NewClient().Download(url, to));
            Assert.AreEqual(0, to.Length);
        }

        [Test]
        public void AnEmptyStreamIsNoPacket() =>
            Throws(Status.InvalidArgument, () => NewClient().Push("anna", new MemoryStream()));

        [Test]
        public void WhatAStreamThrowsComesOutUnchanged()
        {
            var url = Sandbox.Send(Bytes(100000));
            var client = NewClient();
            Assert.AreEqual("cannot read", Assert.Throws<IOException>(() => client.Push("anna", new Failing())).Message);
            Assert.AreEqual("cannot write", Assert.Throws<IOException>(() => client.Download(url, new Failing())).Message);
            Assert.IsEmpty(Sandbox.Pushed());
            client.Check();
        }

        [TestCase(-1)]
        [TestCase(int.MaxValue)]
        public void AStreamThatLiesIsAnError(int length) =>
            Assert.Throws<IOException>(() => NewClient().Push("anna", new Failing { Says = length }));

        [Test]
        public void AStreamThatCannotIsAnError()
        {
            var closed = new MemoryStream();
            closed.Dispose();
            Assert.Throws<ArgumentException>(() => NewClient().Push("anna", closed));
            Assert.Throws<ArgumentException>(() => NewClient().Download("x", new MemoryStream(new byte[1], false)));
            Assert.Throws<ArgumentNullException>(() => NewClient().Push("anna", (Stream)null));
            Assert.Throws<ArgumentNullException>(() => NewClient().Download("x", (Stream)null));
        }

        [Test]
        public void ACancelEndsTheReading()
        {
            using (var source = new CancellationTokenSource())
            {
                var endless = new Dripping(Bytes(1000)) { Again = source.Cancel };
                ThrowsCancelled(
                    source.Token, () => NewClient().Push("anna", endless, cancellationToken: source.Token));
            }
        }

        [Test]
        public void TheAsyncFormsUseTheStreamsAsynchronousMethods()
        {
            var content = Bytes(200000);
            var client = NewClient();
            client.PushAsync("anna", new AsynchronousOnly(content), packetId: "async").GetAwaiter().GetResult();
            CollectionAssert.AreEqual(content, Sandbox.PushedContent("anna", "async"));
            var to = new AsynchronousOnly();
            Assert.AreEqual(200000, client.DownloadAsync(Sandbox.Send(content), to).GetAwaiter().GetResult());
            CollectionAssert.AreEqual(content, to.ToArray());
            Assert.IsTrue(to.Flushed);
            Assert.Throws<NotSupportedException>(() => client.Push("anna", new AsynchronousOnly(content)));
        }

        [Test]
        public void WhatAnAsynchronousStreamThrowsIsTheTasks()
        {
            var task = NewClient().PushAsync("anna", new AsynchronousOnly(Small) { Fails = true });
            Assert.AreEqual("cannot read", Assert.Throws<IOException>(() => task.GetAwaiter().GetResult()).Message);
            Assert.IsTrue(task.IsFaulted);
        }

        [Test]
        public void ACancelReachesAStreamThatWaits()
        {
            using (var source = new CancellationTokenSource())
            {
                var silent = new AsynchronousOnly(Small) { Silent = true };
                var push = NewClient().PushAsync("anna", silent, packetId: "mine", cancellationToken: source.Token);
                Await.That(() => silent.Asked);
                source.Cancel();
                var error = ThrowsCancelled(source.Token, () => push.GetAwaiter().GetResult());
                Assert.AreEqual("mine", error.PacketId);
                Assert.IsTrue(push.IsCanceled);
            }
        }

        [Test]
        public void ACancelReachesAFlushThatWaits()
        {
            using (var source = new CancellationTokenSource())
            {
                var to = new AsynchronousOnly { SilentFlush = true };
                var download = NewClient().DownloadAsync(Sandbox.Send(Small), to, cancellationToken: source.Token);
                Await.That(() => to.Flushed);
                source.Cancel();
                var cancelled = Assert.Catch<OperationCanceledException>(() => download.GetAwaiter().GetResult());
                Assert.AreEqual(source.Token, cancelled.CancellationToken);
                Assert.IsNull(cancelled.InnerException, "the stream's own");
                Assert.IsTrue(download.IsCanceled);
                CollectionAssert.AreEqual(Small, to.ToArray());
            }
        }

        /// <summary>As the streams of ASP.NET Core are.</summary>
        private sealed class AsynchronousOnly : MemoryStream
        {
            internal AsynchronousOnly()
            {
            }

            internal AsynchronousOnly(byte[] content) : base(content, false)
            {
            }

            internal bool Fails { get; set; }

            /// <summary>Whether it never answers.</summary>
            internal bool Silent { get; set; }

            internal bool SilentFlush { get; set; }

            internal bool Asked { get; private set; }

            internal bool Flushed { get; private set; }

            public override async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken token)
            {
                Asked = true;
                await Task.Yield();
                if (Fails)
                {
                    throw new IOException("cannot read");
                }
                await Task.Delay(Silent ? -1 : 0, token);
                return base.Read(buffer, offset, count);
            }

            public override async Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken token)
            {
                await Task.Yield();
                base.Write(buffer, offset, count);
            }

            public override async Task FlushAsync(CancellationToken token)
            {
                await Task.Yield();
                Flushed = true;
                await Task.Delay(SilentFlush ? -1 : 0, token);
            }

            public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

            public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

            public override void Flush() => throw new NotSupportedException();
        }

        /// <summary>Gives less than it is asked for, as a network stream does.</summary>
        private sealed class Dripping : MemoryStream
        {
            internal Dripping(byte[] content) : base(content, false)
            {
            }

            /// <summary>What to do at its end, before it begins again; null to end.</summary>
            internal Action Again { get; set; }

            public override int Read(byte[] buffer, int offset, int count)
            {
                if (Position == Length && Again != null)
                {
                    Again();
                    Position = 0;
                }
                return base.Read(buffer, offset, Math.Min(count, 4099));
            }
        }

        private sealed class Failing : MemoryStream
        {
            internal int? Says { get; set; }

            public override int Read(byte[] buffer, int offset, int count) => Says ?? throw new IOException("cannot read");

            public override void Write(byte[] buffer, int offset, int count) => throw new IOException("cannot write");
        }
    }
}
