using System;
using System.Diagnostics;
using System.Threading;
using NUnit.Framework;

namespace Dmerp.Tests
{
    /// <summary>Bounded waiting for what another thread or process does.</summary>
    public static class Await
    {
        public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

        public static void That(Func<bool> condition)
        {
            var clock = Stopwatch.StartNew();
            while (!condition())
            {
                Assert.Less(clock.Elapsed, Limit, "what was awaited did not happen");
                Thread.Sleep(5);
            }
        }

        /// <summary>Waits while collecting what nobody refers to any more.</summary>
        public static void Collected(Func<bool> condition) => That(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return condition();
        });
    }
}
