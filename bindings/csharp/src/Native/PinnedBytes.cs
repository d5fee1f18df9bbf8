using System;
using System.Runtime.InteropServices;

namespace Dmerp.Native
{
    /// <summary>Bytes of an array that stays in its place while native code reads them.</summary>
    internal sealed class PinnedBytes : IDisposable
    {
        private GCHandle pin;

        internal PinnedBytes(ArraySegment<byte> bytes)
        {
            pin = GCHandle.Alloc(bytes.Array, GCHandleType.Pinned);
            Address = IntPtr.Add(pin.AddrOfPinnedObject(), bytes.Offset);
            Length = (UIntPtr)(uint)bytes.Count;
        }

        internal IntPtr Address { get; }

        internal UIntPtr Length { get; }

        public void Dispose() => pin.Free();
    }
}
