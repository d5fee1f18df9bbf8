using System;
using System.Threading;
using NUnit.Framework;

namespace Dmerp.Tests.Framework
{
    /// <summary>Aborted threads, as ASP.NET has them at its request timeout.</summary>
    [TestFixture]
    public class AbortTests : SandboxTests
    {
        [Test]
        public void AnAbortEndsACallThatWaits()
        {
            Sandbox.Fault("'times': 0, 'action': 'hang'");
            var client = NewClient();
            Exception seen = null;
            var thread = new Thread(() =>
            {
                try
                {
                    client.Check();
                }
                catch (Exception exception)
                {
                    seen = exception;
                }
            });
            thread.Start();
            Sandbox.AwaitFault();
            thread.Abort();
            Assert.IsTrue(thread.Join(Await.Limit));
            Assert.IsInstanceOf<ThreadAbortException>(seen);
            Sandbox.ClearFaults();
            client.Check();
        }

        [Test]
        public void AnAbortInACallbackDoesNotPassThroughNativeCode()
        {
            var url = Sandbox.Send(Bytes(1000000));
            var client = NewClient();
            Exception seen = null;
            var after = false;
            var thread = new Thread(() =>
            {
                try
                {
                    client.Download(url, new CallOptions { Progress = new Reporting(done => Thread.CurrentThread.Abort()) });
                }
                catch (ThreadAbortException exception)
                {
                    seen = exception;
                    Thread.ResetAbort();
                }
                client.Check();
                after = true;
            });
            thread.Start();
            Assert.IsTrue(thread.Join(Await.Limit));
            Assert.IsInstanceOf<ThreadAbortException>(seen);
            Assert.IsTrue(after);
        }

        [Test]
        public void AnAbortInALogSinkChangesNoOutcome()
        {
            var sunk = 0;
            var client = NewClient(config => config.LogTo(LogLevel.Info, (level, message) =>
            {
                sunk++;
                Thread.CurrentThread.Abort();
            }));
            var after = false;
            var thread = new Thread(() =>
            {
                client.Check();
                client.Check();
                after = true;
            });
            thread.Start();
            Assert.IsTrue(thread.Join(Await.Limit));
            Assert.IsTrue(after);
            Assert.AreEqual(2, sunk);
        }
    }
}
