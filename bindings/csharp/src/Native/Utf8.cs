using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Dmerp.Native
{
    /// <summary>Text on its way to and from the library.</summary>
    internal static class Utf8
    {
        private static readonly Encoding Strict = new UTF8Encoding(false, true);

        /// <summary>
        /// The text and a NUL. What could only arrive shortened or altered is an error that names the argument.
        /// </summary>
        internal static byte[] Encode(string text, string argument)
        {
            if (text == null)
            {
                throw new ArgumentNullException(argument);
            }
            return EncodeOptional(text, argument);
        }

        /// <summary>Like <see cref="Encode"/>; null for null.</summary>
        internal static byte[] EncodeOptional(string text, string argument)
        {
            if (text == null)
            {
                return null;
            }
            if (text.IndexOf('\0') >= 0)
            {
                throw Failure.InvalidArgument(argument + " holds a NUL character, which no text may. Fix the calling code.");
            }
            try
            {
                return Strict.GetBytes(text + '\0');
            }
            catch (EncoderFallbackException)
            {
                throw Failure.InvalidArgument(
                    argument + " holds half a surrogate pair, which is no character. Fix the calling code.");
            }
        }

        /// <summary>A copy of a text of the library's; null for NULL.</summary>
        internal static string Decode(IntPtr text)
        {
            if (text == IntPtr.Zero)
            {
                return null;
            }
            var length = 0;
            while (Marshal.ReadByte(text, length) != 0)
            {
                length++;
            }
            return Decode(text, length);
        }

        /// <summary>A copy of so many bytes of text.</summary>
        internal static string Decode(IntPtr text, int length)
        {
            var bytes = new byte[length];
            Marshal.Copy(text, bytes, 0, length);
            return Encoding.UTF8.GetString(bytes);
        }
    }
}
