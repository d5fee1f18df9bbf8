using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using NUnit.Framework;

namespace Dmerp.Tests
{
    /// <summary>What all tests against the sandbox share: it begins empty, and no native handle is left at the end.</summary>
    public abstract class SandboxTests
    {
        protected static readonly byte[] Small = Encoding.UTF8.GetBytes("<NavMobileSync/>");

        /// <summary>Cyrillic, Greek, an emoji, quotes and a path upwards.</summary>
        protected const string Strange = "Иван/../Αθήνα \"'<&>😀";

        private readonly List<IDisposable> opened = new List<IDisposable>();

        protected static Sandbox Sandbox => Sandbox.Running;

        [SetUp]
        public void BeginEmpty() => Sandbox.Reset();

        [TearDown]
        public void LeaveNothing()
        {
            opened.ForEach(one => one.Dispose());
            opened.Clear();
            Await.Collected(() => DmerpLibrary.LiveHandles == 0);
        }

        /// <summary>The sandbox's settings, with few and short retries.</summary>
        protected Config NewConfig() => DisposedAtEnd(new Config(Sandbox.AppArea, Sandbox.ApiKey)
        {
            BaseUrl = Sandbox.BaseUrl,
            Proxy = "none",
            RetryMaxAttempts = 3,
            RetryBase = TimeSpan.FromMilliseconds(1),
            RetryMax = TimeSpan.FromMilliseconds(5),
            // Wine 8 now and then loses what a thread waited for on behalf of all, when that thread ends. Then a retry helps.
            TimeoutIdle = TimeSpan.FromSeconds(Platform.IsWine ? 8 : 60),
        });

        protected Client NewClient(Action<Config> change = null)
        {
            var config = NewConfig();
            change?.Invoke(config);
            return DisposedAtEnd(new Client(config));
        }

        protected T DisposedAtEnd<T>(T one) where T : IDisposable
        {
            opened.Add(one);
            return one;
        }

        /// <summary>The exception of this status that a verb throws.</summary>
        protected static DmerpException Throws(Status status, TestDelegate verb)
        {
            var error = Assert.Throws<DmerpException>(verb);
            Assert.AreEqual(status, error.Status, error.Message);
            return error;
        }

        /// <summary>What a cancelled verb throws tells.</summary>
        protected static DmerpException ThrowsCancelled(CancellationToken token, TestDelegate verb)
        {
            var cancelled = Assert.Throws<OperationCanceledException>(verb);
            Assert.AreEqual(token, cancelled.CancellationToken);
            var error = (DmerpException)cancelled.InnerException;
            Assert.AreEqual(Status.Cancelled, error.Status);
            Assert.AreEqual(error.Message, cancelled.Message);
            return error;
        }

        protected static byte[] Bytes(int length) => Enumerable.Range(0, length).Select(i => (byte)(i * 7 + i / 256)).ToArray();
    }
}
