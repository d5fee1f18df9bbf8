using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using NUnit.Framework;

namespace Dmerp.Tests
{
    /// <summary>Deadlines, progress, and what a progress throws.</summary>
    [TestFixture]
    public class CallTests : SandboxTests
    {
        [Test]
        public void ADeadlineEndsTheCall()
        {
            Sandbox.Fault("'times': 0, 'action': 'hang'");
            var clock = Stopwatch.StartNew();
            var options = new CallOptions { Deadline = TimeSpan.FromMilliseconds(200) };
            Assert.Throws<TimedOutException>(() => NewClient().Pull(options: options));
            Assert.Less(clock.Elapsed, TimeSpan.FromSeconds(5));
        }

        [Test]
        public void ADeadlineThatIsNoneIsAnError()
        {
            foreach (var deadline in new[] { TimeSpan.Zero, TimeSpan.FromSeconds(-1), TimeSpan.MinValue })
            {
                var options = new CallOptions { Deadline = deadline };
                Assert.Throws<InvalidArgumentException>(() => NewClient().Check(options));
            }
            Assert.IsEmpty(Sandbox.Requests());
        }

        [Test]
        public void TheLongestDeadlineIsGood() => NewClient().Check(new CallOptions { Deadline = TimeSpan.MaxValue });

        [Test]
        public void ProgressGoesUpToTheWholeOnTheCallingThread()
        {
            var url = Sandbox.Send(Bytes(1000000));
            var seen = new List<long>();
            var caller = Thread.CurrentThread;
            var options = new CallOptions
            {
                Progress = new Reporting(done =>
                {
                    Assert.AreSame(caller, Thread.CurrentThread);
                    seen.Add(done);
                }),
            };
            foreach (var verb in new Action<Client>[]
            {
                client => client.Download(url, options),
                client => client.Push("anna", Bytes(1000000), options: options),
            })
            {
                seen.Clear();
                verb(NewClient());
                Assert.Greater(seen.Count, 2);
                CollectionAssert.IsOrdered(seen);
                Assert.AreEqual(1000000, seen.Last());
            }
        }

        [Test]
        public void WhatAProgressThrowsComesOutUnchanged()
        {
            var url = Sandbox.Send(Bytes(1000000));
            var thrown = new InvalidOperationException("enough");
            var options = new CallOptions { Progress = new Reporting(done => throw thrown) };
            var client = NewClient();
            Assert.AreSame(thrown, Assert.Throws<InvalidOperationException>(() => client.Download(url, options)));
            var same = Assert.Throws<InvalidOperationException>(() => client.Push("anna", Bytes(1000000), options: options));
            Assert.AreSame(thrown, same);
            StringAssert.Contains(nameof(WhatAProgressThrowsComesOutUnchanged), same.StackTrace, "where it was thrown");
            client.Check();
        }

        [Test]
        public void TheFirstExceptionCounts()
        {
            var url = Sandbox.Send(Bytes(1000000));
            var count = 0;
            var client = NewClient(config => config.LogTo(LogLevel.Error, (level, message) => throw new Exception("the log's")));
            var options = new CallOptions { Progress = new Reporting(done => throw new Exception("number " + ++count)) };
            Assert.AreEqual("number 1", Assert.Throws<Exception>(() => client.Download(url, options)).Message);
        }

        [Test]
        public void VerbsNestAndEachGetsItsOwnException()
        {
            var url = Sandbox.Send(Bytes(1000000));
            var client = NewClient();
            Exception inner = null;
            var reports = 0;
            var options = new CallOptions
            {
                Progress = new Reporting(done =>
                {
                    if (reports++ == 0)
                    {
                        var progress = new Reporting(more => throw new InvalidOperationException("inner"));
                        var failing = new CallOptions { Progress = progress };
                        inner = Assert.Throws<InvalidOperationException>(() => client.Download(url, failing));
                    }
                }),
            };
            Assert.AreEqual(1000000, client.Download(url, options).Length);
            Assert.AreEqual("inner", inner.Message);
            Assert.Greater(reports, 1);
        }

        [Test]
        public void OneObjectServesManyCalls()
        {
            var options = new CallOptions { Deadline = TimeSpan.FromSeconds(30), Progress = new Reporting(done => { }) };
            var client = NewClient();
            for (var i = 0; i < 5; i++)
            {
                client.Push("anna", Small, packetId: "n" + i, options: options);
            }
            Assert.AreEqual(5, Sandbox.Pushed().Count);
        }
    }
}
