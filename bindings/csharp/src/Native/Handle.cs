using System;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;

namespace Dmerp.Native
{
    /// <summary>
    /// A configuration, a client or another object of the library. The calls that use it are counted, so it is
    /// freed only when none runs: freeing never waits for one, on whatever thread, and Dispose during a call lets that call end
    /// first.
    /// </summary>
    internal sealed class Handle : SafeHandle
    {
        private const TaskCreationOptions OwnThread = TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach;

        private readonly NativeMethods.Free free;

        internal Handle(IntPtr value, NativeMethods.Free free) : base(IntPtr.Zero, true)
        {
            this.free = free;
            SetHandle(value);
        }

        public override bool IsInvalid => handle == IntPtr.Zero;

        /// <summary>What native code calls with its log records until the handle is freed; null for nothing.</summary>
        internal dmerp_log_callback? Log { get; set; }

        /// <summary>What must not be collected before this one: of a packet its receiver, which would be closed.</summary>
        internal Handle? Owner { get; set; }

        internal void ThrowIfDisposed(string owner)
        {
            if (IsClosed)
            {
                throw new ObjectDisposedException(owner);
            }
        }

        /// <summary>Calls what borrows from the handle, which is not freed meanwhile.</summary>
        internal T Borrow<T>(string owner, Func<IntPtr, T> use)
        {
            ThrowIfDisposed(owner);
            var counted = false;
            DangerousAddRef(ref counted);
            try
            {
                return use(handle);
            }
            finally
            {
                DangerousRelease();
            }
        }

        // A verb can last an hour, and the pool's threads are for short work. The thread is a background one, so it does not hold
        // up the end of the process. Awaiting turns an OperationCanceledException into a canceled task that keeps the exception.
        internal async Task<T> OnThread<T>(Func<T> verb)
        {
            var counted = false;
            DangerousAddRef(ref counted); // so that a Dispose before the thread begins lets the call be made
            try
            {
                var task = Task.Factory.StartNew(verb, CancellationToken.None, OwnThread, TaskScheduler.Default);
                return await task.ConfigureAwait(false);
            }
            finally
            {
                DangerousRelease();
            }
        }

        internal Task OnThread(Action verb) => OnThread(() => { verb(); return true; });

        protected override bool ReleaseHandle()
        {
            free(handle);
            Log = null;
            return true;
        }
    }
}
