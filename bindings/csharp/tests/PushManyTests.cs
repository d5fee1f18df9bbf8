using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using NUnit.Framework;

namespace Dmerp.Tests
{
    [TestFixture]
    public class PushManyTests : SandboxTests
    {
        [Test]
        public void EveryPacketIsStoredAndToldInItsPlace()
        {
            using (var folder = new TemporaryFolder())
            {
                var results = NewClient().PushMany(new[]
                {
                    new Outgoing("anna", Bytes(100), Format.Json, "a1"),
                    Outgoing.FromFile("ben", folder.File("поръчка.xml", Bytes(200000)), packetId: "b1"),
                    new Outgoing(Strange, Small),
                });
                Assert.IsTrue(results.All(result => result.Error == null));
                CollectionAssert.AreEqual(new[] { 100, 200000, Small.Length }, results.Select(result => result.Pushed.Size));
                Assert.AreEqual("a1", results[0].Pushed.PacketId);
                Assert.AreEqual("b1", results[1].Pushed.PacketId);
                Assert.IsTrue(Guid.TryParse(results[2].Pushed.PacketId, out _));
                CollectionAssert.AreEqual(Bytes(100), Sandbox.PushedContent("anna", "a1"));
                CollectionAssert.AreEqual(Bytes(200000), Sandbox.PushedContent("ben", "b1"));
                CollectionAssert.AreEqual(Small, Sandbox.PushedContent(Strange, results[2].Pushed.PacketId));
                Assert.AreEqual("application/json", Sandbox.Pushed().First(IsTo("anna")).Element("contentType").Value);
            }
        }

        [Test]
        public void OneContentGoesToManyUsers()
        {
            var content = Bytes(5000);
            var users = Enumerable.Range(0, 300).Select(i => "user" + i).ToList();
            var seen = new List<TransferProgress>();
            var options = new CallOptions { Progress = new Reporting(seen.Add) };
            var packets = users.Select(user => new Outgoing(user, content, packetId: "to-" + user));
            var results = NewClient().PushMany(packets, options);
            Assert.AreEqual(300, results.Count(result => result.Pushed != null));
            CollectionAssert.AreEqual(users.Select(user => "to-" + user), results.Select(result => result.Pushed.PacketId));
            CollectionAssert.AreEqual(content, Sandbox.PushedContent("user299", "to-user299"));
            CollectionAssert.IsOrdered(seen.Select(progress => progress.Packets));
            Assert.AreEqual(300, seen.Last().Packets);
            Assert.AreEqual(300, seen.Last().PacketsTotal);
            Assert.AreEqual(300 * 5000, seen.Last().Done);
            Assert.AreEqual(300 * 5000, seen.Last().Total);
        }

        [Test]
        public void AFailureConcernsItsPacketOnly()
        {
            Sandbox.Fault("'path': '/ben', 'times': 0, 'action': {'status': {'code': 400}}");
            var client = NewClient();
            var users = new[] { "anna", "ben", "cleo" };
            var packets = users.Select(user => new Outgoing(user, Small, packetId: "to-" + user)).ToList();
            packets.Add(Outgoing.FromFile("anna", "/no/such/file", packetId: "missing"));
            packets.Add(new Outgoing("anna", new byte[0], packetId: "empty"));
            var results = client.PushMany(packets);
            CollectionAssert.AreEqual(
                new Status?[] { null, Status.Rejected, null, Status.FileError, Status.InvalidArgument },
                results.Select(result => result.Error?.Status));
            CollectionAssert.AreEqual(
                new[] { "to-anna", null, "to-cleo", null, null }, results.Select(result => result.Pushed?.PacketId));
            Assert.AreEqual("to-ben", results[1].Error.PacketId);
            Sandbox.ClearFaults();
            Assert.AreEqual("to-ben", client.PushMany(new[] { packets[1] }).Single().Pushed.PacketId);
            Assert.AreEqual(3, Sandbox.Pushed().Count);
        }

        [Test]
        public void ARefusedKeyIsTheErrorOfAll()
        {
            var client = NewClient(config => config.SetApiKey("wrong"));
            var results = client.PushMany(Enumerable.Range(0, 50).Select(i => new Outgoing("user" + i, Small)));
            Assert.AreEqual(50, results.Count);
            Assert.IsTrue(results.All(result => result.Error.Status == Status.AuthenticationFailed));
            Assert.Less(Sandbox.Requests().Count, 50);
        }

        [Test]
        public void ACancelTellsWhatIsStored()
        {
            Sandbox.Fault("'path': '/ben', 'times': 0, 'action': {'status': {'code': 400}}");
            Sandbox.Fault("'path': '/cleo', 'times': 0, 'action': 'hang'");
            var packets = new[] { "ben", "anna", "cleo" }.Select(user => new Outgoing(user, Small)).ToList();
            using (var source = new CancellationTokenSource())
            {
                var options = new CallOptions();
                var client = NewClient();
                var push = client.PushManyAsync(packets, options, source.Token);
                Await.That(() => client.Stats().PacketsPushed == 1);
                Sandbox.AwaitFault();
                source.Cancel();
                Await.That(() => push.IsCompleted);
                Assert.IsTrue(push.IsCanceled);
                var cancelled = Assert.Throws<OperationCanceledException>(() => push.GetAwaiter().GetResult());
                Assert.AreEqual(source.Token, cancelled.CancellationToken);
                CollectionAssert.AreEqual(
                    new Status?[] { Status.Rejected, null, Status.Cancelled },
                    ((DmerpException)cancelled.InnerException).Results.Select(result => result?.Status));
            }
        }

        [Test]
        public void ACancelledTokenEndsTheCallBeforeAnyRequest()
        {
            var token = new CancellationToken(true);
            var packets = new[] { new Outgoing("anna", Small), new Outgoing("ben", Small) };
            var error = ThrowsCancelled(token, () => NewClient().PushMany(packets, cancellationToken: token));
            Assert.IsTrue(error.Results.All(result => result.Status == Status.Cancelled));
            Assert.IsEmpty(Sandbox.Requests());
        }

        [Test]
        public void ATimeoutIsOfTheWholeCall()
        {
            Sandbox.Fault("'path': '/ben', 'times': 0, 'action': 'hang'");
            var packets = new[] { new Outgoing("anna", Small), new Outgoing("ben", Small) };
            var results = NewClient().PushMany(packets, new CallOptions { Timeout = TimeSpan.FromMilliseconds(500) });
            Assert.IsNotNull(results[0].Pushed);
            Assert.AreEqual(Status.TimedOut, results[1].Error.Status);
        }

        [Test]
        public void WhatAProgressThrowsComesOut()
        {
            var thrown = new InvalidOperationException();
            var options = new CallOptions { Progress = new Reporting(progress => throw thrown) };
            var client = NewClient();
            var before = DmerpLibrary.LiveHandles;
            Assert.AreSame(thrown, Assert.Throws<InvalidOperationException>(
                () => client.PushMany(new[] { new Outgoing("anna", Bytes(100000)) }, options)));
            Assert.AreEqual(before, DmerpLibrary.LiveHandles);
        }

        [Test]
        public void NothingIsSentIfAnArgumentIsRefused()
        {
            var client = NewClient();
            var one = new Outgoing("anna", Small, packetId: "same");
            var before = DmerpLibrary.LiveHandles;
            Throws(Status.InvalidArgument, () => client.PushMany(new[] { one, one }));
            Throws(Status.InvalidArgument, () => client.PushMany(new[] { one, new Outgoing("", Small) }));
            Throws(Status.InvalidArgument, () => client.PushMany(new[] { one, new Outgoing("ben", Small, Format.Default) }));
            Assert.AreEqual(before, DmerpLibrary.LiveHandles);
            Assert.AreEqual("packets[1]", Assert.Throws<ArgumentException>(() => client.PushMany(new[] { one, null })).ParamName);
            Assert.IsEmpty(client.PushMany(new Outgoing[0]));
            Assert.IsEmpty(Sandbox.Requests());
        }

        private static Func<System.Xml.Linq.XElement, bool> IsTo(string mobileUser) =>
            pushed => pushed.Element("mobileUser").Value == mobileUser;
    }
}
