using Dmerp.Native;

namespace Dmerp
{
    /// <summary>
    /// Facts about the native library. It is loaded when the first of them, or of the package's other classes, is used. Where it
    /// cannot be, each throws a <see cref="System.DllNotFoundException"/> that tells why. Any thread.
    /// </summary>
    public static class DmerpLibrary
    {
        /// <summary>Its version, such as "0.1.0".</summary>
        public static string Version => Utf8.Decode(NativeMethods.Loaded.dmerp_version())!;

        /// <summary>The version of its binary interface; the one this package needs.</summary>
        public static int AbiVersion => (int)NativeMethods.Loaded.dmerp_abi_version();

        /// <summary>How many native handles and buffers are not yet freed, in the whole process. For finding leaks.</summary>
        public static long LiveHandles => (long)NativeMethods.Loaded.dmerp_live_handles();

        /// <summary>What was loaded: the file's full path, or the name by which the system found it.</summary>
        public static string Path => NativeMethods.Loaded.Path;
    }
}
