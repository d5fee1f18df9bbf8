using System;
using System.Runtime.InteropServices;

namespace Dmerp.Native
{
    /// <summary>Copies of what the library gives in a dmerp_buffer.</summary>
    internal static class Buffers
    {
        internal static byte[] Bytes(dmerp_buffer buffer)
        {
            // More than an array can hold is an OutOfMemoryException here, as for an array of the caller's.
            var bytes = new byte[(ulong)buffer.Len];
            if (bytes.Length > 0)
            {
                Marshal.Copy(buffer.Data, bytes, 0, bytes.Length);
            }
            return bytes;
        }

        /// <summary>Null for a buffer without a value.</summary>
        internal static string Text(dmerp_buffer buffer) =>
            buffer.Data != IntPtr.Zero ? Utf8.Decode(buffer.Data, checked((int)(ulong)buffer.Len)) : null;
    }
}
