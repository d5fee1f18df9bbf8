using System;
using System.Threading;

namespace Dmerp.Native
{
    /// <summary>The native control of one call: its deadline and progress, and its end by a token.</summary>
    internal sealed class CallControl : IDisposable
    {
        private readonly CancellationTokenRegistration registration;

        internal CallControl(CallOptions options, CancellationToken token)
        {
            var native = NativeMethods.Loaded;
            Failure.ThrowIf(native.CallNew(out var handle, out var error), error);
            Handle = handle;
            try
            {
                Failure.ThrowIf(native.CallSetWaiting(handle, Callbacks.Waiting, IntPtr.Zero, out error), error);
                if (options?.Deadline is TimeSpan deadline)
                {
                    // What is not more than zero is 0, which the library refuses.
                    var milliseconds = (ulong)Math.Max(0, Milliseconds.Of(deadline));
                    Failure.ThrowIf(native.CallSetDeadlineMs(handle, milliseconds, out error), error);
                }
                if (options?.Progress != null)
                {
                    Failure.ThrowIf(native.CallSetProgress(handle, Callbacks.Progress, IntPtr.Zero, out error), error);
                }
                registration = token.Register(Cancel);
            }
            catch
            {
                handle.Dispose();
                throw;
            }
        }

        internal CallHandle Handle { get; }

        public void Dispose()
        {
            // First: it waits for a cancel that is under way, which needs the handle.
            registration.Dispose();
            Handle.Dispose();
        }

        private void Cancel()
        {
            NativeMethods.Loaded.CallCancel(Handle, out var error);
            error.Dispose();
        }
    }
}
