using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using NUnit.Framework;

namespace Dmerp.Tests
{
    /// <summary>Whole programs: the README's example, and the end of a process.</summary>
    [TestFixture]
    public class ProgramTests : SandboxTests
    {
        private static readonly Dictionary<string, string> Settings = new Dictionary<string, string>
        {
            { "DMERP_BASE_URL", Sandbox.BaseUrl },
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
    }
}
