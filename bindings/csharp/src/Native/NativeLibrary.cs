using System;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace Dmerp.Native
{
    /// <summary>
    /// A library file in memory, loaded by the operating system's own functions: those of all runtimes' lowest one.
    /// </summary>
    internal sealed class NativeLibrary
    {
        private readonly IntPtr handle;

        private NativeLibrary(string path, IntPtr handle)
        {
            Path = path;
            this.handle = handle;
        }

        internal string Path { get; }

        /// <summary>Loads a file by its full path, or by a name that the system looks for.</summary>
        /// <exception cref="DllNotFoundException">The system's reason.</exception>
        internal static NativeLibrary Load(string path)
        {
            var handle = Platform.Current.Open(path, out var problem);
            return handle != IntPtr.Zero ? new NativeLibrary(path, handle) : throw new DllNotFoundException(problem);
        }

        /// <summary>The function of the delegate's name.</summary>
        /// <exception cref="EntryPointNotFoundException">There is none.</exception>
        internal T Function<T>()
        {
            var name = typeof(T).Name;
            var address = Platform.Current.Symbol(handle, name);
            if (address == IntPtr.Zero)
            {
                throw new EntryPointNotFoundException("it has no function " + name);
            }
            return Marshal.GetDelegateForFunctionPointer<T>(address);
        }

        /// <summary>
        /// Lets go of a library that turned out to be of no use; else Windows would give it to whoever asks for its name.
        /// </summary>
        internal void Close() => Platform.Current.Close(handle);

        private abstract class Platform
        {
            internal static readonly Platform Current =
                RuntimeInformation.IsOSPlatform(OSPlatform.Windows) ? new Windows()
                : RuntimeInformation.IsOSPlatform(OSPlatform.OSX) ? new MacOS()
                : (Platform)new Linux();

            internal abstract IntPtr Open(string path, out string problem);

            internal abstract IntPtr Symbol(IntPtr library, string name);

            internal abstract void Close(IntPtr library);
        }

        private sealed class Windows : Platform
        {
            // What the library needs is looked for beside it, not beside the host program. Only for full paths.
            private const uint LoadWithAlteredSearchPath = 0x8;

            internal override IntPtr Open(string path, out string problem)
            {
                var flags = System.IO.Path.IsPathRooted(path) ? LoadWithAlteredSearchPath : 0;
                var library = LoadLibraryEx(path, IntPtr.Zero, flags);
                problem = library == IntPtr.Zero ? new Win32Exception(Marshal.GetLastWin32Error()).Message : null;
                return library;
            }

            internal override IntPtr Symbol(IntPtr library, string name) =>
                GetProcAddress(library, Encoding.ASCII.GetBytes(name + '\0'));

            internal override void Close(IntPtr library) => FreeLibrary(library);

            [DllImport("kernel32", EntryPoint = "LoadLibraryExW", CharSet = CharSet.Unicode, SetLastError = true)]
            private static extern IntPtr LoadLibraryEx(string path, IntPtr file, uint flags);

            [DllImport("kernel32", ExactSpelling = true)]
            private static extern IntPtr GetProcAddress(IntPtr library, byte[] name);

            [DllImport("kernel32", ExactSpelling = true)]
            [return: MarshalAs(UnmanagedType.Bool)]
            private static extern bool FreeLibrary(IntPtr library);
        }

        private sealed class Linux : Platform
        {
            private const int NowAndLocal = 0x2 | 0x0;

            internal override IntPtr Open(string path, out string problem)
            {
                dlerror(); // so that the runtime has found it, and with that says nothing over what dlopen has to say
                var library = dlopen(Utf8.Encode(path, nameof(path)), NowAndLocal);
                problem = library == IntPtr.Zero ? Utf8.Decode(dlerror()) : null;
                return library;
            }

            internal override IntPtr Symbol(IntPtr library, string name) => dlsym(library, Utf8.Encode(name, nameof(name)));

            internal override void Close(IntPtr library) => dlclose(library);

            [DllImport("libdl.so.2", CallingConvention = CallingConvention.Cdecl)]
            private static extern IntPtr dlopen(byte[] path, int flags);

            [DllImport("libdl.so.2", CallingConvention = CallingConvention.Cdecl)]
            private static extern IntPtr dlsym(IntPtr library, byte[] name);

            [DllImport("libdl.so.2", CallingConvention = CallingConvention.Cdecl)]
            private static extern IntPtr dlerror();

            [DllImport("libdl.so.2", CallingConvention = CallingConvention.Cdecl)]
            private static extern int dlclose(IntPtr library);
        }

        private sealed class MacOS : Platform
        {
            private const int NowAndLocal = 0x2 | 0x4;

            internal override IntPtr Open(string path, out string problem)
            {
                dlerror(); // so that the runtime has found it, and with that says nothing over what dlopen has to say
                var library = dlopen(Utf8.Encode(path, nameof(path)), NowAndLocal);
                problem = library == IntPtr.Zero ? Utf8.Decode(dlerror()) : null;
                return library;
            }

            internal override IntPtr Symbol(IntPtr library, string name) => dlsym(library, Utf8.Encode(name, nameof(name)));

            internal override void Close(IntPtr library) => dlclose(library);

            [DllImport("libSystem.dylib", CallingConvention = CallingConvention.Cdecl)]
            private static extern IntPtr dlopen(byte[] path, int flags);

            [DllImport("libSystem.dylib", CallingConvention = CallingConvention.Cdecl)]
            private static extern IntPtr dlsym(IntPtr library, byte[] name);

            [DllImport("libSystem.dylib", CallingConvention = CallingConvention.Cdecl)]
            private static extern IntPtr dlerror();

            [DllImport("libSystem.dylib", CallingConvention = CallingConvention.Cdecl)]
            private static extern int dlclose(IntPtr library);
        }
    }
}
