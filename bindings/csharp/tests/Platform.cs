using System;
using System.IO;
using NUnit.Framework;

namespace Dmerp.Tests
{
    /// <summary>The system that the tests run on. A test that is not for it ends as skipped, and tells why.</summary>
    public static class Platform
    {
        public static readonly bool IsWindows = Path.DirectorySeparatorChar == '\\';

        /// <summary>Whether this Windows is Wine, for which tests/windows/sandboxes.py starts the sandboxes.</summary>
        public static readonly bool IsWine = Environment.GetEnvironmentVariable("DMERP_SANDBOXES") != null;

        public static void NotOnWindows(string reason)
        {
            if (IsWindows)
            {
                Assert.Ignore(reason);
            }
        }

        public static void OnlyOnWindows(string reason)
        {
            if (!IsWindows)
            {
                Assert.Ignore(reason);
            }
        }
    }
}
