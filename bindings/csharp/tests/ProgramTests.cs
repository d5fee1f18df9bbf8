using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Dmerp.Tests
{
    /// <summary>Whole programs: the README's example, the production example's failures, and the end of a process.</summary>
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
                using (var child = Child.Start(Child.Program(Child.Programs, "Readme"), Settings, folder.Path))
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
            Sandbox.Send(Small, "&id=spoilt");
            Sandbox.Send(Small, "&id=gone&name=gone.xml");
            Sandbox.Fault("'path': '/pull', 'action': {'spoil_entries': [{'place': 1, 'how': 'no_url'}]}");
            Sandbox.Fault("'on': 'storage', 'path': 'gone.xml', 'times': 0, 'action': {'status': {'code': 404}}");
            using (var folder = new TemporaryFolder())
            {
                folder.File("order-4711.xml", Small);
                using (var child = Child.Start(Child.Program(Child.Programs, "Readme"), Settings, folder.Path))
                {
                    Assert.AreEqual(1, child.ExitCode(), child.Output);
                    StringAssert.Contains("packet spoilt is left in the queue: ", child.Output);
                    StringAssert.Contains("packet gone is left in the queue: ", child.Output);
                }
                Assert.AreEqual(1, Directory.GetFiles(Path.Combine(folder.Path, "received")).Length);
                Assert.AreEqual(2, Sandbox.Waiting().Count);
                CollectionAssert.AreEqual(Small, Sandbox.PushedContent("anna", "order-4711"));
            }
        }

        /// <summary>There the years are counted from another one.</summary>
        [Test]
        public void ThePacketIdOfTheExampleDoesNotFollowTheUsersCalendar()
        {
            Sandbox.Fault("'path': '/pull', 'skip': 1, 'action': {'status': {'code': 404}}");
            using (var received = new TemporaryFolder())
            {
                FailingExample(received.Path, "th_TH.UTF-8");
            }
            var ids = Sandbox.Pushed().Select(pushed => pushed.Element("packetUniqueId").Value).ToList();
            Assert.AreEqual(2, ids.Distinct().Count());
            Assert.IsTrue(ids.All(id => id.StartsWith("masterdata-20", StringComparison.Ordinal)), ids[0]);
        }

        [Test]
        public void TheExampleEndsAListWhereTheNextPacketWouldFailAsWell()
        {
            Sandbox.Send(Small, "&count=2");
            Sandbox.Send(Small, "&count=2&queue=file");
            using (var folder = new TemporaryFolder())
            {
                var said = FailingExample(Path.Combine(folder.Path, "missing"));
                Assert.AreEqual(2, Regex.Matches(said, "^failed: FILE_ERROR: ", RegexOptions.Multiline).Count, said);
                Assert.AreEqual(4, Regex.Matches(said, "^left: .*: ", RegexOptions.Multiline).Count, said);
                StringAssert.DoesNotContain("OK", said); // what is left for no error has no status
                Assert.AreEqual(4, Sandbox.Waiting().Count);
            }
        }

        [Test]
        public void TheExampleKeepsWhatItCanAndTellsTheRest()
        {
            Sandbox.Send(Small, "&id=bad&name=bad.xml");
            Sandbox.Send(Small, "&id=good&name=good.xml");
            Sandbox.Send(Small, "&id=photo&queue=file");
            Sandbox.Fault("'on': 'storage', 'path': 'bad.xml', 'times': 0, 'action': {'status': {'code': 404}}");
            using (var received = new TemporaryFolder())
            {
                var said = FailingExample(received.Path);
                StringAssert.Contains("left: bad: NOT_FOUND: ", said);
                StringAssert.Contains("receive: packet good of anna: " + Small.Length + " bytes in " + received.Path, said);
                StringAssert.Contains("receive: packet photo of anna: ", said);
                Assert.AreEqual(2, Directory.GetFiles(received.Path).Length);
                Assert.AreEqual("bad", Sandbox.Waiting().Single().Element("id").Value);
            }
        }

        [Test]
        public void TheExampleReceivesTheFilesWhenThePacketsCannotBeListed()
        {
            Sandbox.Send(Small, "&id=photo&queue=file");
            // The first request of this kind is the one that check makes.
            Sandbox.Fault("'path': '/pull', 'skip': 1, 'action': {'status': {'code': 404}}");
            using (var received = new TemporaryFolder())
            {
                var said = FailingExample(received.Path);
                StringAssert.Contains("failed: NOT_FOUND: ", said);
                StringAssert.Contains("receive: packet photo of anna: ", said);
                Assert.IsEmpty(Sandbox.Waiting());
            }
        }

        [Test]
        public void AFailureToMarkDoesNotHideTheFirstProblemOfTheExample()
        {
            Sandbox.Send(Small, "&id=good&name=good.xml");
            Sandbox.Send(Small, "&id=bad&name=bad.xml");
            Sandbox.Fault("'on': 'storage', 'path': 'bad.xml', 'times': 0, 'action': {'status': {'code': 404}}");
            Sandbox.Fault("'path': '/done', 'times': 0, 'action': {'status': {'code': 403}}");
            using (var received = new TemporaryFolder())
            {
                var said = FailingExample(received.Path);
                StringAssert.Contains("left: bad: NOT_FOUND: ", said);
                StringAssert.Contains("left: good: AUTHENTICATION_FAILED: ", said);
            }
        }

        [Test]
        public void TheExampleDoesNotPushWhatIsNoPacket()
        {
            using (var received = new TemporaryFolder())
            {
                StringAssert.Contains("field CODE", FailingExample(received.Path, header: "CODE,CODE"));
            }
            Assert.IsEmpty(Sandbox.Pushed());
        }

        [Test]
        public void TheExampleKeepsWhatItCannotRead()
        {
            Sandbox.Send(Encoding.UTF8.GetBytes("<NavMobileSync><table tablename='A'><r>"), "&id=bad");
            const string unknown = "<NavMobileSync><table tablename='A'><r/><x/></table></NavMobileSync>";
            Sandbox.Send(Encoding.UTF8.GetBytes(unknown), "&id=unknown");
            const string good = "<NavMobileSync><table tablename='A'><r/><r/></table></NavMobileSync>";
            Sandbox.Send(Encoding.UTF8.GetBytes(good), "&id=good");
            using (var received = new TemporaryFolder())
            {
                var said = FailingExample(received.Path);
                StringAssert.IsMatch("(?m)^left: bad: line 1, table A, record 1", said);
                StringAssert.IsMatch("(?m)^left: unknown: unknown elements were skipped: 1", said);
                StringAssert.Contains("receive: 2 records of A", said);
                Assert.AreEqual(1, Directory.GetFiles(received.Path).Length);
                CollectionAssert.AreEquivalent(
                    new[] { "bad", "unknown" }, Sandbox.Waiting().Select(packet => packet.Element("id").Value));
            }
        }

        /// <summary>It has less memory than the packet's records would need.</summary>
        [Test]
        public void TheExampleReadsAPacketThatItsMemoryCouldNotHold()
        {
            var record = "<r><TEXT>" + new string('x', 100) + "</TEXT></r>\n";
            var packet = "<NavMobileSync><table tablename='A'>" + string.Concat(Enumerable.Repeat(record, 300000)) + "</table>";
            Sandbox.Send(Encoding.UTF8.GetBytes(packet), "&id=large");
            var limit = new Dictionary<string, string>
            {
                { "MONO_GC_PARAMS", "max-heap-size=48m" },
                { "COMPlus_GCHeapHardLimit", "0x3000000" },
            };
            using (var received = new TemporaryFolder())
            {
                var said = FailingExample(received.Path, variables: limit);
                StringAssert.IsMatch("(?m)^left: large: line 300001: ", said);
            }
        }

        [Test]
        public void TheExampleOfADatabaseWritesAPacket()
        {
            if (Type.GetType("Mono.Runtime") == null)
            {
                Assert.Ignore("The driver is Mono's.");
            }
            using (var child = Child.Start(Child.Program(Child.Programs, "Sqlite")))
            {
                Assert.AreEqual(0, child.ExitCode(), child.Output);
                var packet = Xml.Read(Encoding.UTF8.GetBytes(child.Output));
                CollectionAssert.AreEqual(
                    new[]
                    {
                        "I00001,Кисело мляко, 400 g,1.04,1200,2026-11-24T09:42:19Z,false,I00001",
                        "I00002,Salt & pepper,0.89,-3,2026-11-24T10:00:00Z,2026-12-31,true,I00002",
                    },
                    packet.Descendants("r").Select(record => string.Join(",", record.Elements().Select(field => field.Value))));
            }
        }

        /// <summary>With a call that hangs on a thread of its own, and nothing disposed.</summary>
        [TestCase("return")]
        [TestCase("exit")]
        [TestCase("collect")]
        public void AProcessEndsAtOnceWhileACallRuns(string how)
        {
            Sandbox.Fault("'times': 0, 'action': 'hang'");
            using (var child = Child.Start(Child.Program(Child.Programs, "EndWhileBusy"), Settings))
            {
                Sandbox.AwaitFault();
                child.Tell(how);
                Assert.AreEqual(0, child.ExitCode(), child.Output);
                StringAssert.Contains("ending", child.Output);
            }
        }

        /// <summary>What it says.</summary>
        private static string FailingExample(
            string received, string locale = "C.UTF-8", string header = "CODE,NAME", Dictionary<string, string> variables = null)
        {
            var settings = new Dictionary<string, string>(Settings) { { "LC_ALL", locale } };
            (variables ?? new Dictionary<string, string>()).ToList().ForEach(one => settings.Add(one.Key, one.Value));
            using (var data = new TemporaryFolder())
            {
                foreach (var table in new[] { "customers", "items", "prices", "visits" })
                {
                    data.File(table + ".csv", Encoding.UTF8.GetBytes(header + "\nC1,Иван\n"));
                }
                var program = Child.Program(Child.Programs, "Production");
                using (var child = Child.Start(program, settings, null, data.Path, "SOFIA01,SOFIA02", received))
                {
                    Assert.AreEqual(1, child.ExitCode(), child.Output);
                    StringAssert.Contains("not all done", child.Output);
                    return child.Output;
                }
            }
        }
    }
}
