using System;
using System.IO;
using System.Linq;
using System.Text;
using NUnit.Framework;

namespace Dmerp.Tests
{
    [TestFixture]
    public class VerbTests : SandboxTests
    {
        [Test]
        public void PushStoresEveryByte()
        {
            var content = Bytes(100000);
            var pushed = NewClient().Push("anna", content, Format.Json, "order-1");
            Assert.AreEqual("order-1", pushed.PacketId);
            Assert.AreEqual(100000, pushed.Size);
            CollectionAssert.AreEqual(content, Sandbox.PushedContent("anna", "order-1"));
            var stored = Sandbox.Pushed().Single();
            Assert.AreEqual(pushed.SyncLogId, stored.Element("syncLogId").Value);
            Assert.AreEqual("application/json", stored.Element("contentType").Value);
        }

        [Test]
        public void PushMakesAnIdWhereNoneIsGiven()
        {
            var pushed = NewClient().Push("anna", Small);
            Assert.IsTrue(Guid.TryParse(pushed.PacketId, out _), pushed.PacketId);
            Assert.AreEqual(pushed.PacketId, Sandbox.Pushed().Single().Element("packetUniqueId").Value);
            Assert.AreEqual("application/xml", Sandbox.Pushed().Single().Element("contentType").Value);
        }

        [Test]
        public void PushSendsThePartOfAnArray()
        {
            var content = Bytes(1000);
            NewClient().Push("anna", new ArraySegment<byte>(content, 300, 400), packetId: "part");
            CollectionAssert.AreEqual(content.Skip(300).Take(400), Sandbox.PushedContent("anna", "part"));
        }

        [Test]
        public void PushWithTheSameIdIsTheSamePacket()
        {
            var client = NewClient();
            client.Push("anna", Small, packetId: "twice");
            client.Push("anna", Small, packetId: "twice");
            Assert.AreEqual("2", Sandbox.Pushed().Single().Element("pushes").Value);
        }

        [Test]
        public void PushFileSendsAFile()
        {
            using (var folder = new TemporaryFolder())
            {
                var path = folder.File("Поръчка 😀.xml", Bytes(70000));
                NewClient().PushFile("anna", path, packetId: "file");
                CollectionAssert.AreEqual(Bytes(70000), Sandbox.PushedContent("anna", "file"));
            }
        }

        [Test]
        public void PullListsBothKinds()
        {
            Sandbox.Send(Small, "&companyId=C1&appCode=A1");
            Sandbox.Send(Bytes(50), "&queue=file&name=shelf.jpg");
            var client = NewClient();
            var packets = client.Pull();
            var files = client.Pull(PacketKind.File, Format.Xml);
            var packet = packets.Single();
            Assert.AreEqual("anna", packet.MobileUser);
            Assert.AreEqual("C1", packet.CompanyId);
            Assert.AreEqual("A1", packet.AppCode);
            Assert.AreEqual("data", packet.PacketType);
            Assert.AreEqual(Small.Length, packet.Size);
            Assert.IsTrue(DateTime.TryParse(packet.OnDate, out _), packet.OnDate);
            Assert.AreEqual("image", files.Single().PacketType);
        }

        [Test]
        public void PullGivesNullForWhatThePortalLeavesOut()
        {
            Sandbox.SetDialects("'omit_optional': true");
            Sandbox.Send(Small);
            var packets = NewClient().Pull();
            var packet = packets.Single();
            Assert.IsNull(packet.MobileUser);
            Assert.IsNull(packet.CompanyId);
            Assert.IsNull(packet.AppCode);
            Assert.IsNull(packet.PacketType);
            Assert.IsNull(packet.OnDate);
            Assert.IsNull(packet.Size);
        }

        [Test]
        public void DownloadGivesEveryByte()
        {
            var url = Sandbox.Send(Bytes(300000));
            CollectionAssert.AreEqual(Bytes(300000), NewClient().Download(url));
        }

        [Test]
        public void DownloadFileWritesAFile()
        {
            var url = Sandbox.Send(Bytes(300000));
            using (var folder = new TemporaryFolder())
            {
                var path = Path.Combine(folder.Path, "Получено 😀");
                Assert.AreEqual(300000, NewClient().DownloadFile(url, path));
                CollectionAssert.AreEqual(Bytes(300000), File.ReadAllBytes(path));
                Assert.AreEqual(1, Directory.GetFiles(folder.Path).Length, "something was left beside it");
            }
        }

        [Test]
        public void LinkCanBeDownloadedByWhoeverHasIt()
        {
            var link = NewClient().Link(Sandbox.Send(Small));
            CollectionAssert.AreEqual(Small, Http.Request("GET", link));
        }

        [Test]
        public void DoneRemovesFromTheList()
        {
            Sandbox.Send(Small, "&count=3");
            var client = NewClient();
            var packets = client.Pull();
            client.Done(packets.Take(2).Select(packet => packet.Receipt));
            Assert.AreEqual(packets[2].Id, Sandbox.Waiting().Single().Element("id").Value);
        }

        [Test]
        public void DoneTakesStoredReceiptsAndTheirKind()
        {
            Sandbox.Send(Small, "&queue=file");
            var client = NewClient();
            var packets = client.Pull(PacketKind.File);
            client.Done(new[] { new Receipt(packets[0].Id, packets[0].ReceiptHandle) }, PacketKind.File, Format.Xml);
            Assert.IsEmpty(Sandbox.Waiting());
        }

        [Test]
        public void ReceiptsAreEqualByTheirValues()
        {
            Sandbox.Send(Small);
            var receipt = NewClient().Pull()[0].Receipt;
            var stored = new Receipt(receipt.Id, receipt.ReceiptHandle);
            Assert.AreEqual(receipt, stored);
            Assert.AreEqual(receipt.GetHashCode(), stored.GetHashCode());
            Assert.AreNotEqual(receipt, new Receipt(receipt.Id, "another"));
            Assert.AreNotEqual(receipt, new Receipt("another", receipt.ReceiptHandle));
            Assert.IsFalse(receipt.Equals(null));
            Assert.IsFalse(receipt.Equals("text"));
        }

        [Test]
        public void PlainObjectsTellWhatTheyAre()
        {
            Sandbox.Send(Small, "&id=p1");
            var client = NewClient();
            var packet = client.Pull()[0];
            Assert.AreEqual("Packet { Id = p1, Url = " + packet.Url + ", MobileUser = anna }", packet.ToString());
            Assert.AreEqual("Receipt { Id = 1, ReceiptHandle = r }", new Receipt("1", "r").ToString());
            var pushed = client.Push("anna", Small, packetId: "o1");
            var told = "Pushed { PacketId = o1, SyncLogId = " + pushed.SyncLogId + ", Size = " + Small.Length + " }";
            Assert.AreEqual(told, pushed.ToString());
        }

        [Test]
        public void DoneOfNothingMakesNoRequest()
        {
            NewClient().Done(new Receipt[0]);
            Assert.IsEmpty(Sandbox.Requests());
        }

        [Test]
        public void CheckTouchesNoPacket()
        {
            Sandbox.Send(Small);
            NewClient().Check();
            Assert.AreEqual("false", Sandbox.Waiting().Single().Element("hidden").Value);
        }

        [Test]
        public void StrangeNamesArriveAsTheyAre()
        {
            var client = NewClient();
            client.Push(Strange, Small, packetId: Strange);
            var pushed = Sandbox.Pushed().Single();
            Assert.AreEqual(Strange, pushed.Element("mobileUser").Value);
            Assert.AreEqual(Strange, pushed.Element("packetUniqueId").Value);

            Sandbox.Send(Small, "&id=" + Uri.EscapeDataString(Strange) + "&companyId=" + Uri.EscapeDataString(Strange), Strange);
            foreach (var format in new[] { Format.Json, Format.Xml })
            {
                var packets = client.Pull(format: format);
                Assert.AreEqual(Strange, packets[0].Id);
                Assert.AreEqual(Strange, packets[0].MobileUser);
                Assert.AreEqual(Strange, packets[0].CompanyId);
                CollectionAssert.AreEqual(Small, client.Download(packets[0].Url));
                if (format == Format.Xml)
                {
                    client.Done(new[] { packets[0].Receipt });
                }
                Sandbox.ShowHidden();
            }
            Assert.IsEmpty(Sandbox.Waiting());
        }

        [Test]
        public void TheServersMessageArrivesAsItIs()
        {
            var said = "Непознат: Αθήνα 😀";
            var body = "{\\'message\\': \\'" + said + "\\'}";
            Sandbox.Fault("'action': {'status': {'code': 400, 'content_type': 'application/json', 'body': '" + body + "'}}");
            var error = Throws(Status.Rejected, () => NewClient().Pull());
            Assert.AreEqual(said, error.ServerMessage);
            StringAssert.Contains(said, error.Message);
        }
    }
}
