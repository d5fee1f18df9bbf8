using System;
using System.IO;
using System.Runtime.InteropServices;

namespace Dmerp.Native
{
    /// <summary>The system and the processor of this process.</summary>
    internal static class Platform
    {
        internal static readonly bool IsWindows = Path.DirectorySeparatorChar == '\\';

#if NETFRAMEWORK
        // Nothing else tells it here, and the package has no library for macOS.
        internal static readonly bool IsMacOS = false;
#else
        internal static readonly bool IsMacOS = RuntimeInformation.IsOSPlatform(OSPlatform.OSX);
#endif

        /// <summary>The name in a NuGet package, such as win-x64 or linux-musl-x64.</summary>
        internal static readonly string RuntimeIdentifier =
            (IsWindows ? "win-" : IsMacOS ? "osx-" : IsMusl() ? "linux-musl-" : "linux-") + Architecture().ToLowerInvariant();

        private static string Architecture()
        {
#if NETFRAMEWORK
            // By its name: .NET Framework 4.6.2 has no RuntimeInformation, and an add-in had to bring the facade along.
            var later = Type.GetType("System.Runtime.InteropServices.RuntimeInformation")?.GetProperty("ProcessArchitecture");
            return later?.GetValue(null).ToString() ?? (Environment.Is64BitProcess ? "X64" : "X86");
#else
            return RuntimeInformation.ProcessArchitecture.ToString();
#endif
        }

        /// <summary>Alpine Linux and its kin. A library for one libc does not load, or fails later, with the other.</summary>
        private static bool IsMusl()
        {
            try
            {
                gnu_get_libc_version();
                return false;
            }
            catch (TypeLoadException)
            {
                return true;
            }
        }

        [DllImport("libc")] private static extern IntPtr gnu_get_libc_version();
    }
}
