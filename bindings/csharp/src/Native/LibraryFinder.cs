using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;

namespace Dmerp.Native
{
    /// <summary>
    /// Finds the native library: where the environment variable DMERP_LIBRARY says; else packaged beside the code; else, but for
    /// Windows, where the system looks for libraries. There that means the current folder and PATH, where anyone may put a file.
    /// </summary>
    internal sealed class LibraryFinder
    {
        private const string Variable = "DMERP_LIBRARY";

        private static readonly bool OnWindows = RuntimeInformation.IsOSPlatform(OSPlatform.Windows);
        private static readonly bool OnMacOS = RuntimeInformation.IsOSPlatform(OSPlatform.OSX);

        private readonly List<string> problems = new List<string>();

        private static string FileName => OnWindows ? "dmerp.dll" : OnMacOS ? "libdmerp.dylib" : "libdmerp.so";

        /// <summary>The platform's name in a NuGet package, such as win-x64.</summary>
        private static string RuntimeIdentifier =>
            (OnWindows ? "win-" : OnMacOS ? "osx-" : "linux-")
            + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

        /// <exception cref="DllNotFoundException">There is none that can be used.</exception>
        internal static NativeMethods Find() => new LibraryFinder().Run();

        private NativeMethods Run()
        {
            var chosen = Environment.GetEnvironmentVariable(Variable);
            if (!string.IsNullOrEmpty(chosen))
            {
                return TryFile(chosen) ?? throw NotFound("The environment variable " + Variable + " names what cannot be used");
            }
            problems.Add("the environment variable " + Variable + ": not set");
            var systems = OnWindows ? new string[0] : new[] { OnMacOS ? "libdmerp.1.dylib" : "libdmerp.so.1", FileName };
            return PackagedFiles().Select(TryFile).Concat(systems.Select(TryLoad)).FirstOrDefault(found => found != null)
                ?? throw NotFound("The native library of dmerp was not found");
        }

        private NativeMethods TryFile(string path) =>
            !Path.IsPathRooted(path) ? Reject(path, "it is not a full path")
            : !File.Exists(path) ? Reject(path, "there is no such file")
            : TryLoad(path);

        private NativeMethods TryLoad(string path)
        {
            try
            {
                var library = new NativeLibrary(path);
                var version = (NativeMethods.Number)library.Function("dmerp_abi_version", typeof(NativeMethods.Number));
                return version() == NativeMethods.AbiVersion ? new NativeMethods(library)
                    : Reject(path, "its ABI version is " + version());
            }
            catch (TypeLoadException problem)
            {
                return Reject(path, problem.Message);
            }
        }

        private NativeMethods Reject(string place, string reason)
        {
            // What dlopen says of a file begins with its path.
            problems.Add(reason.StartsWith(place + ":", StringComparison.Ordinal) ? reason : place + ": " + reason);
            return null;
        }

        private DllNotFoundException NotFound(string what) =>
            new DllNotFoundException(
                what + ". ABI version " + NativeMethods.AbiVersion + " (dmerp 0.1 or newer) is needed, for " + RuntimeIdentifier
                + ". Set " + Variable + " to the library file's full path, or put it in one of the places below."
                + string.Concat(problems.Select(problem => Environment.NewLine + "  " + problem)));

        /// <summary>Beside Dmerp.Client.dll, beside the program, and where the .NET host has a package's native files.</summary>
        private static IEnumerable<string> PackagedFiles()
        {
            var domain = AppDomain.CurrentDomain;
            // An assembly that was loaded from bytes or from a single-file program has no place. ASP.NET on .NET Framework runs a
            // copy of Dmerp.Client.dll; the original is in bin, which is the relative search path.
            var code = typeof(LibraryFinder).Assembly.Location;
            var folders = new[] { code == "" ? "" : Path.GetDirectoryName(code), domain.BaseDirectory }
                .Concat(Paths(domain.RelativeSearchPath).Select(folder => Path.Combine(domain.BaseDirectory, folder)));
            return folders.Where(folder => folder != "")
                .SelectMany(folder => new[] { folder, Path.Combine(folder, "runtimes", RuntimeIdentifier, "native") })
                .Concat(Paths(domain.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string))
                .Select(folder => Path.GetFullPath(Path.Combine(folder, FileName)))
                .Distinct();
        }

        private static string[] Paths(string list) =>
            (list ?? "").Split(new[] { Path.PathSeparator }, StringSplitOptions.RemoveEmptyEntries);
    }
}
