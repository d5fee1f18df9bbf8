using System;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace Dmerp.Tests
{
    [TestFixture]
    public class CancelTests : SandboxTests
    {
        /// <summary>By the manual 250 ms; the machine may be busy.</summary>
        private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

        [Test]
        public void ATokenEndsTheCallFromAnotherThread()
        {
            Sandbox.Fault("'times': 0, 'action': 'hang'");
            var client = NewClient();
            using (var source = new CancellationTokenSource())
            {
                var token = source.Token;
                var pull = Task.Factory.StartNew(() => client.Pull(cancellationToken: token), TaskCreationOptions.LongRunning);
                Sandbox.AwaitFault();
                var clock = Stopwatch.StartNew();
                source.Cancel();
                var error = ThrowsCancelled(token, () => pull.GetAwaiter().GetResult());
                Assert.Less(clock.Elapsed, Soon);
                Assert.AreEqual(1, error.Attempts);
            }
            Sandbox.ClearFaults();
            client.Check();
        }

        [Test]
        public void ACancelledTokenEndsTheCallBeforeAnyRequest()
        {
            var token = new CancellationToken(true);
            var error = ThrowsCancelled(token, () => NewClient().Push("anna", Small, packetId: "mine", cancellationToken: token));
            Assert.AreEqual("mine", error.PacketId);
            Assert.AreEqual(0, error.Attempts);
            Assert.IsEmpty(Sandbox.Requests());
        }

        [Test]
        public void ATokenCancelledInACallbackEndsTheCall()
        {
            var url = Sandbox.Send(Bytes(3000000));
            using (var source = new CancellationTokenSource())
            {
                var options = new CallOptions { Progress = new Reporting(done => source.Cancel()) };
                ThrowsCancelled(source.Token, () => NewClient().Download(url, options, source.Token));
            }
        }

        [Test]
        public void ATokenCancelledAfterwardsDoesNothing()
        {
            using (var source = new CancellationTokenSource())
            {
                var client = NewClient();
                client.Check(cancellationToken: source.Token);
                source.Cancel();
                client.Check();
            }
        }

        /// <summary>From the call's begin to twice its usual time after it.</summary>
        [Test]
        public void CancellingWhileCallsEndIsHarmless()
        {
            const int Calls = 200;
            var client = NewClient();
            client.Check();
            var clock = Stopwatch.StartNew();
            client.Check();
            var latest = 2 * clock.ElapsedTicks;
            for (var i = 0; i < Calls; i++)
            {
                using (var source = new CancellationTokenSource())
                {
                    var after = latest * i / Calls;
                    var since = Stopwatch.StartNew();
                    var cancel = Task.Run(() =>
                    {
                        SpinWait.SpinUntil(() => since.ElapsedTicks >= after);
                        source.Cancel();
                    });
                    try
                    {
                        client.Check(cancellationToken: source.Token);
                    }
                    catch (OperationCanceledException)
                    {
                    }
                    Assert.IsTrue(cancel.Wait(Await.Limit));
                }
            }
            client.Check();
        }

        [Test]
        public void OneTokenEndsManyCalls()
        {
            Sandbox.Fault("'times': 0, 'action': 'hang'");
            var client = NewClient();
            using (var source = new CancellationTokenSource())
            {
                var calls = Enumerable.Range(0, 8).Select(i => client.PullAsync(cancellationToken: source.Token)).ToArray();
                Await.That(() => Sandbox.Requests().Count == 8);
                source.Cancel();
                Assert.Throws<AggregateException>(() => Task.WaitAll(calls, Await.Limit));
                Assert.IsTrue(calls.All(call => call.IsCanceled));
            }
        }
    }
}
