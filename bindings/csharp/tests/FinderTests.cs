using System;
using System.Collections.Generic;
using System.IO;
using NUnit.Framework;

namespace Dmerp.Tests
{
    /// <summary>Where the native library is looked for, and what is said when it is nowhere. Each try is a process.</summary>
    [TestFixture]
    public class FinderTests
    {
        private static readonly string Library = Environment.GetEnvironmentVariable("DMERP_LIBRARY");

        private TemporaryFolder folder;
        private TemporaryFolder system;

        [SetUp]
        public void MakeFolders()
        {
            folder = new TemporaryFolder();
            system = new TemporaryFolder();
            File.Copy(Path.Combine(Child.Programs, "Dmerp.Client.dll"), Path.Combine(folder.Path, "Dmerp.Client.dll"));
            File.Copy(Path.Combine(Child.Programs, "Facts.exe"), Path.Combine(folder.Path, "Facts.exe"));
        }

        [TearDown]
        public void RemoveFolders()
        {
            folder.Dispose();
            system.Dispose();
        }

        [Test]
        public void WhereTheVariableSaysIsFirst()
        {
            File.Copy(Library, Path.Combine(folder.Path, "libdmerp.so"));
            File.Copy(Library, Path.Combine(system.Path, "libdmerp.so.1"));
            Finds(Library, Library);
        }

        [TestCase("libdmerp.so")]
        [TestCase("runtimes/linux-x64/native/libdmerp.so")]
        public void ThenBesideTheCode(string place)
        {
            var path = Path.Combine(folder.Path, place);
            Directory.CreateDirectory(Path.GetDirectoryName(path));
            File.Copy(Library, path);
            File.Copy(Library, Path.Combine(system.Path, "libdmerp.so.1"));
            Finds(path, null);
        }

        /// <summary>A publish for one platform puts both into one folder. On Windows dmerp and Dmerp are one name.</summary>
        [Test]
        public void TheAssemblyAndTheNativeLibraryAreNotOneFileAnywhere()
        {
            var assembly = Path.GetFileName(typeof(Client).Assembly.Location);
            foreach (var native in new[] { "dmerp.dll", "libdmerp.so", "libdmerp.dylib" })
            {
                Assert.IsFalse(string.Equals(native, assembly, StringComparison.OrdinalIgnoreCase));
                File.Copy(Library, Path.Combine(folder.Path, native));
            }
            Finds(Path.Combine(folder.Path, "libdmerp.so"), null);
        }

        [TestCase("libdmerp.so.1", "libdmerp.so", "libdmerp.so.1")]
        [TestCase("libdmerp.so", null, "libdmerp.so")]
        public void ThenWhereTheSystemLooks(string one, string other, string expected)
        {
            File.Copy(Library, Path.Combine(system.Path, one));
            if (other != null)
            {
                File.WriteAllText(Path.Combine(system.Path, other), "not to be looked at");
            }
            Finds(expected, null);
        }

        [TestCase("libdmerp.so", "not a full path")]
        [TestCase("/nowhere/libdmerp.so", "no such file")]
        [TestCase("{text}", "invalid ELF header")]
        [TestCase("{other}", "needs ABI version 1, but this is dmerp 9.9.9 with ABI version 2: install both from one package")]
        [TestCase("{older}", "but this is dmerp 0.0.9 with ABI version 1: install both from one package; it has no function ")]
        [TestCase("{stranger}", "no function dmerp_abi_version")]
        public void AVariableThatCannotBeUsedIsAnErrorAndNotSkipped(string variable, string reason)
        {
            File.Copy(Library, Path.Combine(folder.Path, "libdmerp.so"));
            File.Copy(Library, Path.Combine(system.Path, "libdmerp.so.1"));
            var path = variable.Replace("{text}", folder.File("text.so", new byte[1000]))
                .Replace("{other}", Path.Combine(Child.Programs, "other_abi.so"))
                .Replace("{older}", Path.Combine(Child.Programs, "older.so"))
                .Replace("{stranger}", Path.Combine(Child.Programs, "stranger.so"));
            var said = Fails(path);
            StringAssert.Contains(path + ": ", said);
            StringAssert.Contains(reason, said);
            StringAssert.Contains("DMERP_LIBRARY", said);
        }

        [Test]
        public void WhatCannotBeUsedBesideTheCodeIsToldAndPassed()
        {
            var broken = folder.File("libdmerp.so", new byte[1000]);
            StringAssert.Contains(broken + ": ", Fails(null));
            File.Copy(Library, Path.Combine(system.Path, "libdmerp.so.1"));
            Finds("libdmerp.so.1", null);
        }

        [Test]
        public void AVersionThatDoesNotFitIsToldWithBothFiles()
        {
            var other = Path.Combine(folder.Path, "libdmerp.so");
            File.Copy(Path.Combine(Child.Programs, "other_abi.so"), other);
            var assembly = Path.Combine(folder.Path, "Dmerp.Client.dll");
            StringAssert.Contains(other + ": dmerp 0.1.0 (" + assembly + ") needs ABI version 1, but this is ", Fails(null));
        }

        [Test]
        public void WhatIsForAnotherProcessorDoesNotHideTheRightOne()
        {
            var path = Path.Combine(folder.Path, "runtimes/linux-x64/native/libdmerp.so");
            Directory.CreateDirectory(Path.GetDirectoryName(path));
            File.Copy(Library, path);
            folder.File("libdmerp.so", new byte[1000]);
            Finds(path, null);
        }

        [Test]
        public void TheCurrentFolderIsNotLookedIn()
        {
            using (var current = new TemporaryFolder())
            {
                File.Copy(Library, Path.Combine(current.Path, "libdmerp.so"));
                File.Copy(Library, Path.Combine(current.Path, "libdmerp.so.1"));
                var said = Fails(null, current.Path);
                StringAssert.DoesNotContain(current.Path, said);
            }
        }

        /// <summary>Where a host loads an add-in from, and where scripts and LINQPad have NuGet's packages.</summary>
        [TestCase("", "libdmerp.so")]
        [TestCase("", "runtimes/linux-x64/native/libdmerp.so")]
        [TestCase("lib/net462", "runtimes/linux-x64/native/libdmerp.so")]
        public void AFolderThatIsNotTheProgramsIsLookedIn(string assembly, string library)
        {
            File.Copy(Path.Combine(Child.Programs, "Host.exe"), Path.Combine(folder.Path, "Host.exe"));
            using (var other = new TemporaryFolder())
            {
                var code = Path.Combine(other.Path, assembly);
                var path = Path.Combine(other.Path, library);
                Directory.CreateDirectory(code);
                Directory.CreateDirectory(Path.GetDirectoryName(path));
                foreach (var file in new[] { "Dmerp.Client.dll", "Facts.exe" })
                {
                    File.Move(Path.Combine(folder.Path, file), Path.Combine(code, file));
                }
                File.Copy(Library, path);
                var variables = new Dictionary<string, string> { { "DMERP_LIBRARY", null } };
                var arguments = new[] { "folder", Path.Combine(code, "Facts.exe") };
                using (var child = Child.Start(Path.Combine(folder.Path, "Host.exe"), variables, null, arguments))
                {
                    Assert.AreEqual(0, child.ExitCode(), child.Output);
                    StringAssert.Contains("path: " + path + Environment.NewLine, child.Output);
                }
            }
        }

        [Test]
        public void NowhereIsOneErrorThatListsEveryPlace()
        {
            var said = Fails(null);
            StringAssert.Contains("DllNotFoundException", said);
            StringAssert.Contains("ABI version 1 (dmerp 0.1 or newer)", said);
            foreach (var place in new[]
            {
                Path.Combine(folder.Path, "libdmerp.so") + ": there is no such file",
                Path.Combine(folder.Path, "runtimes/linux-x64/native/libdmerp.so") + ": there is no such file",
                "DMERP_LIBRARY: not set",
                "libdmerp.so.1: ",
                "libdmerp.so: ",
            })
            {
                StringAssert.Contains(place, said);
            }
        }

        [TestCase(true)]
        [TestCase(false)]
        public void AnAssemblyThatIsInNoFileFindsItAsWell(bool packaged)
        {
            var path = Library;
            if (packaged)
            {
                path = Path.Combine(folder.Path, "libdmerp.so");
                File.Copy(Library, path);
            }
            File.Copy(Path.Combine(Child.Programs, "FromBytes.exe"), Path.Combine(folder.Path, "FromBytes.exe"));
            var variables = new Dictionary<string, string> { { "DMERP_LIBRARY", packaged ? null : Library } };
            using (var child = Child.Start(Path.Combine(folder.Path, "FromBytes.exe"), variables))
            {
                Assert.AreEqual(0, child.ExitCode(), child.Output);
                StringAssert.Contains("path: " + path + Environment.NewLine, child.Output);
            }
        }

        private void Finds(string expected, string variable)
        {
            using (var child = Run(variable))
            {
                Assert.AreEqual(0, child.ExitCode(), child.Output);
                StringAssert.Contains("path: " + expected + Environment.NewLine, child.Output);
                StringAssert.Contains("handles: 0", child.Output);
            }
        }

        private string Fails(string variable, string current = null)
        {
            using (var child = Run(variable, current))
            {
                Assert.AreEqual(1, child.ExitCode(), child.Output);
                return child.Output;
            }
        }

        private Child Run(string variable, string current = null)
        {
            var variables = new Dictionary<string, string> { { "DMERP_LIBRARY", variable }, { "LD_LIBRARY_PATH", system.Path } };
            return Child.Start(Path.Combine(folder.Path, "Facts.exe"), variables, current);
        }
    }
}
