using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;

namespace Dmerp.Native
{
    /// <summary>
    /// Finds the native library: where the environment variable DMERP_LIBRARY says; else packaged beside the code; else, except
    /// on Windows, where the system looks for libraries. There that means the current folder and PATH, where anyone may put a
    /// file.
    /// </summary>
    internal sealed class LibraryFinder
    {
        private const string Variable = "DMERP_LIBRARY";

        private static readonly Assembly Here = typeof(LibraryFinder).Assembly;

        private readonly List<string> problems = new List<string>();

        private static string FileName =>
            Platform.IsWindows ? "dmerp.dll" : Platform.IsMacOS ? "libdmerp.dylib" : "libdmerp.so";

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
            var systems = Platform.IsWindows ? new string[0]
                : new[] { Platform.IsMacOS ? "libdmerp.1.dylib" : "libdmerp.so.1", FileName };
            return PackagedFiles().Select(TryFile).Concat(systems.Select(TryLoad)).FirstOrDefault(found => found != null)
                ?? throw NotFound("No native library of dmerp can be used");
        }

        private NativeMethods? TryFile(string path) =>
            !IsFull(path) ? Reject(path, "it is not a full path")
            : !File.Exists(path) ? Reject(path, "there is no such file")
            : TryLoad(path);

        /// <summary>On Windows C:dmerp.dll is rooted, but in the drive's current folder.</summary>
        private static bool IsFull(string path) =>
            Path.IsPathRooted(path) && (!Platform.IsWindows || path.StartsWith(@"\\", StringComparison.Ordinal)
                || (path.Length > 2 && path[1] == ':' && (path[2] == '\\' || path[2] == '/')));

        private NativeMethods? TryLoad(string path)
        {
            try
            {
                var library = new NativeLibrary(path);
                library.Function("dmerp_abi_version", out NativeMethods.Number version);
                return version() == NativeMethods.AbiVersion ? TryUse(library)
                    : Reject(path, Drift("ABI version " + NativeMethods.AbiVersion, library, version()));
            }
            catch (TypeLoadException problem)
            {
                return Reject(path, problem.Message);
            }
        }

        private NativeMethods? TryUse(NativeLibrary library)
        {
            try
            {
                return new NativeMethods(library);
            }
            catch (EntryPointNotFoundException problem)
            {
                return Reject(library.Path, Drift("more of it", library, NativeMethods.AbiVersion) + "; " + problem.Message);
            }
        }

        private static string Drift(string need, NativeLibrary library, uint abi)
        {
            var version = "of an unknown version";
            try
            {
                library.Function("dmerp_version", out NativeMethods.Text text);
                version = Utf8.Decode(text())!;
            }
            catch (EntryPointNotFoundException)
            {
                // It stays unknown.
            }
            var own = Here.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
            var place = CodeFiles().FirstOrDefault() ?? "loaded from no file";
            return "dmerp " + own + " (" + place + ") needs " + need + ", but this is dmerp " + version + " with ABI version "
                + abi + ": install both from one package";
        }

        private NativeMethods? Reject(string place, string reason)
        {
            // What dlopen says of a file begins with its path.
            problems.Add(reason.StartsWith(place + ":", StringComparison.Ordinal) ? reason : place + ": " + reason);
            return null;
        }

        private DllNotFoundException NotFound(string what) =>
            new DllNotFoundException(
                what + ". ABI version " + NativeMethods.AbiVersion + " (dmerp 0.1 or newer) is needed, for "
                + Platform.RuntimeIdentifier + ". Set " + Variable
                + " to the library file's full path, or put it in one of the places below."
                + string.Concat(problems.Select(problem => Environment.NewLine + "  " + problem)));

        /// <summary>Beside Dmerp.Client.dll, beside the program, and where the .NET host has a package's native files.</summary>
        private static IEnumerable<string> PackagedFiles()
        {
            var domain = AppDomain.CurrentDomain;
            var code = CodeFiles().Select(file => Path.GetDirectoryName(file)!).ToList();
            var package = Path.Combine("runtimes", Platform.RuntimeIdentifier, "native");
            return code
                .Concat(new[] { domain.BaseDirectory })
                .Concat(Paths(domain.RelativeSearchPath).Select(folder => Path.Combine(domain.BaseDirectory, folder)))
                .SelectMany(folder => new[] { folder, Path.Combine(folder, package) })
                .Concat(code.Where(IsInPackage).Select(folder => Path.Combine(folder, "..", "..", package)))
                .Concat(Paths(domain.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string))
                .Select(folder => Path.GetFullPath(Path.Combine(folder, FileName)))
                .Distinct();
        }

        /// <summary>
        /// Where this assembly is. None if it was loaded from bytes or is part of a single-file program; two if a host, such as
        /// ASP.NET on .NET Framework, runs a copy of it (shadow copying): the copy and the original.
        /// </summary>
#if NETFRAMEWORK
        private static IEnumerable<string> CodeFiles()
        {
            var original = Here.EscapedCodeBase;
            return new[] { Here.Location, string.IsNullOrEmpty(original) ? "" : new Uri(original).LocalPath }
                .Where(file => file != "").Distinct();
        }
#else
#if NET
        [System.Diagnostics.CodeAnalysis.UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "It may be empty.")]
#endif
        private static IEnumerable<string> CodeFiles() => new[] { Here.Location }.Where(file => file != "");
#endif

        /// <summary>LINQPad, scripts and PowerShell run an assembly in NuGet's own folder, PACKAGE/lib/TARGET.</summary>
        private static bool IsInPackage(string folder) => Path.GetFileName(Path.GetDirectoryName(folder)) == "lib";

        private static string[] Paths(string? list) =>
            (list ?? "").Split(new[] { Path.PathSeparator }, StringSplitOptions.RemoveEmptyEntries);
    }
}
