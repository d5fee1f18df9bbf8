using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace Dmerp.Tests
{
    [TestFixture]
    public class ReceiverTests : SandboxTests
    {
        private const int Big = 3 * 1024 * 1024 + 13;

        [Test]
        public void PacketsComeInTheOrderOfTheListAndAreMarked()
        {
            var sent = Enumerable.Range(1, 40).Select(Bytes).ToList();
            sent.ForEach(content => Sandbox.Send(content, "&companyId=C1"));
            var ids = Sandbox.Waiting().Select(packet => packet.Element("id").Value).ToList();
            var seen = new List<Received>();
            using (var receiver = NewClient().Receive())
            {
                foreach (var packet in receiver)
                {
                    CollectionAssert.AreEqual(sent[seen.Count], packet.Content);
                    Assert.AreEqual(packet.Content.Length, packet.Size);
                    seen.Add(packet);
                    packet.Done();
                }
            }
            CollectionAssert.AreEqual(ids, seen.Select(packet => packet.Id));
            Assert.IsTrue(seen.All(packet => packet.MobileUser == "anna" && packet.CompanyId == "C1" && packet.Path == null));
            Assert.IsEmpty(Sandbox.Waiting());
        }

        [Test]
        public void TheOtherListAndTheOtherFormat()
        {
            Sandbox.Send(Small, "&queue=file&id=photo");
            Sandbox.Send(Small);
            using (var receiver = NewClient().Receive(PacketKind.File, Format.Xml))
            {
                var packet = receiver.Single();
                Assert.AreEqual("photo", packet.Id);
                packet.Done();
            }
            Assert.AreNotEqual("photo", Sandbox.Waiting().Single().Element("id").Value);
            Assert.IsTrue(Sandbox.Requests().Any(request => request.Element("target").Value.Contains("format=xml")));
        }

        [Test]
        public void TheSummaryTellsWhatBecameOfEachPacket()
        {
            Sandbox.Send(Small, "&count=4");
            Sandbox.Send(Small, "&id=gone&name=gone.xml");
            Sandbox.Fault("'on': 'storage', 'path': 'gone.xml', 'times': 0, 'action': {'status': {'code': 404}}");
            using (var receiver = NewClient().Receive())
            {
                var packets = receiver.ToList();
                packets[0].Done();
                packets[0].Done();
                packets[1].Keep("no such customer");
                packets[1].Keep();
                packets[2].Keep();
                var summary = receiver.Close();
                Assert.AreEqual(5, summary.Listed);
                Assert.AreEqual(4, summary.HandedOver);
                Assert.AreEqual(4 * Small.Length, summary.Bytes);
                Assert.AreEqual(1, summary.Done);
                Assert.AreEqual(1, summary.Marked);
                Assert.AreEqual(0, summary.Repeated + summary.DeadLettered);
                Assert.GreaterOrEqual(summary.Lists, 1);
                Assert.IsNull(summary.Hidden);
                Assert.AreEqual(4, summary.LeftCount);
                var left = summary.Left.ToDictionary(one => one.Id);
                Assert.AreEqual(LeftWhy.Kept, left[packets[1].Id].Why);
                Assert.AreEqual("no such customer", left[packets[1].Id].Reason);
                Assert.AreEqual("anna", left[packets[1].Id].MobileUser);
                Assert.AreEqual(Status.Ok, left[packets[1].Id].Status);
                Assert.AreEqual(LeftWhy.Kept, left[packets[2].Id].Why);
                Assert.IsNotEmpty(left[packets[2].Id].Reason);
                Assert.AreEqual(LeftWhy.Unsettled, left[packets[3].Id].Why);
                Assert.AreEqual(LeftWhy.NotDownloaded, left["gone"].Why);
                Assert.AreEqual(Status.NotFound, left["gone"].Status);
                Assert.AreEqual(4, receiver.Close().LeftCount, "a second call gives the same");
            }
            Assert.AreEqual(4, Sandbox.Waiting().Count);
        }

        [Test]
        public void AnEntryThatCannotBeReadIsInTheSummary()
        {
            Sandbox.Send(Small, "&count=2");
            Sandbox.Fault("'path': '/pull', 'action': {'spoil_entries': [{'place': 1, 'how': 'no_id'}]}");
            using (var receiver = NewClient().Receive())
            {
                receiver.Single().Done();
                var left = receiver.Close().Left.Single();
                Assert.AreEqual(LeftWhy.Unreadable, left.Why);
                Assert.IsNull(left.Id);
            }
        }

        [Test]
        public void ABreakLeavesThePacketInTheQueueAndAnotherLoopGoesOn()
        {
            Sandbox.Send(Small, "&count=3");
            using (var receiver = NewClient().Receive())
            {
                string first = null;
                foreach (var packet in receiver)
                {
                    first = packet.Id;
                    break;
                }
                foreach (var packet in receiver)
                {
                    Assert.AreNotEqual(first, packet.Id);
                    packet.Done();
                }
                Assert.AreEqual(first, receiver.Close().Left.Single().Id);
                Assert.AreEqual(first, Sandbox.Waiting().Single().Element("id").Value);
            }
        }

        [Test]
        public void AnExceptionInTheLoopKeepsWhatWasDone()
        {
            Sandbox.Send(Small, "&count=3");
            var client = NewClient();
            var handled = 0;
            Assert.Throws<InvalidOperationException>(() =>
            {
                using (var receiver = client.Receive())
                {
                    foreach (var packet in receiver)
                    {
                        if (handled++ == 1)
                        {
                            throw new InvalidOperationException();
                        }
                        packet.Done();
                    }
                }
            });
            Assert.AreEqual(2, Sandbox.Waiting().Count);
            Sandbox.ShowHidden();
            using (var receiver = client.Receive())
            {
                Assert.AreEqual(2, receiver.Count());
            }
        }

        [Test]
        public void WhatIsForgottenStaysInTheQueueAndIsCollected()
        {
            Sandbox.Send(Small, "&count=5");
            Sandbox.Send(Bytes(Big));
            using (var folder = new TemporaryFolder())
            {
                var client = NewClient(config => config.TempDir = folder.Path);
                var before = DmerpLibrary.LiveHandles;
                Forget(client);
                Await.Collected(() => DmerpLibrary.LiveHandles == before);
                Assert.IsEmpty(Directory.GetFileSystemEntries(folder.Path));
                Assert.AreEqual(5, Sandbox.Waiting().Count, "the first was done");
                client.Receive().Dispose();
            }
        }

        [Test]
        public void ABigContentIsInAFile()
        {
            Sandbox.Send(Bytes(Big), "&count=4");
            using (var folder = new TemporaryFolder())
            using (var receiver = NewClient(config => config.TempDir = folder.Path).Receive())
            {
                var packets = receiver.ToList();
                CollectionAssert.AreEqual(Bytes(Big), File.ReadAllBytes(packets[0].Path));
                StringAssert.StartsWith(folder.Path, packets[0].Path);
                CollectionAssert.AreEqual(Bytes(Big), packets[0].Content);
                Assert.AreSame(packets[0].Content, packets[0].Content);

                var saved = Path.Combine(folder.Path, "Получено 😀");
                File.WriteAllText(saved, "older");
                packets[1].SaveAs(saved);
                Assert.IsNull(packets[1].Path);
                CollectionAssert.AreEqual(Bytes(Big), File.ReadAllBytes(saved));
                File.Open(saved, FileMode.Open).Dispose(); // shared with nobody: it is the caller's alone
                Throws(Status.FileError, () => packets[2].SaveAs(Path.Combine(folder.Path, "missing", "x")));
                packets[2].SaveAs(saved);

                using (var stream = packets[3].OpenRead())
                {
                    Assert.IsInstanceOf<FileStream>(stream);
                    var copy = new MemoryStream();
                    stream.CopyTo(copy);
                    CollectionAssert.AreEqual(Bytes(Big), copy.ToArray());
                }
                var paths = packets.Select(packet => packet.Path).Where(path => path != null).ToList();
                packets.ForEach(packet => packet.Done());
                Assert.IsTrue(packets.All(packet => packet.Path == null));
                Assert.IsFalse(paths.Any(File.Exists), "the file goes with done");
                CollectionAssert.AreEqual(new[] { saved }, Directory.GetFiles(folder.Path));
            }
            Assert.IsEmpty(Sandbox.Waiting());
        }

        [Test]
        public void AContentThatIsTooLargeForMemoryCanBeSaved()
        {
            Sandbox.Send(Bytes(Big));
            using (var folder = new TemporaryFolder())
            using (var receiver = NewClient(config => config.MaxMemoryBytes = Big - 1).Receive())
            {
                var packet = receiver.Next();
                var error = Throws(Status.TooLarge, () => packet.Content.ToString());
                StringAssert.Contains(packet.Id, error.Message);
                packet.SaveAs(Path.Combine(folder.Path, "big"));
                packet.Done();
            }
        }

        [Test]
        public void ASmallContentIsInMemory()
        {
            Sandbox.Send(Small);
            using (var folder = new TemporaryFolder())
            using (var receiver = NewClient().Receive())
            {
                var packet = receiver.Next();
                Assert.IsNull(packet.Path);
                using (var stream = new StreamReader(packet.OpenRead()))
                {
                    Assert.AreEqual("<NavMobileSync/>", stream.ReadToEnd());
                }
                packet.SaveAs(Path.Combine(folder.Path, "small"));
                CollectionAssert.AreEqual(Small, File.ReadAllBytes(Path.Combine(folder.Path, "small")));
                packet.Keep();
            }
        }

        [Test]
        public void WhatWasReadStaysReadable()
        {
            Sandbox.Send(Small, "&count=2");
            using (var receiver = NewClient().Receive())
            {
                var packets = receiver.ToList();
                CollectionAssert.AreEqual(Small, packets[0].Content);
                packets[0].Done();
                packets[1].Keep();
                CollectionAssert.AreEqual(Small, packets[0].Content);
                Assert.AreEqual(Small.Length, packets[0].OpenRead().Length);
                Assert.AreEqual(Small.Length, packets[1].Size);
                foreach (var late in new TestDelegate[]
                {
                    () => packets[1].Content.ToString(), () => packets[1].OpenRead(), () => packets[1].SaveAs("x"),
                    () => packets[1].Done(), () => packets[0].Keep(),
                })
                {
                    Assert.AreEqual("Received", Assert.Throws<ObjectDisposedException>(late).ObjectName);
                }
            }
        }

        [Test]
        public void AfterCloseContentIsReadableAndDoneIsAnError()
        {
            Sandbox.Send(Small, "&count=2");
            using (var receiver = NewClient().Receive())
            {
                var packets = receiver.ToList();
                receiver.Close();
                Assert.IsNull(receiver.Next());
                CollectionAssert.AreEqual(Small, packets[0].Content);
                Throws(Status.InvalidArgument, packets[0].Done);
            }
            Assert.AreEqual(2, Sandbox.Waiting().Count);
        }

        [Test]
        public void AFailureOfTheListIsTheExceptionOfNext()
        {
            Sandbox.Send(Small);
            Sandbox.Fault("'times': 3, 'action': {'status': {'code': 503}}");
            using (var receiver = NewClient().Receive())
            {
                Throws(Status.ServerError, () => receiver.Next());
                receiver.Next().Done();
            }
            using (var receiver = NewClient(config => config.SetApiKey("wrong")).Receive())
            {
                Throws(Status.AuthenticationFailed, () => receiver.ToList());
                Throws(Status.AuthenticationFailed, () => receiver.Next());
            }
        }

        [Test]
        public void ASecondReceiverOfTheSameListIsRefused()
        {
            var client = NewClient();
            using (var receiver = client.Receive())
            {
                Throws(Status.InvalidArgument, () => DisposedAtEnd(client.Receive()));
                client.Receive(PacketKind.File).Dispose();
                Assert.IsEmpty(receiver);
                client.Receive().Dispose();
            }
            Throws(Status.InvalidArgument, () => DisposedAtEnd(client.Receive((PacketKind)7)));
        }

        [Test]
        public void ATokenEndsOneWaitAlone()
        {
            Sandbox.Send(Small, "&count=2");
            using (var source = new CancellationTokenSource())
            using (var receiver = NewClient(config => config.ReceivePoll = TimeSpan.FromMilliseconds(10)).Receive())
            {
                receiver.Next().Done();
                receiver.Next().Done();
                var next = receiver.NextAsync(source.Token);
                Sandbox.Send(Small);
                Await.That(() => next.IsCompleted);
                next.Result.Done();
                next = receiver.NextAsync(source.Token);
                source.Cancel();
                Await.That(() => next.IsCompleted);
                Assert.IsTrue(next.IsCanceled);
                ThrowsCancelled(source.Token, () => receiver.Next(source.Token));
                Assert.AreEqual(3, receiver.Close().Marked);
            }
        }

        [Test]
        public void StopEndsALoopInGoodOrder()
        {
            Sandbox.Send(Small, "&count=3");
            using (var source = new CancellationTokenSource())
            using (var receiver = NewClient(PollSeldom).Receive())
            using (source.Token.Register(receiver.Stop))
            {
                var seen = 0;
                foreach (var packet in receiver)
                {
                    if (++seen == 3)
                    {
                        source.CancelAfter(50); // while the loop waits
                    }
                    packet.Done();
                }
                Assert.AreEqual(3, receiver.Close().Marked);
            }
            Assert.IsEmpty(Sandbox.Waiting());
        }

        [Test]
        public void ATimeoutLimitsOneWait()
        {
            var options = new CallOptions { Timeout = TimeSpan.FromMilliseconds(50) };
            var client = NewClient(config => config.ReceivePoll = TimeSpan.FromMilliseconds(10));
            using (var receiver = client.Receive(options: options))
            {
                Throws(Status.TimedOut, () => receiver.Next());
                Sandbox.Send(Small);
                options.Timeout = null;
                receiver.Next().Done();
            }
        }

        [Test]
        public void ProgressCountsPackets()
        {
            Sandbox.Send(Bytes(1000), "&count=6");
            Sandbox.Fault("'on': 'storage', 'times': 0, 'action': {'delay': {'ms': 70}}");
            var seen = new List<TransferProgress>();
            var client = NewClient(config => config.ReceiveConcurrency = 1);
            using (var receiver = client.Receive(options: new CallOptions { Progress = new Reporting(seen.Add) }))
            {
                foreach (var packet in receiver)
                {
                    packet.Done();
                }
            }
            CollectionAssert.IsOrdered(seen.Select(progress => progress.Packets));
            Assert.IsTrue(seen.All(progress => progress.Total == null && progress.PacketsTotal == null));
            Assert.GreaterOrEqual(seen.Last().Packets, 5);
            Assert.GreaterOrEqual(seen.Last().Done, 1000 * seen.Last().Packets);
        }

        [Test]
        public void WhatAProgressThrowsComesOutOfNext()
        {
            Sandbox.Send(Small, "&count=3");
            var thrown = new InvalidOperationException("enough");
            var options = new CallOptions { Progress = new Reporting(done => throw thrown) };
            using (var receiver = NewClient().Receive(options: options))
            {
                Assert.AreSame(thrown, Assert.Throws<InvalidOperationException>(() => receiver.ToList()));
                options.Progress = null;
                receiver.ToList().ForEach(packet => packet.Done());
                Assert.AreEqual(3, receiver.Close().Listed);
            }
        }

        [Test]
        public void ACallbackCanStopAndDispose()
        {
            Sandbox.Send(Bytes(1000000), "&count=3");
            Receiver receiver = null;
            var options = new CallOptions
            {
                Progress = new Reporting(done =>
                {
                    Throws(Status.InvalidArgument, () => receiver.Close());
                    receiver.Dispose();
                    receiver.Dispose();
                }),
            };
            receiver = NewClient().Receive(options: options);
            Assert.IsNull(receiver.Next());
            Assert.Throws<ObjectDisposedException>(() => receiver.Next());
            Assert.AreEqual(3, Sandbox.Waiting().Count);
        }

        [Test]
        public void SeveralWorkersShareOneReceiver()
        {
            Sandbox.Send(Small, "&count=200");
            var seen = new ConcurrentBag<string>();
            using (var receiver = NewClient().Receive())
            {
                var workers = Enumerable.Range(0, 4).Select(i => new Thread(() =>
                {
                    foreach (var packet in receiver)
                    {
                        CollectionAssert.AreEqual(Small, packet.Content);
                        seen.Add(packet.Id);
                        packet.Done();
                    }
                })).ToList();
                workers.ForEach(worker => worker.Start());
                workers.ForEach(worker => Assert.IsTrue(worker.Join(Await.Limit)));
                Assert.AreEqual(200, receiver.Close().Marked);
            }
            Assert.AreEqual(200, seen.Distinct().Count());
            Assert.IsEmpty(Sandbox.Waiting());
        }

        [Test]
        public void DisposingEndsTheWaitsOfOtherThreads()
        {
            var client = NewClient(PollSeldom);
            var before = DmerpLibrary.LiveHandles;
            var receiver = client.Receive();
            var waits = Enumerable.Range(0, 3).Select(i => receiver.NextAsync()).ToArray();
            Await.That(() => Sandbox.Requests().Count == 1);
            receiver.Dispose();
            Await.That(() => waits.All(wait => wait.IsCompleted));
            Assert.IsTrue(waits.All(wait => wait.Result == null));
            Await.That(() => DmerpLibrary.LiveHandles == before);
            receiver.Stop();
            foreach (var late in new TestDelegate[]
            {
                () => receiver.Next(), () => receiver.NextAsync(), () => receiver.Close(),
                () => receiver.CloseAsync(), () => receiver.ToList(), () => receiver.IsReady.ToString(),
            })
            {
                Assert.AreEqual("Receiver", Assert.Throws<ObjectDisposedException>(late).ObjectName);
            }
        }

        [Test]
        public void WhenItIsReadyNextAsyncTakesNoThread()
        {
            Sandbox.Send(Small, "&id=late&name=late.xml");
            Sandbox.Send(Small, "&id=early");
            Sandbox.Fault("'on': 'storage', 'path': 'late.xml', 'action': {'delay': {'ms': 300}}");
            using (var receiver = NewClient().Receive())
            {
                Assert.IsFalse(receiver.IsReady);
                receiver.Next().Done();
                Assert.IsTrue(receiver.IsReady);
                var next = receiver.NextAsync();
                Assert.IsTrue(next.IsCompleted);
                Assert.AreEqual("early", next.Result.Id);
                Assert.IsFalse(receiver.IsReady);
                Assert.IsNull(receiver.Next());
                Assert.IsTrue(receiver.IsReady);
                Assert.IsTrue(receiver.NextAsync(new CancellationToken(true)).IsCompleted);
                next = receiver.NextAsync();
                Assert.IsTrue(next.IsCompleted);
                Assert.IsNull(next.Result);
            }
        }

        [Test]
        public void AsyncDoesTheSame()
        {
            Sandbox.Send(Small, "&count=3");
            var run = Run(NewClient());
            Await.That(() => run.IsCompleted);
            Assert.AreEqual(3, run.Result.Marked);
            Assert.IsEmpty(Sandbox.Waiting());
        }

        [Test]
        public void AReceiverOutlivesItsClient()
        {
            Sandbox.Send(Small, "&count=2");
            var logged = 0;
            var client = NewClient(config => config.LogTo(LogLevel.Debug, (level, message) => Interlocked.Increment(ref logged)));
            using (var receiver = client.Receive())
            {
                client.Dispose();
                GC.Collect();
                GC.WaitForPendingFinalizers();
                receiver.ToList().ForEach(packet => packet.Done());
                Assert.AreEqual(2, receiver.Close().Marked);
            }
            Assert.Greater(logged, 0);
            Assert.Throws<ObjectDisposedException>(() => client.Receive());
        }

        [Test]
        public void APacketThatIsKeptAgainAndAgainGoesToTheDeadLetters()
        {
            Sandbox.Send(Small, "&id=bad");
            using (var folder = new TemporaryFolder())
            {
                var client = NewClient(config =>
                {
                    config.ReceiveDeadLetterDir = folder.Path;
                    config.ReceiveMaxDeliveries = 2;
                });
                for (var run = 0; run < 2; run++)
                {
                    Sandbox.ShowHidden();
                    using (var receiver = client.Receive())
                    {
                        receiver.Single().Keep("not today");
                        Assert.AreEqual(run, receiver.Close().DeadLettered);
                    }
                }
                CollectionAssert.AreEqual(Small, File.ReadAllBytes(Path.Combine(folder.Path, "packet-bad.content")));
                StringAssert.Contains("not today", File.ReadAllText(Path.Combine(folder.Path, "packet-bad.json")));
            }
            Assert.IsEmpty(Sandbox.Waiting());
        }

        [Test]
        public void WhatCouldNotBeMarkedIsNotHandedOverAgain()
        {
            Sandbox.Send(Small);
            Sandbox.Fault("'path': '/done', 'times': 0, 'action': {'status': {'code': 503}}");
            var client = NewClient(config => config.ReceiveClose = TimeSpan.FromMilliseconds(300));
            using (var receiver = client.Receive())
            {
                receiver.Next().Done();
                var left = receiver.Close().Left.Single();
                Assert.AreEqual(LeftWhy.NotMarked, left.Why);
                Assert.AreEqual(Status.ServerError, left.Status);
            }
            Assert.AreEqual(1, client.Stats().Unmarked);
            Assert.IsNotNull(client.Stats().OldestUnmarkedAt);
            Sandbox.ClearFaults();
            Sandbox.ShowHidden();
            using (var receiver = client.Receive())
            {
                Assert.IsEmpty(receiver);
                var summary = receiver.Close();
                Assert.AreEqual(1, summary.Marked);
                Assert.AreEqual(1, summary.Repeated);
                Assert.IsNotNull(summary.Hidden);
            }
            Assert.IsEmpty(Sandbox.Waiting());
        }

        [Test]
        public void StatsCountWhatTheClientDid()
        {
            var began = DateTimeOffset.UtcNow.AddSeconds(-1);
            var client = NewClient();
            var stats = client.Stats();
            Assert.AreEqual(0, stats.Requests + stats.Retries + stats.BytesSent + stats.BytesReceived + stats.ConnectionsOpened);
            Assert.IsNull(stats.LastCheckAt ?? stats.LastPushAt ?? stats.LastPullAt ?? stats.LastLinkAt ?? stats.LastDoneAt);
            Sandbox.Send(Bytes(70), "&count=2");
            Sandbox.Fault("'action': {'status': {'code': 503}}");
            client.Check();
            client.Push("anna", Bytes(50));
            using (var receiver = client.Receive())
            {
                receiver.ToList().ForEach(packet => packet.Done());
            }
            stats = client.Stats();
            Assert.AreEqual(Sandbox.Requests().Count, stats.Requests);
            Assert.AreEqual(1, stats.Retries);
            Assert.AreEqual(50, stats.BytesSent);
            Assert.AreEqual(140, stats.BytesReceived);
            Assert.Greater(stats.ConnectionsOpened, 0);
            Assert.AreEqual(1, stats.PacketsPushed);
            Assert.AreEqual(2, stats.PacketsReceived);
            Assert.AreEqual(2, stats.PacketsDone);
            Assert.AreEqual(0, stats.Unmarked);
            Assert.IsNull(stats.OldestUnmarkedAt);
            foreach (var at in new[]
            {
                stats.LastCheckAt, stats.LastPushAt, stats.LastPullAt, stats.LastLinkAt, stats.LastDownloadAt, stats.LastDoneAt,
            })
            {
                Assert.That(at, Is.InRange(began, DateTimeOffset.UtcNow.AddSeconds(1)));
            }
        }

        private static void PollSeldom(Config config)
        {
            config.ReceivePollMax = TimeSpan.FromHours(1);
            config.ReceivePoll = TimeSpan.FromHours(1);
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static void Forget(Client client)
        {
            var receiver = client.Receive();
            receiver.Next().Done();
            foreach (var packet in receiver)
            {
                packet.Content.ToString();
            }
        }

        private static async Task<Summary> Run(Client client)
        {
            using (var receiver = client.Receive())
            {
                for (var packet = await receiver.NextAsync().ConfigureAwait(false); packet != null;
                    packet = await receiver.NextAsync().ConfigureAwait(false))
                {
                    packet.Done();
                }
                return await receiver.CloseAsync().ConfigureAwait(false);
            }
        }
    }
}
