using System;
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
            using (var packets = NewClient().Pull())
            {
                Assert.AreEqual(10000, packets.Count);
                Assert.AreEqual(10000, packets.Select(packet => packet.Id).Distinct().Count());
                Assert.AreEqual(packets.Last().Id, packets[9999].Id);
            }
        }

        [Test]
        public void ALongListIsMarkedDoneInSeveralRequests()
        {
            Sandbox.Send(Small, "&count=1201");
            var client = NewClient();
            using (var packets = client.Pull())
            {
                client.Done(packets.Select(packet => packet.Receipt));
            }
            Assert.IsEmpty(Sandbox.Waiting());
            Assert.AreEqual(3, Sandbox.Requests().Count(request => request.Element("target").Value.Contains("/done")));
        }

        [Test]
        public void AnEmptyListHasNothing()
        {
            using (var packets = NewClient().Pull())
            {
                Assert.AreEqual(0, packets.Count);
                Assert.IsEmpty(packets);
            }
        }

        [Test]
        public void PacketsOutliveTheirList()
        {
            Sandbox.Send(Small);
            var packets = NewClient().Pull();
            var packet = packets[0];
            packets.Dispose();
            Assert.AreEqual("anna", packet.MobileUser);
            Assert.AreEqual(packet.Id, packet.Receipt.Id);
        }

        [Test]
        public void FieldsThatNobodyAnnouncedCanBeRead()
        {
            Sandbox.SetDialects("'unknown_fields': true");
            Sandbox.Send(Small);
            using (var packets = NewClient().Pull())
            {
                var named = packets.OtherField(0, "priority");
                Assert.IsNotNull(named, "the sandbox's unknown field");
                Assert.IsNull(packets.OtherField(0, "Няма"));
                Assert.Throws<ArgumentNullException>(() => packets.OtherField(0, null));
                Assert.Throws<InvalidArgumentException>(() => packets.OtherField(0, "a\0b"));
                Assert.Throws<ArgumentOutOfRangeException>(() => packets.OtherField(1, "priority"));
            }
        }

        [TestCase(-1)]
        [TestCase(1)]
        [TestCase(int.MaxValue)]
        public void AnIndexBeyondTheListIsAnError(int index)
        {
            Sandbox.Send(Small);
            using (var packets = NewClient().Pull())
            {
                Assert.Throws<ArgumentOutOfRangeException>(() => packets[index].ToString());
            }
        }

        [Test]
        public void ADisposedListIsAnError()
        {
            Sandbox.Send(Small, "&count=2");
            var packets = NewClient().Pull();
            using (var each = packets.GetEnumerator())
            {
                Assert.IsTrue(each.MoveNext());
                packets.Dispose();
                packets.Dispose();
                var error = Assert.Throws<ObjectDisposedException>(() => each.MoveNext());
                Assert.AreEqual("Packets", error.ObjectName);
            }
            Assert.Throws<ObjectDisposedException>(() => packets.OtherField(0, "x"));
            Assert.AreEqual(2, packets.Count);
        }
    }
}
