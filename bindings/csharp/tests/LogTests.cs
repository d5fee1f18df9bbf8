// As Visual Studio and the .NET SDK do: without it the compiler leaves out calls of TraceSource.
#define TRACE

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using NUnit.Framework;

namespace Dmerp.Tests
{
    [TestFixture]
    public class LogTests : SandboxTests
    {
        private readonly ConcurrentQueue<(LogLevel Level, string Message)> records =
            new ConcurrentQueue<(LogLevel Level, string Message)>();

        [SetUp]
        public void ForgetRecords()
        {
            while (records.TryDequeue(out _))
            {
            }
        }

        [Test]
        public void RecordsTellWhatHappensOnTheCallingThread()
        {
            var threads = new ConcurrentQueue<int>();
            var client = NewClient(config => config.LogTo(LogLevel.Debug, (level, message) =>
            {
                records.Enqueue((level, message));
                threads.Enqueue(Thread.CurrentThread.ManagedThreadId);
            }));
            client.Push(Strange, Small, packetId: "лог-1");
            Assert.IsTrue(records.Any(record => record.Level == LogLevel.Debug), "each request");
            Assert.IsTrue(records.Any(record => record.Level == LogLevel.Info && record.Message.Contains("лог-1")));
            Assert.IsTrue(threads.All(thread => thread == Thread.CurrentThread.ManagedThreadId));
            foreach (var record in records)
            {
                StringAssert.DoesNotContain(Sandbox.ApiKey, record.Message);
                StringAssert.DoesNotContain("\n", record.Message);
            }
        }

        [Test]
        public void LesserRecordsAreKeptOut()
        {
            var client = NewClient(config => config.LogTo(LogLevel.Error, Keep));
            client.Check();
            Assert.IsEmpty(records);
            Throws(Status.NotFound, () => client.Download("gone"));
            Assert.AreEqual(LogLevel.Error, records.Single().Level);
        }

        [Test]
        public void AFailureThatIsTriedAgainIsAWarning()
        {
            Sandbox.Fault("'action': {'status': {'code': 503}}");
            NewClient(config => config.LogTo(LogLevel.Warning, Keep)).Check();
            Assert.AreEqual(LogLevel.Warning, records.Single().Level);
        }

        [Test]
        public void ANewSinkIsForLaterClients()
        {
            var config = NewConfig();
            config.LogTo(LogLevel.Info, (level, message) => records.Enqueue((level, "first " + message)));
            var first = DisposedAtEnd(new Client(config));
            config.LogTo(LogLevel.Info, (level, message) => records.Enqueue((level, "second " + message)));
            var second = DisposedAtEnd(new Client(config));
            config.Dispose();
            first.Check();
            second.Check();
            CollectionAssert.AreEqual(new[] { "first", "second" }, records.Select(record => record.Message.Split(' ')[0]));
        }

        [Test]
        public void ATraceSourcesSwitchDecides()
        {
            var source = new TraceSource("dmerp", SourceLevels.Off);
            var listener = new Collector();
            source.Listeners.Clear();
            source.Listeners.Add(listener);
            var client = NewClient(config => config.LogTo(
                LogLevel.Debug, (level, message) => source.TraceEvent((TraceEventType)(1 << (int)level), 0, message)));
            client.Check();
            Assert.IsEmpty(listener.Events);
            source.Switch.Level = SourceLevels.Information;
            client.Check();
            Assert.AreEqual(TraceEventType.Information, listener.Events.Single().Type);
            source.Switch.Level = SourceLevels.Verbose;
            Throws(Status.NotFound, () => client.Download("gone"));
            Assert.IsTrue(listener.Events.Any(one => one.Type == TraceEventType.Verbose));
            Assert.IsTrue(listener.Events.Any(one => one.Type == TraceEventType.Error && one.Message.Contains("gone")));
        }

        [Test]
        public void WhatTheSinkThrowsChangesNoOutcomeAndGoesToTheTrace()
        {
            var listener = new Collector();
            Trace.Listeners.Add(listener);
            try
            {
                var client = NewClient(config => config.LogTo(
                    LogLevel.Debug, (level, message) => throw new InvalidOperationException("the log is full")));
                client.Push("anna", Small, packetId: "stored");
                Throws(Status.NotFound, () => client.Download("gone"));
            }
            finally
            {
                Trace.Listeners.Remove(listener);
            }
            CollectionAssert.AreEqual(Small, Sandbox.PushedContent("anna", "stored"));
            Assert.IsNotEmpty(listener.Events);
            Assert.IsTrue(listener.Events.All(one => one.Message.Contains("the log is full")));
        }

        [Test]
        public void ATraceThatThrowsAsWellChangesNothing()
        {
            var listener = new Failing();
            Trace.Listeners.Add(listener);
            try
            {
                NewClient(config => config.LogTo(LogLevel.Info, (level, message) => throw new Exception("no log"))).Check();
            }
            finally
            {
                Trace.Listeners.Remove(listener);
            }
            Assert.Greater(listener.Asked, 0);
        }

        [Test]
        public void ASinkMayUseAndDisposeItsClient()
        {
            Client client = null;
            var nested = 0;
            client = NewClient(config => config.LogTo(LogLevel.Info, (level, message) =>
            {
                if (nested++ == 0)
                {
                    client.Check();
                    client.Dispose();
                }
            }));
            client.Check();
            Assert.AreEqual(2, nested);
            Assert.Throws<ObjectDisposedException>(() => client.Check());
        }

        [Test]
        public void ASinkLivesAsLongAsItsClients()
        {
            var config = NewConfig();
            var sink = LogToANewSink(config);
            var client = DisposedAtEnd(new Client(config));
            config.Dispose();
            GC.Collect();
            GC.WaitForPendingFinalizers();
            client.Check();
            Assert.IsTrue(sink.IsAlive);
            client.Dispose();
            Await.Collected(() => !sink.IsAlive);
        }

        [Test]
        public void NullTurnsLoggingOffForLaterClients()
        {
            var config = NewConfig();
            config.LogTo(LogLevel.Debug, Keep);
            var first = DisposedAtEnd(new Client(config));
            config.LogTo(LogLevel.Debug, null);
            DisposedAtEnd(new Client(config)).Check();
            Assert.IsEmpty(records);
            first.Check();
            Assert.IsNotEmpty(records);
        }

        [Test]
        public void BadArgumentsAreErrors()
        {
            var config = NewConfig();
            Throws(Status.InvalidArgument, () => config.LogTo((LogLevel)9, Keep));
        }

        // Apart, so that no local variable of the test keeps the sink alive.
        [MethodImpl(MethodImplOptions.NoInlining)]
        private static WeakReference LogToANewSink(Config config)
        {
            var sink = new List<string>();
            config.LogTo(LogLevel.Info, (level, message) => sink.Add(message));
            return new WeakReference(sink);
        }

        private void Keep(LogLevel level, string message) => records.Enqueue((level, message));

        private sealed class Failing : TraceListener
        {
            internal int Asked { get; private set; }

            public override void Write(string message)
            {
                Asked++;
                throw new InvalidOperationException("no trace");
            }

            public override void WriteLine(string message) => Write(message);
        }

        private sealed class Collector : TraceListener
        {
            internal List<(TraceEventType Type, string Message)> Events { get; } =
                new List<(TraceEventType Type, string Message)>();

            public override void TraceEvent(TraceEventCache cache, string source, TraceEventType type, int id, string message) =>
                Events.Add((type, message));

            public override void Write(string message)
            {
            }

            public override void WriteLine(string message)
            {
            }
        }
    }
}
