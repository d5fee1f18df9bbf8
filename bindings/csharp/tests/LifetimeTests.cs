using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace Dmerp.Tests
{
    /// <summary>Disposing, and not disposing.</summary>
    [TestFixture]
    public class LifetimeTests : SandboxTests
    {
        [Test]
        public void WhatIsDisposedLeavesNothing()
        {
            Sandbox.Send(Small);
            using (var config = new Config(Sandbox.AppArea, Sandbox.ApiKey) { BaseUrl = Sandbox.BaseUrl })
            using (var client = new Client(config))
            {
                client.Download(client.Pull()[0].Url);
                client.Link("x");
                client.Push("anna", Small);
                Throws(Status.NotFound, () => client.Download("gone"));
                Throws(Status.Rejected, () => client.Done(new[] { new Receipt("1", "no receipt") }));
                Assert.AreEqual(2, DmerpLibrary.LiveHandles);
            }
            Assert.AreEqual(0, DmerpLibrary.LiveHandles);
        }

        [Test]
        public void AVerbLeavesNothingWhenACallbackThrows()
        {
            var thrown = new InvalidOperationException();
            var options = new CallOptions { Progress = new Reporting(done => throw thrown) };
            var url = Sandbox.Send(Small);
            var client = NewClient();
            var before = DmerpLibrary.LiveHandles;
            foreach (var verb in new TestDelegate[]
            {
                () => client.Push("anna", Small, options: options),
                () => client.Push("anna", new System.IO.MemoryStream(Small), options: options),
                () => client.Download(url, options),
                () => client.Download(url, new System.IO.MemoryStream(), options),
            })
            {
                Assert.Throws<InvalidOperationException>(verb);
                Assert.AreEqual(before, DmerpLibrary.LiveHandles);
            }
        }

        [Test]
        public void WhatIsForgottenIsCollected()
        {
            Sandbox.Send(Small);
            for (var i = 0; i < 20; i++)
            {
                ForgetMany();
            }
            Await.Collected(() => DmerpLibrary.LiveHandles == 0);
        }

        [Test]
        public void CollectingWhileCallsRunIsHarmless()
        {
            Sandbox.Send(Small);
            Parallel.For(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
            {
                ForgottenClient().Check();
                ForgetMany();
                GC.Collect();
            });
            Await.Collected(() => DmerpLibrary.LiveHandles == 0);
        }

        /// <summary>What native code borrows or calls must be neither moved nor collected while it does.</summary>
        [Test]
        public void CollectingInEveryCallbackIsHarmless()
        {
            var client = NewClient(config => config.LogTo(LogLevel.Debug, (level, message) => Collect()));
            var options = new CallOptions { Progress = new Reporting(done => Collect()) };
            for (var i = 0; i < 20; i++)
            {
                var content = Bytes(100 + i);
                Sandbox.Fault("'on': 'storage', 'action': {'status': {'code': 503}}");
                client.Push("user" + i, content, packetId: "array" + i, options: options);
                client.Push("user" + i, new System.IO.MemoryStream(content), packetId: "stream" + i, options: options);
                CollectionAssert.AreEqual(content, Sandbox.PushedContent("user" + i, "array" + i));
                CollectionAssert.AreEqual(content, Sandbox.PushedContent("user" + i, "stream" + i));
                var to = new System.IO.MemoryStream();
                client.Download(Sandbox.Send(content), to, options);
                CollectionAssert.AreEqual(content, to.ToArray());
                client.Done(client.Pull().Select(packet => packet.Receipt));
                client.PushMany(new[] { new Outgoing("user" + i, content, packetId: "many" + i) }, options);
                CollectionAssert.AreEqual(content, Sandbox.PushedContent("user" + i, "many" + i));
                Sandbox.Send(content, "&count=3");
                using (var receiver = client.Receive(options: options))
                {
                    foreach (var packet in receiver)
                    {
                        CollectionAssert.AreEqual(content, packet.Content);
                        packet.Done();
                    }
                }
            }
            Assert.IsEmpty(Sandbox.Waiting());
        }

        /// <summary>A packet's content must not be freed while it is read, though nobody refers to the packet any more.</summary>
        [Test]
        public void CollectingWhileContentIsReadIsHarmless()
        {
            var content = Bytes(2000000);
            Sandbox.Send(content, "&count=20");
            Sandbox.Send(Small, "&count=20");
            using (var receiver = NewClient().Receive())
            {
                var collecting = new CancellationTokenSource();
                var collector = Task.Run(() =>
                {
                    while (!collecting.IsCancellationRequested)
                    {
                        Collect();
                        GC.WaitForPendingFinalizers();
                    }
                });
                for (var i = 0; i < 10; i++)
                {
                    Assert.AreEqual(content.Length, receiver.Next().Content.Length);
                    Assert.AreEqual(content.Length, receiver.Next().OpenRead().Length);
                }
                for (var i = 0; i < 20; i++)
                {
                    CollectionAssert.AreEqual(Small, receiver.Next().Content);
                }
                Assert.IsNull(receiver.Next());
                collecting.Cancel();
                Assert.IsTrue(collector.Wait(Await.Limit));
                Assert.AreEqual(40, receiver.Close().Left.Count(left => left.Why == LeftWhy.Unsettled));
            }
        }

        [Test]
        public void CollectingWhilePacketsAreWrittenAndReadIsHarmless()
        {
            var collecting = new CancellationTokenSource();
            var collector = Task.Run(() =>
            {
                while (!collecting.IsCancellationRequested)
                {
                    Collect();
                    GC.WaitForPendingFinalizers();
                }
            });
            var attributes = new Dictionary<string, string> { { "a", "1" } };
            for (var round = 0; round < 20; round++)
            {
                var writer = new PacketWriter();
                writer.Table("T");
                var records = Enumerable.Range(0, 600).Select(
                    i => new Dictionary<string, object> { { "NO", i }, { "x", Strange } });
                writer.Records(records.Take(500));
                records.Skip(500).ToList().ForEach(record => writer.Record(record, attributes: attributes));
                var number = 0;
                foreach (var record in new PacketReader(writer.Content()))
                {
                    Assert.AreEqual(number++, record.GetInt64("NO"));
                    Assert.AreEqual(Strange, record["x"]);
                    Assert.AreEqual(number > 500 ? 1 : 0, record.Attributes.Count);
                }
                Assert.AreEqual(600, number);
            }
            collecting.Cancel();
            Assert.IsTrue(collector.Wait(Await.Limit));
        }

        [Test]
        public void AForgottenReceiverIsNotClosedBeforeItsPackets()
        {
            Sandbox.Send(Small, "&count=5");
            var client = NewClient();
            DoneLate(client);
            Await.Collected(() => Sandbox.Waiting().Count == 0);
        }

        [Test]
        public void ADisposedClientIsAnError()
        {
            var client = NewClient();
            client.Dispose();
            client.Dispose();
            foreach (var verb in new TestDelegate[]
            {
                () => client.Push("anna", Small),
                () => client.PushFile("anna", "x"),
                () => client.Push("anna", new System.IO.MemoryStream(Small)),
                () => client.Pull(),
                () => client.Link("x"),
                () => client.Download("x"),
                () => client.Download("x", new System.IO.MemoryStream()),
                () => client.DownloadFile("x", "y"),
                () => client.Done(new Receipt[0]),
                () => client.Check(),
                () => client.PushMany(new Outgoing[0]),
                () => client.Receive(),
                () => client.Stats(),
            })
            {
                Assert.AreEqual("Client", Assert.Throws<ObjectDisposedException>(verb).ObjectName);
            }
        }

        [Test]
        public void DisposingDuringACallDoesNotWaitForIt()
        {
            Sandbox.Fault("'times': 0, 'action': 'hang'");
            var client = NewClient();
            using (var source = new CancellationTokenSource())
            {
                var token = source.Token;
                var check = Task.Factory.StartNew(() => client.Check(cancellationToken: token), TaskCreationOptions.LongRunning);
                Sandbox.AwaitFault();
                client.Dispose();
                Assert.IsFalse(check.IsCompleted);
                source.Cancel();
                ThrowsCancelled(token, () => check.GetAwaiter().GetResult());
            }
        }

        /// <summary>Collects, and writes over what was freed.</summary>
        private static void Collect()
        {
            GC.Collect();
            Enumerable.Range(0, 100).Select(i => Enumerable.Repeat((byte)255, 100 + i).ToArray()).ToList();
            GC.Collect(0);
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void DoneLate(Client client)
        {
            var packets = Forgotten(client);
            Collect();
            GC.WaitForPendingFinalizers();
            Collect();
            Assert.AreEqual(5, packets.Count);
            packets.ForEach(packet => packet.Done());
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static List<Received> Forgotten(Client client) => client.Receive().ToList();

        [MethodImpl(MethodImplOptions.NoInlining)]
        private void ForgetMany()
        {
            for (var i = 0; i < 10; i++)
            {
                ForgottenClient().Pull().Count.ToString();
            }
        }

        private static Client ForgottenClient()
        {
            var config = new Config(Sandbox.AppArea, Sandbox.ApiKey) { BaseUrl = Sandbox.BaseUrl };
            config.LogTo(LogLevel.Debug, (level, message) => { });
            return new Client(config);
        }
    }
}
