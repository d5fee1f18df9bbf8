using System;
using System.Runtime.InteropServices;

namespace Dmerp.Native
{
    /// <summary>
    /// A configuration or a client of the library. The calls that use it are counted, so it is freed only when none runs: freeing
    /// never waits, on whatever thread, and Dispose during a call lets that call end first.
    /// </summary>
    internal sealed class Handle : SafeHandle
    {
        private readonly NativeMethods.Free free;

        internal Handle(IntPtr value, NativeMethods.Free free) : base(IntPtr.Zero, true)
        {
            this.free = free;
            SetHandle(value);
        }

        public override bool IsInvalid => handle == IntPtr.Zero;

        /// <summary>What native code calls with its log records until the handle is freed; null for nothing.</summary>
        internal dmerp_log_callback Log { get; set; }

        internal void ThrowIfDisposed(string owner)
        {
            if (IsClosed)
            {
                throw new ObjectDisposedException(owner);
            }
        }

        protected override bool ReleaseHandle()
        {
            free(handle);
            Log = null;
            return true;
        }
    }
}
