using System;
using System.IO;
using NUnit.Framework;

namespace Dmerp.Tests
{
    /// <summary>The native library as it is on this system; and what tests do not hold there.</summary>
    public static class Native
    {
        public static readonly bool OnWindows = Path.DirectorySeparatorChar == '\\';

        /// <summary>The one that the tests use.</summary>
        public static readonly string Library = Environment.GetEnvironmentVariable("DMERP_LIBRARY");

        /// <summary>What it is called beside a program.</summary>
        public static readonly string Name = OnWindows ? "dmerp.dll" : "libdmerp.so";

        /// <summary>Its place in a package and beside a program for several systems.</summary>
        public static readonly string InRuntimes =
            Path.Combine("runtimes", OnWindows ? "win-x64" : "linux-x64", "native", Name);

        /// <summary>The variable with the folders where the system looks for libraries.</summary>
        public static readonly string SearchVariable = OnWindows ? "PATH" : "LD_LIBRARY_PATH";

        /// <summary>The library that was built of a file in programs/. Where none was, the test ends here, as skipped.</summary>
        public static string Built(string name)
        {
            var path = Path.Combine(Child.Programs, name + (OnWindows ? ".dll" : ".so"));
            if (!File.Exists(path))
            {
                Assert.Ignore(path + " is not there: the Makefile builds it");
            }
            return path;
        }

        /// <summary>Puts a library, else the tests' own, into a folder, which is made; its path.</summary>
        public static string Put(string folder, string name, string library = null)
        {
            var path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path));
            File.Copy(library ?? Library, path);
            return path;
        }

        /// <summary>The test ends here on Windows, as skipped.</summary>
        public static void NotOnWindows(string reason)
        {
            if (OnWindows)
            {
                Assert.Ignore(reason);
            }
        }
    }
}
