using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Runtime.InteropServices;
using System.Text;

namespace Dmerp.Native
{
    /// <summary>Text on its way to and from the library.</summary>
    internal static class Utf8
    {
        private static readonly Encoding Strict = new UTF8Encoding(false, true);

        /// <summary>The text and a NUL. What could only arrive shortened or altered is an error naming the argument.</summary>
        internal static byte[] Encode(string text, string argument)
        {
            if ((text ?? throw new ArgumentNullException(argument)).IndexOf('\0') >= 0)
            {
                throw new ArgumentException("The text holds a NUL character, which no text may.", argument);
            }
            try
            {
                return Strict.GetBytes(text + '\0');
            }
            catch (EncoderFallbackException problem)
            {
                throw new ArgumentException("The text holds half a surrogate pair, which is no character.", argument, problem);
            }
        }

        /// <summary>A copy of a text of the library's; null for NULL.</summary>
        internal static string? Decode(IntPtr text)
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
            return Encoding.UTF8.GetString(Bytes(text, length));
        }

        /// <summary>A copy of attributes.</summary>
        internal static IReadOnlyDictionary<string, string> Pairs(IntPtr attributes, UIntPtr count)
        {
            var copy = new Dictionary<string, string>();
            for (var i = 0; i < (int)count; i++)
            {
                var place = IntPtr.Add(attributes, i * Marshal.SizeOf<dmerp_attribute>());
                var attribute = Marshal.PtrToStructure<dmerp_attribute>(place);
                copy[Decode(attribute.Name)!] = Decode(attribute.Value)!;
            }
            return new ReadOnlyDictionary<string, string>(copy);
        }

        /// <summary>A copy of the text in a buffer; null for a buffer without a value.</summary>
        internal static string? Decode(dmerp_buffer buffer) =>
            buffer.Data != IntPtr.Zero ? Encoding.UTF8.GetString(Bytes(buffer)) : null;

        /// <summary>A copy of the bytes in a buffer.</summary>
        internal static byte[] Bytes(dmerp_buffer buffer) => Bytes(buffer.Data, (long)buffer.Len);

        /// <summary>A copy of so many bytes; more than an array can hold is an OutOfMemoryException.</summary>
        internal static byte[] Bytes(IntPtr data, long length)
        {
            var bytes = new byte[length];
            if (length > 0)
            {
                Marshal.Copy(data, bytes, 0, bytes.Length);
            }
            return bytes;
        }
    }
}
