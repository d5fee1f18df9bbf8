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
        private TemporaryFolder folder;
        private TemporaryFolder system;

        [SetUp]
        public void MakeFolders()
        {
            folder = new TemporaryFolder();
            system = new TemporaryFolder();
            PutPrograms(folder.Path);
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
            LibraryFile.Put(folder.Path, LibraryFile.Name);
            LibraryFile.Put(system.Path, "libdmerp.so.1");
            Finds(LibraryFile.Used, LibraryFile.Used);
        }

        [TestCase(false)]
        [TestCase(true)]
        public void ThenBesideTheCode(bool inRuntimes)
        {
            LibraryFile.Put(system.Path, "libdmerp.so.1");
            Finds(LibraryFile.Put(folder.Path, inRuntimes ? LibraryFile.InRuntimes : LibraryFile.Name), null);
        }

        /// <summary>A publish for one platform puts both into one folder. On Windows dmerp and Dmerp are one name.</summary>
        [Test]
        public void TheAssemblyAndTheNativeLibraryAreNotOneFileAnywhere()
        {
            var assembly = Path.GetFileName(typeof(Client).Assembly.Location);
            foreach (var native in new[] { "dmerp.dll", "libdmerp.so", "libdmerp.dylib" })
            {
                Assert.IsFalse(string.Equals(native, assembly, StringComparison.OrdinalIgnoreCase));
                LibraryFile.Put(folder.Path, native);
            }
            Finds(Path.Combine(folder.Path, LibraryFile.Name), null);
        }

        [TestCase("libdmerp.so.1", "libdmerp.so", "libdmerp.so.1")]
        [TestCase("libdmerp.so", null, "libdmerp.so")]
        public void ThenWhereTheSystemLooks(string one, string other, string expected)
        {
            Platform.NotOnWindows("there the system's search is not used: WhatAnyoneMayHavePutThereIsNotLoaded");
            LibraryFile.Put(system.Path, one);
            if (other != null)
            {
                File.WriteAllText(Path.Combine(system.Path, other), "not to be looked at");
            }
            Finds(expected, null);
        }

        /// <summary>The current folder; on Windows, PATH as well.</summary>
        [Test]
        public void WhatAnyoneMayHavePutThereIsNotLoaded()
        {
            using (var current = new TemporaryFolder())
            {
                var planted = LibraryFile.Put(current.Path, LibraryFile.Name, LibraryFile.Built("stranger"));
                LibraryFile.Put(current.Path, "libdmerp.so.1", planted);
                if (Platform.IsWindows)
                {
                    LibraryFile.Put(system.Path, LibraryFile.Name, planted);
                }
                var mark = Path.Combine(current.Path, "mark");
                var said = Fails(null, current.Path, mark);
                StringAssert.DoesNotContain(current.Path, said);
                StringAssert.DoesNotContain(system.Path, said);
                Finds(LibraryFile.Put(folder.Path, LibraryFile.InRuntimes), null, current.Path, mark);
                Assert.IsFalse(File.Exists(mark), "it was loaded");
                Fails(planted, current.Path, mark);
                Assert.IsTrue(File.Exists(mark), "it leaves no mark, so this test shows nothing");
            }
        }

        [TestCase("{name}", "not a full path")]
        [TestCase("{nowhere}", "no such file")]
        [TestCase("{text}", "{no library}")]
        [TestCase("{other}", "needs ABI version 1, but this is dmerp 9.9.9 with ABI version 2: install both from one package")]
        [TestCase("{older}", "but this is dmerp 0.0.9 with ABI version 1: install both from one package; it has no function ")]
        [TestCase("{stranger}", "no function dmerp_abi_version")]
        public void AVariableThatCannotBeUsedIsAnErrorAndNotSkipped(string variable, string reason)
        {
            LibraryFile.Put(folder.Path, LibraryFile.Name);
            LibraryFile.Put(system.Path, "libdmerp.so.1");
            var path = variable.Replace("{name}", LibraryFile.Name)
                .Replace("{nowhere}", Path.Combine(folder.Path, "nowhere", LibraryFile.Name))
                .Replace("{text}", folder.File("text-" + LibraryFile.Name, new byte[1000]))
                .Replace("{other}", LibraryFile.Built("other_abi"))
                .Replace("{older}", LibraryFile.Built("older"))
                .Replace("{stranger}", LibraryFile.Built("stranger"));
            var said = Fails(path);
            StringAssert.Contains(path + ": ", said);
            StringAssert.Contains(reason.Replace("{no library}", NoLibrary), said);
            StringAssert.Contains("DMERP_LIBRARY", said);
        }

        [TestCase("C:dmerp.dll")]
        [TestCase(@"\dmerp.dll")]
        public void APathInWhateverDriveOrFolderIsCurrentIsNotFull(string path)
        {
            Platform.OnlyOnWindows("nowhere else are there paths that are neither full nor relative");
            StringAssert.Contains(path + ": it is not a full path", Fails(path));
        }

        [Test]
        public void WhatCannotBeUsedBesideTheCodeIsToldAndPassed()
        {
            var broken = folder.File(LibraryFile.Name, new byte[1000]);
            StringAssert.Contains(broken + ": " + (Platform.IsWindows ? NoLibrary : ""), Fails(null));
            Finds(LibraryFile.Put(folder.Path, LibraryFile.InRuntimes), null);
        }

        [Test]
        public void WhatCannotBeUsedBesideTheCodeDoesNotHideTheSystems()
        {
            Platform.NotOnWindows("there the system's search is not used: WhatAnyoneMayHavePutThereIsNotLoaded");
            folder.File(LibraryFile.Name, new byte[1000]);
            LibraryFile.Put(system.Path, "libdmerp.so.1");
            Finds("libdmerp.so.1", null);
        }

        [Test]
        public void AVersionThatDoesNotFitIsToldWithBothFiles()
        {
            var other = LibraryFile.Put(folder.Path, LibraryFile.Name, LibraryFile.Built("other_abi"));
            var assembly = Path.Combine(folder.Path, "Dmerp.Client.dll");
            StringAssert.Contains(other + ": dmerp 0.1.0 (" + assembly + ") needs ABI version 1, but this is ", Fails(null));
        }

        /// <summary>Where a host loads an add-in from, and where scripts and LINQPad have NuGet's packages.</summary>
        [TestCase("", false)]
        [TestCase("", true)]
        [TestCase("lib/net462", true)]
        public void AFolderThatIsNotTheProgramsIsLookedIn(string assembly, bool inRuntimes)
        {
            using (var host = new TemporaryFolder())
            using (var other = new TemporaryFolder())
            {
                var code = Path.Combine(other.Path, assembly);
                Directory.CreateDirectory(code);
                PutPrograms(code);
                var path = LibraryFile.Put(other.Path, inRuntimes ? LibraryFile.InRuntimes : LibraryFile.Name);
                RunsInHost(host.Path, "folder", code, path, null);
            }
        }

        [Test]
        public void AFolderMayHaveAnyName()
        {
            var strange = Path.Combine(folder.Path, "Поръчки 😀 и други");
            Directory.CreateDirectory(strange);
            PutPrograms(strange);
            Finds(LibraryFile.Put(strange, LibraryFile.InRuntimes), null, program: Child.Program(strange, "Facts"));
            Finds(LibraryFile.Put(strange, LibraryFile.Name), null, program: Child.Program(strange, "Facts"));
            Finds(Path.Combine(strange, LibraryFile.Name), Path.Combine(strange, LibraryFile.Name));
        }

        [Test]
        public void NowhereIsOneErrorThatListsEveryPlace()
        {
            var said = Fails(null);
            StringAssert.Contains("DllNotFoundException", said);
            StringAssert.Contains("ABI version 1 (dmerp 0.1 or newer)", said);
            var places = new List<string>
            {
                Path.Combine(folder.Path, LibraryFile.Name) + ": there is no such file",
                Path.Combine(folder.Path, LibraryFile.InRuntimes) + ": there is no such file",
                "DMERP_LIBRARY: not set",
            };
            if (!Platform.IsWindows)
            {
                places.AddRange(new[] { "libdmerp.so.1: ", "libdmerp.so: " });
            }
            places.ForEach(place => StringAssert.Contains(place, said));
        }

        [TestCase(true)]
        [TestCase(false)]
        public void AnAssemblyThatIsInNoFileFindsItAsWell(bool packaged)
        {
            var code = Path.Combine(folder.Path, "code");
            Directory.CreateDirectory(code);
            PutPrograms(code);
            using (var host = new TemporaryFolder())
            {
                var path = packaged ? LibraryFile.Put(host.Path, LibraryFile.Name) : LibraryFile.Used;
                RunsInHost(host.Path, "bytes", code, path, packaged ? null : LibraryFile.Used);
            }
        }

        /// <summary>What is said of a file that is no library.</summary>
        private static string NoLibrary =>
            Platform.IsWindows ? "it is not for a process of win-x64 (Windows error 193)" : "invalid ELF header";

        private static void PutPrograms(string folder)
        {
            Child.Copy("Dmerp.Client", folder);
            Child.Copy("Facts", folder);
        }

        /// <summary>A host in one folder runs the program that is in another.</summary>
        private static void RunsInHost(string host, string way, string code, string expected, string variable)
        {
            Child.Copy("Host", host);
            var variables = new Dictionary<string, string> { { "DMERP_LIBRARY", variable } };
            var arguments = new[] { way, Child.Program(code, "Facts") };
            using (var child = Child.Start(Child.Program(host, "Host"), variables, null, arguments))
            {
                Assert.AreEqual(0, child.ExitCode(), child.Output);
                StringAssert.Contains("path: " + expected + Environment.NewLine, child.Output);
            }
        }

        private void Finds(string expected, string variable, string current = null, string mark = null, string program = null)
        {
            using (var child = Run(variable, current, mark, program))
            {
                Assert.AreEqual(0, child.ExitCode(), child.Output);
                StringAssert.Contains("path: " + expected + Environment.NewLine, child.Output);
                StringAssert.Contains("handles: 0", child.Output);
            }
        }

        private string Fails(string variable, string current = null, string mark = null)
        {
            using (var child = Run(variable, current, mark))
            {
                Assert.AreEqual(1, child.ExitCode(), child.Output);
                return child.Output;
            }
        }

        private Child Run(string variable, string current, string mark, string program = null)
        {
            var variables = new Dictionary<string, string>
            {
                { "DMERP_LIBRARY", variable },
                { "DMERP_TEST_MARK", mark },
                { Platform.IsWindows ? "PATH" : "LD_LIBRARY_PATH", system.Path },
            };
            return Child.Start(program ?? Child.Program(folder.Path, "Facts"), variables, current);
        }
    }
}
