using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;

namespace Dmerp.Native
{
    /// <summary>
    /// Finds the native library: packaged beside the code; then where the environment variable DMERP_LIBRARY says; then where the
    /// system looks for libraries.
    /// </summary>
    internal sealed class LibraryFinder
    {
        private const string Variable = "DMERP_LIBRARY";

        private readonly List<string> problems = new List<string>();

        private LibraryFinder()
        {
        }

        /// <exception cref="DllNotFoundException">There is none that can be used.</exception>
        internal static NativeMethods Find() => new LibraryFinder().Run();

        private NativeMethods Run()
        {
            foreach (var file in PackagedFiles())
            {
                var found = File.Exists(file) ? TryLoad(file) : Reject(file, "there is no such file");
                if (found != null)
                {
                    return found;
                }
            }
            var chosen = Environment.GetEnvironmentVariable(Variable);
            if (!string.IsNullOrEmpty(chosen))
            {
                return TryChosen(chosen) ?? throw NotFound("The environment variable " + Variable + " names what cannot be used");
            }
            problems.Add("the environment variable " + Variable + ": not set");
            foreach (var name in SystemNames())
            {
                var found = TryLoad(name);
                if (found != null)
                {
                    return found;
                }
            }
            throw NotFound("The native library of dmerp was not found");
        }

        private NativeMethods TryChosen(string path)
        {
            if (!Path.IsPathRooted(path))
            {
                return Reject(path, "it is not a full path");
            }
            return File.Exists(path) ? TryLoad(path) : Reject(path, "there is no such file");
        }

        private NativeMethods TryLoad(string path)
        {
            NativeLibrary library = null;
            try
            {
                library = NativeLibrary.Load(path);
                var version = library.Function<dmerp_abi_version>()();
                if (version == NativeMethods.AbiVersion)
                {
                    return new NativeMethods(library);
                }
                Reject(path, "its ABI version is " + version);
            }
            catch (TypeLoadException problem)
            {
                Reject(path, problem.Message);
            }
            library?.Close();
            return null;
        }

        private NativeMethods Reject(string place, string reason)
        {
            // What dlopen says of a file begins with its path.
            problems.Add(reason.StartsWith(place + ":", StringComparison.Ordinal) ? reason : place + ": " + reason);
            return null;
        }

        private DllNotFoundException NotFound(string what) =>
            new DllNotFoundException(
                what + ". ABI version " + NativeMethods.AbiVersion + " (dmerp 0.1 or newer) is needed, for " + RuntimeIdentifier()
                + ". Set " + Variable + " to the library file's full path, or put it in one of the places below."
                + string.Concat(problems.Select(problem => Environment.NewLine + "  " + problem)));

        /// <summary>Beside Dmerp.dll, beside the program, and where the .NET host has a package's native files.</summary>
        private static IEnumerable<string> PackagedFiles()
        {
            var domain = AppDomain.CurrentDomain;
            var folders = new List<string> { domain.BaseDirectory };
            var code = typeof(LibraryFinder).Assembly.Location;
            if (!string.IsNullOrEmpty(code))
            {
                // An assembly that was loaded from bytes has no place.
                folders.Insert(0, Path.GetDirectoryName(code));
            }
            if (!string.IsNullOrEmpty(domain.RelativeSearchPath))
            {
                // ASP.NET on .NET Framework runs a copy of Dmerp.dll; the original is in bin.
                var relative = domain.RelativeSearchPath.Split(Path.PathSeparator);
                folders.AddRange(relative.Select(folder => Path.Combine(domain.BaseDirectory, folder)));
            }
            var hosts = domain.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
            return folders
                .Where(folder => !string.IsNullOrEmpty(folder))
                .SelectMany(folder => new[] { folder, Path.Combine(folder, "runtimes", RuntimeIdentifier(), "native") })
                .Concat(hosts.Split(new[] { Path.PathSeparator }, StringSplitOptions.RemoveEmptyEntries))
                .Select(folder => Path.GetFullPath(Path.Combine(folder, SystemNames().Last())))
                .Distinct();
        }

        /// <summary>The ABI's own name first; the packaged file has the last.</summary>
        private static string[] SystemNames()
        {
            if (RuntimeInformation.IsOSPlatform(OSPlatform.Windows))
            {
                return new[] { "dmerp.dll" };
            }
            return RuntimeInformation.IsOSPlatform(OSPlatform.OSX)
                ? new[] { "libdmerp.1.dylib", "libdmerp.dylib" }
                : new[] { "libdmerp.so.1", "libdmerp.so" };
        }

        /// <summary>The platform's name in a NuGet package, such as win-x64.</summary>
        private static string RuntimeIdentifier()
        {
            var system = RuntimeInformation.IsOSPlatform(OSPlatform.Windows) ? "win"
                : RuntimeInformation.IsOSPlatform(OSPlatform.OSX) ? "osx"
                : "linux";
            return system + "-" + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        }
    }
}
