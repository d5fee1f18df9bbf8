using System;
using System.IO;
using System.Runtime.InteropServices;
using NUnit.Framework;

namespace Dmerp.Tests
{
    /// <summary>The native library's file.</summary>
    public static class LibraryFile
    {
        /// <summary>The one that the tests use.</summary>
        public static readonly string Used = Environment.GetEnvironmentVariable("DMERP_LIBRARY");

        /// <summary>What it is called beside a program.</summary>
        public static readonly string Name = Platform.IsWindows ? "dmerp.dll" : "libdmerp.so";

        /// <summary>Its place in a package, and beside a program for several systems.</summary>
        public static readonly string InRuntimes = Path.Combine(
            "runtimes",
            (Platform.IsWindows ? "win-" : "linux-") + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(),
            "native",
            Name);

        /// <summary>The one that was built of a file in programs/. Where none was, the test ends here, as skipped.</summary>
        public static string Built(string name)
        {
            var path = Path.Combine(Child.Programs, name + Path.GetExtension(Name));
            if (!File.Exists(path))
            {
                Assert.Ignore(path + " is not there: the Makefile builds it");
            }
            return path;
        }

        /// <summary>Puts one, else that which the tests use, into a folder; its path there.</summary>
        public static string Put(string folder, string name, string file = null)
        {
            var path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path));
            File.Copy(file ?? Used, path);
            return path;
        }
    }
}
