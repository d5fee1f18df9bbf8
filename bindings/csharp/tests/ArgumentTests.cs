using System;
using System.IO;
using NUnit.Framework;

namespace Dmerp.Tests
{
    /// <summary>What the library could not have been given as it is.</summary>
    [TestFixture]
    public class ArgumentTests : SandboxTests
    {
        [Test]
        public void NullsAreArgumentNullExceptions()
        {
            var client = NewClient();
            Null("mobileUser", () => client.Push(null, Small));
            Null("content", () => client.Push("anna", (byte[])null));
            Null("content", () => client.Push("anna", default(ArraySegment<byte>)));
            Null("content", () => client.Push("anna", (Stream)null));
            Null("mobileUser", () => client.PushFile(null, "x"));
            Null("path", () => client.PushFile("anna", null));
            Null("url", () => client.Link(null));
            Null("url", () => client.Download(null));
            Null("url", () => client.Download(null, new MemoryStream()));
            Null("to", () => client.Download("x", (Stream)null));
            Null("url", () => client.DownloadFile(null, "x"));
            Null("path", () => client.DownloadFile("x", null));
            Null("receipts", () => client.Done(null));
            Null("packets", () => client.PushMany(null));
            Null("mobileUser", () => new Outgoing(null, Small).ToString());
            Null("content", () => new Outgoing("anna", null).ToString());
            Null("path", () => Outgoing.FromFile("anna", null));
            Null("id", () => new Receipt(null, "h").ToString());
            Null("receiptHandle", () => new Receipt("1", null).ToString());
            var error = Assert.Throws<ArgumentException>(() => client.Done(new Receipt[] { null }));
            Assert.AreEqual("receipts[0]", error.ParamName);
            Assert.IsEmpty(Sandbox.Requests());
        }

        [Test]
        public void NulsAreErrorsThatNameTheArgument()
        {
            var client = NewClient();
            Nul("mobileUser", () => client.Push("a\0b", Small));
            Nul("packetId", () => client.Push("anna", Small, packetId: "a\0b"));
            Nul("path", () => client.PushFile("anna", "a\0b"));
            Nul("url", () => client.Link("a\0b"));
            Nul("url", () => client.Download("a\0b"));
            Nul("path", () => client.DownloadFile("x", "a\0b"));
            Nul("packetId", () => new Outgoing("anna", Small, packetId: "a\0b").ToString());
            Nul("receipts[1].ReceiptHandle", () => client.Done(new[] { new Receipt("1", "h"), new Receipt("2", "a\0b") }));
            Nul("receipts[0].Id", () => client.Done(new[] { new Receipt("a\0b", "h") }));
            Assert.IsEmpty(Sandbox.Requests());
        }

        [Test]
        public void HalfACharacterIsAnError()
        {
            var error = Assert.Throws<ArgumentException>(() => NewClient().Push("half \ud83d of it", Small));
            Assert.AreEqual("mobileUser", error.ParamName);
        }

        private static void Null(string argument, TestDelegate verb) =>
            Assert.AreEqual(argument, Assert.Throws<ArgumentNullException>(verb).ParamName);

        private static void Nul(string argument, TestDelegate verb)
        {
            var error = Assert.Throws<ArgumentException>(verb);
            Assert.AreEqual(argument, error.ParamName);
            StringAssert.Contains("NUL", error.Message);
        }
    }
}
