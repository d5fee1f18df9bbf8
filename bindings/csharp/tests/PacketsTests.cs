using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;

namespace Dmerp.Tests
{
    [TestFixture]
    public class PacketsTests : SandboxTests
    {
        [Test]
        public void ALongListIsReadWhole()
        {
            Sandbox.Send(Small, "&id=bulk&count=10000");
            var packets = NewClient().Pull();
            Assert.AreEqual(10000, packets.Count);
            Assert.AreEqual(10000, packets.Select(packet => packet.Id).Distinct().Count());
            Assert.AreEqual(packets.Last().Id, packets[9999].Id);
        }

        [Test]
        public void ALongListIsMarkedDoneInSeveralRequests()
        {
            Sandbox.Send(Small, "&count=1201");
            var client = NewClient();
            var packets = client.Pull();
            client.Done(packets.Select(packet => packet.Receipt));
            Assert.IsEmpty(Sandbox.Waiting());
            Assert.AreEqual(3, Sandbox.Requests().Count(request => request.Element("target").Value.Contains("/done")));
        }

        [Test]
        public void AnEmptyListHasNothing()
        {
            var packets = NewClient().Pull();
            Assert.AreEqual(0, packets.Count);
            Assert.IsEmpty(packets);
        }

        [Test]
        public void FieldsThatNobodyAnnouncedCanBeRead()
        {
            Sandbox.SetDialects("'unknown_fields': true");
            Sandbox.Send(Small);
            var other = NewClient().Pull().Single().Other;
            Assert.IsNotNull(other["priority"], "the sandbox's unknown field");
            Assert.IsFalse(other.ContainsKey("Няма"));
            Assert.IsFalse(other.ContainsKey("id"), "what has a property of its own");
        }

        [Test]
        public void WithoutFurtherFieldsThereAreNone()
        {
            Sandbox.Send(Small);
            Assert.IsEmpty(NewClient().Pull().Single().Other);
        }

        [Test]
        public void EntriesThatCannotBeReadAreBesideTheOthers()
        {
            var list = @"[{\'id\': \'1\', \'receiptHandle\': \'r1\'},"
                + @" {\'id\': \'2\', \'receiptHandle\': \'r2\', \'url\': \'u2\'}, {\'url\': \'u3\'}]";
            Sandbox.Fault("'action': {'status': {'code': 200, 'content_type': 'application/json', 'body': '" + list + "'}}");
            var packets = NewClient().Pull();
            Assert.AreEqual("2", packets.Single().Id);
            CollectionAssert.AreEqual(new[] { 1, 3 }, packets.Unreadable.Select(entry => entry.Place));
            StringAssert.Contains("url", packets.Unreadable[0].Reason);
            Assert.AreEqual("1", packets.Unreadable[0].Id);
            Assert.AreEqual("r1", packets.Unreadable[0].ReceiptHandle);
            Assert.IsNull(packets.Unreadable[0].Url);
            Assert.IsNull(packets.Unreadable[1].Id);
            Assert.IsNull(packets.Unreadable[1].ReceiptHandle);
            Assert.AreEqual("u3", packets.Unreadable[1].Url);
        }

        [TestCase(-1)]
        [TestCase(1)]
        [TestCase(int.MaxValue)]
        public void AnIndexBeyondTheListIsAnError(int index)
        {
            Sandbox.Send(Small);
            var packets = NewClient().Pull();
            Assert.Throws<ArgumentOutOfRangeException>(() => packets[index].ToString());
        }

        [Test]
        public void AListIsPlainAndOutlivesItsClient()
        {
            Sandbox.Send(Small, "&count=2");
            PacketList packets;
            using (var client = NewClient())
            {
                packets = client.Pull();
            }
            Assert.AreEqual(2, packets.Count);
            Assert.AreEqual("anna", packets[1].MobileUser);
            Assert.AreEqual(packets[1].Id, packets[1].Receipt.Id);
            Assert.AreSame(packets[1], packets.Last());
            Assert.IsEmpty(packets.Unreadable);
            Assert.Throws<NotSupportedException>(() => ((IList<Packet>)packets).Clear());
        }
    }
}
