using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace Dmerp.Tests
{
    [TestFixture]
    public class AsyncTests : SandboxTests
    {
        [Test]
        public void EveryVerbHasItsCounterpart()
        {
            Result(RoundTrip(NewClient()));
            Assert.IsEmpty(Sandbox.Waiting());
            CollectionAssert.AreEquivalent(
                new[] { "bytes", "part", "stream", "file" },
                Sandbox.Pushed().Select(pushed => pushed.Element("packetUniqueId").Value));
        }

        [Test]
        public void TheCallersContextIsNotNeeded()
        {
            // As on a window's thread: nothing posted to it runs while that thread waits.
            var before = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(new DeafContext());
            try
            {
                Assert.AreEqual(0, Result(NewClient().PullAsync()).Count);
            }
            finally
            {
                SynchronizationContext.SetSynchronizationContext(before);
            }
        }

        [Test]
        public void TheCallIsOnAThreadOfItsOwn()
        {
            var seen = 0;
            var caller = Thread.CurrentThread;
            var client = NewClient(config => config.LogTo(LogLevel.Info, (level, message) =>
            {
                seen++;
                Assert.AreNotSame(caller, Thread.CurrentThread);
                Assert.IsFalse(Thread.CurrentThread.IsThreadPoolThread);
                Assert.IsTrue(Thread.CurrentThread.IsBackground);
            }));
            Result(client.CheckAsync());
            Assert.AreEqual(1, seen);
        }

        [Test]
        public void ManyHangingCallsDoNotStarveThePool()
        {
            Sandbox.Fault("'times': 0, 'action': 'hang'");
            var client = NewClient();
            using (var source = new CancellationTokenSource())
            {
                var calls = Enumerable.Range(0, 40).Select(i => client.CheckAsync(cancellationToken: source.Token)).ToArray();
                Await.That(() => Sandbox.Requests().Count == 40);
                Assert.IsTrue(Task.Run(() => { }).Wait(TimeSpan.FromSeconds(5)), "the pool is starved");
                source.Cancel();
                Assert.Throws<AggregateException>(() => Task.WaitAll(calls, Await.Limit));
            }
        }

        [Test]
        public void ACancelIsACanceledTaskThatTellsAll()
        {
            Sandbox.Fault("'action': 'hang'");
            using (var source = new CancellationTokenSource())
            {
                var pull = NewClient().PullAsync(cancellationToken: source.Token);
                Sandbox.AwaitFault();
                source.Cancel();
                var error = ThrowsCancelled(source.Token, () => Result(pull));
                Assert.IsTrue(pull.IsCanceled);
                Assert.AreEqual(1, error.Attempts);
            }
        }

        [Test]
        public void ACancelBeforeTheCallIsACanceledTask()
        {
            var token = new CancellationToken(true);
            var check = NewClient().CheckAsync(cancellationToken: token);
            ThrowsCancelled(token, () => Result(check));
            Assert.IsTrue(check.IsCanceled);
        }

        [Test]
        public void AFailureIsTheTasks()
        {
            var download = NewClient().DownloadAsync("gone");
            Throws(Status.NotFound, () => Result(download));
            Assert.IsTrue(download.IsFaulted);
        }

        [Test]
        public void WhatAProgressThrowsIsTheTasks()
        {
            var url = Sandbox.Send(Bytes(100000));
            var thrown = new InvalidOperationException("enough");
            var options = new CallOptions { Progress = new Reporting(done => throw thrown) };
            var download = NewClient().DownloadAsync(url, options);
            Assert.AreSame(thrown, Assert.Throws<InvalidOperationException>(() => Result(download)));
        }

        [Test]
        public void ArgumentsAreCheckedAtOnce()
        {
            var client = NewClient();
            Assert.Throws<ArgumentNullException>(() => client.PushAsync(null, Small));
            Assert.Throws<ArgumentException>(() => client.DownloadAsync("a\0b"));
            client.Dispose();
            Assert.Throws<ObjectDisposedException>(() => client.CheckAsync());
        }

        [Test]
        public void DisposingAtOnceLetsTheCallBeMade()
        {
            var client = NewClient();
            var checks = Enumerable.Range(0, 10).Select(i => client.CheckAsync()).ToList();
            client.Dispose();
            checks.ForEach(Result);
            Assert.Throws<ObjectDisposedException>(() => client.CheckAsync());
        }

        [Test]
        public void DisposingDuringACallLetsItEnd()
        {
            Sandbox.Fault("'times': 0, 'action': 'hang'");
            var client = NewClient();
            using (var source = new CancellationTokenSource())
            {
                var check = client.CheckAsync(cancellationToken: source.Token);
                Sandbox.AwaitFault();
                client.Dispose();
                Assert.IsFalse(check.IsCompleted);
                source.Cancel();
                ThrowsCancelled(source.Token, () => Result(check));
            }
        }

        private static async Task RoundTrip(Client client)
        {
            await client.CheckAsync().ConfigureAwait(false);
            await client.PushAsync("anna", Small, packetId: "bytes").ConfigureAwait(false);
            await client.PushAsync("anna", new ArraySegment<byte>(Small), packetId: "part").ConfigureAwait(false);
            await client.PushAsync("anna", new MemoryStream(Small), packetId: "stream").ConfigureAwait(false);
            var url = Sandbox.Send(Small);
            using (var folder = new TemporaryFolder())
            {
                var path = Path.Combine(folder.Path, "file");
                Assert.AreEqual(Small.Length, await client.DownloadFileAsync(url, path).ConfigureAwait(false));
                await client.PushFileAsync("anna", path, packetId: "file").ConfigureAwait(false);
            }
            var packets = await client.PullAsync().ConfigureAwait(false);
            StringAssert.StartsWith("http", await client.LinkAsync(packets[0].Url).ConfigureAwait(false));
            CollectionAssert.AreEqual(Small, await client.DownloadAsync(packets[0].Url).ConfigureAwait(false));
            var to = new MemoryStream();
            Assert.AreEqual(Small.Length, await client.DownloadAsync(packets[0].Url, to).ConfigureAwait(false));
            CollectionAssert.AreEqual(Small, to.ToArray());
            await client.DoneAsync(packets.Select(packet => packet.Receipt)).ConfigureAwait(false);
        }

        private static T Result<T>(Task<T> task)
        {
            Result((Task)task);
            return task.Result;
        }

        private static void Result(Task task)
        {
            Await.That(() => task.IsCompleted);
            task.GetAwaiter().GetResult();
        }

        private sealed class DeafContext : SynchronizationContext
        {
            public override void Post(SendOrPostCallback callback, object state)
            {
            }

            public override void Send(SendOrPostCallback callback, object state)
            {
            }
        }
    }
}
