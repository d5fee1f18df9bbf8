using System;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace Dmerp.Native
{
    /// <summary>
    /// A library file in memory, loaded by the operating system's own functions: .NET's are in .NET Core 3.0 and later alone.
    /// </summary>
    internal sealed class NativeLibrary
    {
        private readonly IntPtr handle;

        /// <summary>Loads a file by its full path, or, but for Windows, by a name that the system looks for.</summary>
        /// <exception cref="DllNotFoundException">The system's reason.</exception>
        internal NativeLibrary(string path)
        {
            Path = path;
            handle = Platform.IsWindows ? Windows.Open(path) : Unix.Open(path);
        }

        internal string Path { get; }

        /// <summary>The library's function of a name.</summary>
        /// <exception cref="EntryPointNotFoundException">There is none.</exception>
        internal void Function<T>(string name, out T function)
        {
            var symbol = Encoding.ASCII.GetBytes(name + '\0');
            var address = Platform.IsWindows ? Windows.GetProcAddress(handle, symbol) : Unix.Symbol(handle, symbol);
            if (address == IntPtr.Zero)
            {
                throw new EntryPointNotFoundException("it has no function " + name);
            }
            function = Marshal.GetDelegateForFunctionPointer<T>(address);
        }

        private static class Windows
        {
            // LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR and _DEFAULT_DIRS: what the library needs is looked for beside it, beside the
            // program and in the system's folder; not in the current folder or PATH.
            private const uint SafePlaces = 0x100 | 0x1000;
            private const int BadFormat = 193; // of another processor, or no library; Windows's own text leaves the name open

            internal static IntPtr Open(string path)
            {
                var library = LoadLibraryEx(path, IntPtr.Zero, SafePlaces);
                if (library == IntPtr.Zero)
                {
                    var error = Marshal.GetLastWin32Error();
                    var meaning = error == BadFormat ? "it is not for a process of " + Platform.RuntimeIdentifier
                        : new Win32Exception(error).Message;
                    throw new DllNotFoundException(meaning + " (Windows error " + error + ")");
                }
                return library;
            }

            [DllImport("kernel32", ExactSpelling = true)]
            internal static extern IntPtr GetProcAddress(IntPtr library, byte[] name);

            [DllImport("kernel32", EntryPoint = "LoadLibraryExW", CharSet = CharSet.Unicode, SetLastError = true)]
            private static extern IntPtr LoadLibraryEx(string path, IntPtr file, uint flags);
        }

        /// <summary>dlopen is in the libc of musl, macOS and glibc 2.34 or later; of an older glibc, in libdl.so.2.</summary>
        private static class Unix
        {
            private const int Now = 2;
            private static readonly bool InLibc = IsInLibc();

            internal static IntPtr Open(string path)
            {
                var name = Utf8.Encode(path, nameof(path));
                var library = InLibc ? Libc.dlopen(name, Now) : Libdl.dlopen(name, Now);
                return library != IntPtr.Zero ? library
                    : throw new DllNotFoundException(Utf8.Decode(InLibc ? Libc.dlerror() : Libdl.dlerror()));
            }

            internal static IntPtr Symbol(IntPtr library, byte[] name) =>
                InLibc ? Libc.dlsym(library, name) : Libdl.dlsym(library, name);

            private static bool IsInLibc()
            {
                try
                {
                    // dlerror, so that the runtime has found it, and with that says nothing over what dlopen has to say.
                    Libc.dlerror();
                    return true;
                }
                catch (TypeLoadException)
                {
                    Libdl.dlerror();
                    return false;
                }
            }

            private static class Libc
            {
                [DllImport("libc")] internal static extern IntPtr dlopen(byte[] path, int flags);
                [DllImport("libc")] internal static extern IntPtr dlsym(IntPtr library, byte[] name);
                [DllImport("libc")] internal static extern IntPtr dlerror();
            }

            private static class Libdl
            {
                [DllImport("libdl.so.2")] internal static extern IntPtr dlopen(byte[] path, int flags);
                [DllImport("libdl.so.2")] internal static extern IntPtr dlsym(IntPtr library, byte[] name);
                [DllImport("libdl.so.2")] internal static extern IntPtr dlerror();
            }
        }
    }
}
