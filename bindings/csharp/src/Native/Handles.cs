using System;
using System.Runtime.InteropServices;

namespace Dmerp.Native
{
    /// <summary>
    /// A handle of the library. The calls that use it are counted, by the marshaller or a <see cref="HandleUse"/>, so it is freed
    /// only when none runs: freeing never waits, on whatever thread, and Dispose during a call lets that call end first.
    /// </summary>
    internal abstract class Handle : SafeHandle
    {
        protected Handle() : base(IntPtr.Zero, true)
        {
        }

        public override bool IsInvalid => handle == IntPtr.Zero;
    }

    internal sealed class ClientHandle : Handle
    {
        /// <summary>Where the client's log records go, kept until the client is freed; null for nowhere.</summary>
        internal LogSink Sink { get; set; }

        protected override bool ReleaseHandle()
        {
            NativeMethods.Loaded.ClientFree(handle);
            Sink?.Release();
            Sink = null;
            return true;
        }
    }

    internal sealed class ConfigHandle : Handle
    {
        /// <summary>Where the log records of clients made from now on go; null for nowhere.</summary>
        internal LogSink Sink { get; set; }

        protected override bool ReleaseHandle()
        {
            NativeMethods.Loaded.ConfigFree(handle);
            Sink?.Release();
            Sink = null;
            return true;
        }
    }

    internal sealed class CallHandle : Handle
    {
        protected override bool ReleaseHandle()
        {
            NativeMethods.Loaded.CallFree(handle);
            return true;
        }
    }

    internal sealed class PacketsHandle : Handle
    {
        protected override bool ReleaseHandle()
        {
            NativeMethods.Loaded.PacketsFree(handle);
            return true;
        }
    }

    internal sealed class PushedHandle : Handle
    {
        protected override bool ReleaseHandle()
        {
            NativeMethods.Loaded.PushedFree(handle);
            return true;
        }
    }

    internal sealed class ErrorHandle : Handle
    {
        protected override bool ReleaseHandle()
        {
            NativeMethods.Loaded.ErrorFree(handle);
            return true;
        }
    }

    /// <summary>Keeps a handle from being freed while it, or what is borrowed from it, is in use.</summary>
    internal sealed class HandleUse : IDisposable
    {
        private readonly SafeHandle handle;

        internal HandleUse(SafeHandle handle, string owner)
        {
            var counted = false;
            try
            {
                handle.DangerousAddRef(ref counted);
            }
            catch (ObjectDisposedException)
            {
                throw new ObjectDisposedException(owner);
            }
            this.handle = handle;
        }

        internal IntPtr Handle => handle.DangerousGetHandle();

        public void Dispose() => handle.DangerousRelease();
    }
}
