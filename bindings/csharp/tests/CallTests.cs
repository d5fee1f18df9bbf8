using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using NUnit.Framework;

namespace Dmerp.Tests
{
    /// <summary>Timeouts, progress, and what a progress throws.</summary>
    [TestFixture]
    public class CallTests : SandboxTests
    {
        [Test]
        public void ATimeoutEndsTheCall()
        {
            Sandbox.Fault("'times': 0, 'action': 'hang'");
            var clock = Stopwatch.StartNew();
            var options = new CallOptions { Timeout = TimeSpan.FromMilliseconds(200) };
            Throws(Status.TimedOut, () => NewClient().Pull(options: options));
            Assert.Less(clock.Elapsed, TimeSpan.FromSeconds(5));
        }

        [Test]
        public void ATimeoutOfNothingIsAnError()
        {
            foreach (var timeout in new[] { TimeSpan.Zero, TimeSpan.FromSeconds(-1), TimeSpan.MinValue })
            {
                var options = new CallOptions();
                var error = Assert.Throws<ArgumentOutOfRangeException>(() => options.Timeout = timeout);
                Assert.AreEqual("Timeout", error.ParamName);
                Assert.IsNull(options.Timeout);
            }
        }

        [Test]
        public void AnInfiniteTimeoutIsNone()
        {
            NewClient().Check(new CallOptions { Timeout = Timeout.InfiniteTimeSpan });
            Sandbox.Fault("'times': 0, 'action': 'hang'");
            var client = NewClient(config => config.TimeoutOverall = TimeSpan.FromMilliseconds(200));
            Throws(Status.TimedOut, () => client.Check(new CallOptions { Timeout = Timeout.InfiniteTimeSpan }));
        }

        [Test]
        public void APartOfAMillisecondIsATimeout()
        {
            Sandbox.Fault("'times': 0, 'action': 'hang'");
            Throws(Status.TimedOut, () => NewClient().Check(new CallOptions { Timeout = TimeSpan.FromTicks(1) }));
        }

        [Test]
        public void TheLongestTimeoutIsGood() => NewClient().Check(new CallOptions { Timeout = TimeSpan.MaxValue });

        [Test]
        public void ProgressGoesUpToTheWholeOnTheCallingThread()
        {
            var url = Sandbox.Send(Bytes(1000000));
            var seen = new List<TransferProgress>();
            var caller = Thread.CurrentThread;
            var options = new CallOptions
            {
                Progress = new Reporting(progress =>
                {
                    Assert.AreSame(caller, Thread.CurrentThread);
                    seen.Add(progress);
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
                CollectionAssert.IsOrdered(seen.Select(progress => progress.Done));
                Assert.AreEqual(1000000, seen.Last().Done);
                Assert.AreEqual(1000000, seen.Last().Total);
                Assert.AreEqual(1, seen.Last().Packets);
                Assert.AreEqual(1, seen.Last().PacketsTotal);
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
            var options = new CallOptions { Progress = new Reporting(done => throw new Exception("number " + ++count)) };
            Assert.AreEqual("number 1", Assert.Throws<Exception>(() => NewClient().Download(url, options)).Message);
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
            Assert.Greater(reports, 0);
        }

        [Test]
        public void OptionsAreReadWhenTheCallIsMade()
        {
            var url = Sandbox.Send(Bytes(1000000));
            var options = new CallOptions();
            var seen = 0L;
            options.Progress = new Reporting(progress =>
            {
                options.Progress = null;
                seen = progress.Done;
            });
            Assert.AreEqual(1000000, NewClient().Download(url, options).Length);
            Assert.AreEqual(1000000, seen, "the last report came as well");

            Sandbox.Fault("'times': 0, 'action': 'hang'");
            options.Timeout = TimeSpan.FromMilliseconds(200);
            var check = NewClient().CheckAsync(options);
            options.Timeout = null;
            Await.That(() => check.IsCompleted);
            Throws(Status.TimedOut, () => check.GetAwaiter().GetResult());
        }

        [Test]
        public void OneObjectServesManyCalls()
        {
            var options = new CallOptions { Timeout = TimeSpan.FromSeconds(30), Progress = new Reporting(done => { }) };
            var client = NewClient();
            for (var i = 0; i < 5; i++)
            {
                client.Push("anna", Small, packetId: "n" + i, options: options);
            }
            Assert.AreEqual(5, Sandbox.Pushed().Count);
        }
    }
}
