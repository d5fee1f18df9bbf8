using Dmerp.Native;

namespace Dmerp
{
    /// <summary>
    /// Facts about the native library. It is loaded when the first of them, or of the package's other classes, is used. Any
    /// thread.
    /// </summary>
    /// <exception cref="System.DllNotFoundException">
    /// The native library is not there or cannot be used; the message lists where it was looked for. Each property throws it.
    /// </exception>
    public static class DmerpLibrary
    {
        /// <summary>Its version, such as "0.1.0".</summary>
        public static string Version => Utf8.Decode(NativeMethods.Loaded.dmerp_version());

        /// <summary>The version of its binary interface; the one this package needs.</summary>
        public static int AbiVersion => (int)NativeMethods.Loaded.dmerp_abi_version();

        /// <summary>How many native handles and buffers are not yet freed, in the whole process. For finding leaks.</summary>
        public static long LiveHandles => (long)NativeMethods.Loaded.dmerp_live_handles();

        /// <summary>What was loaded: the file's full path, or the name by which the system found it.</summary>
        public static string Path => NativeMethods.Loaded.Path;
    }
}
