using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Dmerp.Tests
{
    /// <summary>Whole programs: the README's example, the round trip's failures, and the end of a process.</summary>
    [TestFixture]
    public class ProgramTests : SandboxTests
    {
        private static readonly Dictionary<string, string> Settings = new Dictionary<string, string>
        {
            { "DMERP_BASE_URL", Sandbox.BaseUrl },
            { "DMERP_APP_AREA", Sandbox.AppArea },
            { "DMERP_API_KEY", Sandbox.ApiKey },
        };

        [Test]
        public void TheReadmesExampleRuns()
        {
            var sent = Encoding.UTF8.GetBytes("<order/>");
            Sandbox.Send(sent);
            using (var folder = new TemporaryFolder())
            {
                folder.File("order-4711.xml", Small);
                using (var child = Child.Start(Path.Combine(Child.Programs, "Readme.exe"), Settings, folder.Path))
                {
                    Assert.AreEqual(0, child.ExitCode(), child.Output);
                }
                CollectionAssert.AreEqual(Small, Sandbox.PushedContent("anna", "order-4711"));
                Assert.IsEmpty(Sandbox.Waiting());
                var received = Directory.GetFiles(Path.Combine(folder.Path, "received")).Single();
                CollectionAssert.AreEqual(sent, File.ReadAllBytes(received));
            }
        }

        [Test]
        public void TheReadmesExampleTellsWhatFailsAndGoesOn()
        {
            Sandbox.Send(Small, "&id=photo&queue=file");
            var list = @"[{\'id\': \'1\', \'receiptHandle\': \'r1\'},"
                + @" {\'id\': \'2\', \'receiptHandle\': \'r2\', \'url\': \'gone\'}]";
            Sandbox.Fault("'action': {'status': {'code': 200, 'content_type': 'application/json', 'body': '" + list + "'}},"
                + " 'path': '/pull'");
            using (var folder = new TemporaryFolder())
            {
                folder.File("order-4711.xml", Small);
                using (var child = Child.Start(Path.Combine(Child.Programs, "Readme.exe"), Settings, folder.Path))
                {
                    Assert.AreEqual(1, child.ExitCode(), child.Output);
                    StringAssert.Contains("entry 1 of the Packet list cannot be read", child.Output);
                    StringAssert.Contains("gone", child.Output);
                }
                Assert.AreEqual(1, Directory.GetFiles(Path.Combine(folder.Path, "received")).Length);
                Assert.IsEmpty(Sandbox.Waiting());
            }
        }

        /// <summary>There the years are counted from another one.</summary>
        [Test]
        public void TheRoundTripsPacketIdDoesNotFollowTheUsersCalendar()
        {
            Sandbox.Fault("'path': '/pull', 'skip': 1, 'action': {'status': {'code': 404}}");
            using (var received = new TemporaryFolder())
            {
                FailingRoundTrip(received.Path, "th_TH.UTF-8");
            }
            StringAssert.StartsWith("masterdata-20", Sandbox.Pushed().Single().Element("packetUniqueId").Value);
        }

        [Test]
        public void TheRoundTripEndsWhereTheNextPacketWouldFailAsWell()
        {
            Sandbox.Send(Small, "&count=2");
            Sandbox.Send(Small, "&count=2&queue=file");
            using (var folder = new TemporaryFolder())
            {
                var said = FailingRoundTrip(Path.Combine(folder.Path, "missing"));
                Assert.AreEqual(2, Regex.Matches(said, "^failed: ", RegexOptions.Multiline).Count, said);
                StringAssert.Contains("FILE_ERROR", said);
                Assert.AreEqual(4, Sandbox.Waiting().Count);
            }
        }

        [Test]
        public void TheRoundTripKeepsWhatItCanAndTellsTheRest()
        {
            Sandbox.Send(Small, "&id=bad&name=bad.xml");
            Sandbox.Send(Small, "&id=good&name=good.xml");
            Sandbox.Send(Small, "&id=photo&queue=file");
            Sandbox.Fault("'on': 'storage', 'path': 'bad.xml', 'times': 0, 'action': {'status': {'code': 404}}");
            using (var received = new TemporaryFolder())
            {
                var said = FailingRoundTrip(received.Path);
                StringAssert.Contains("NOT_FOUND", said);
                StringAssert.Contains("done: 1 marked in the packet list", said);
                StringAssert.Contains("done: 1 marked in the file list", said);
                Assert.AreEqual(2, Directory.GetFiles(received.Path).Length);
                Assert.AreEqual("bad", Sandbox.Waiting().Single().Element("id").Value);
            }
        }

        [Test]
        public void TheRoundTripPullsTheFilesWhenThePacketsCannotBeListed()
        {
            Sandbox.Send(Small, "&id=photo&queue=file");
            // The first request of this kind is the one that check makes.
            Sandbox.Fault("'path': '/pull', 'skip': 1, 'action': {'status': {'code': 404}}");
            using (var received = new TemporaryFolder())
            {
                var said = FailingRoundTrip(received.Path);
                StringAssert.Contains("NOT_FOUND", said);
                StringAssert.Contains("done: 1 marked in the file list", said);
            }
        }

        [Test]
        public void AFailureToMarkDoesNotHideTheFirstProblemOfTheRoundTrip()
        {
            Sandbox.Send(Small, "&id=good&name=good.xml");
            Sandbox.Send(Small, "&id=bad&name=bad.xml");
            Sandbox.Fault("'on': 'storage', 'path': 'bad.xml', 'times': 0, 'action': {'status': {'code': 404}}");
            Sandbox.Fault("'path': '/done', 'times': 0, 'action': {'status': {'code': 403}}");
            using (var received = new TemporaryFolder())
            {
                var said = FailingRoundTrip(received.Path);
                StringAssert.Contains("NOT_FOUND", said);
                StringAssert.Contains("AUTHENTICATION_FAILED", said);
                StringAssert.Contains("not marked: packet good: ", said);
            }
        }

        /// <summary>With a call that hangs on a thread of its own, and nothing disposed.</summary>
        [TestCase("return")]
        [TestCase("exit")]
        [TestCase("collect")]
        public void AProcessEndsAtOnceWhileACallRuns(string how)
        {
            Sandbox.Fault("'times': 0, 'action': 'hang'");
            using (var child = Child.Start(Path.Combine(Child.Programs, "EndWhileBusy.exe"), Settings))
            {
                Sandbox.AwaitFault();
                child.Tell(how);
                Assert.AreEqual(0, child.ExitCode(), child.Output);
                StringAssert.Contains("ending", child.Output);
            }
        }

        /// <summary>What it says.</summary>
        private static string FailingRoundTrip(string received, string locale = "C.UTF-8")
        {
            var settings = new Dictionary<string, string>(Settings) { { "LC_ALL", locale } };
            using (var data = new TemporaryFolder())
            {
                foreach (var table in new[] { "customers", "items", "prices", "visits" })
                {
                    data.File(table + ".csv", Encoding.UTF8.GetBytes("CODE,NAME\nC1,Иван\n"));
                }
                var program = Path.Combine(Child.Programs, "Roundtrip.exe");
                using (var child = Child.Start(program, settings, null, data.Path, "SOFIA01", received))
                {
                    Assert.AreEqual(1, child.ExitCode(), child.Output);
                    StringAssert.Contains("not all done", child.Output);
                    return child.Output;
                }
            }
        }
    }
}
