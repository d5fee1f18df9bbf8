using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace Dmerp.Native
{
    /// <summary>
    /// One call that can last, of a client or a receiver, to be made once. No exception may pass through native code: so what a
    /// callback throws is kept here, and thrown again when the native call has returned. All that can allocate in a callback is
    /// in its try: memory can run out.
    /// </summary>
    internal sealed class Call
    {
        // An abort that was put off, as when an AppDomain is unloaded, does not wait for the end of the call.
        private static readonly dmerp_waiting_callback Waiting = userData =>
            (Thread.CurrentThread.ThreadState & ThreadState.AbortRequested) != 0 ? 1 : 0;

        private static readonly dmerp_waiting_callback EndWait = userData => 1;

        private readonly Handle target;
        private readonly TimeSpan? timeout;
        private readonly IProgress<TransferProgress>? reporter;
        private readonly CancellationToken token;
        private readonly Stream? content;
        private readonly bool asynchronous;
        private readonly bool waits;
        private readonly dmerp_progress_callback progress;
        private readonly List<GCHandle> pins = new List<GCHandle>();
        private Exception? thrown;

        /// <summary>
        /// A stream is used by its asynchronous or its blocking methods; this thread waits for the former. A call that does not
        /// wait is canceled if it would have to for 100 ms.
        /// </summary>
        internal Call(
            Handle target, CallOptions? options, CancellationToken token, Stream? content = null, bool asynchronous = false,
            bool waits = true)
        {
            this.target = target;
            timeout = options?.Timeout;
            reporter = options?.Progress;
            this.token = token;
            this.content = content;
            this.asynchronous = asynchronous;
            this.waits = waits;
            progress = OnProgress;
        }

        /// <summary>The client or the receiver, for the library.</summary>
        internal IntPtr Target => target.DangerousGetHandle();

        /// <summary>The control, for the library.</summary>
        internal IntPtr Control { get; private set; }

        /// <summary>The address of an array, which stays until the call has returned.</summary>
        internal IntPtr Pin(Array array)
        {
            pins.Add(GCHandle.Alloc(array, GCHandleType.Pinned));
            return pins[pins.Count - 1].AddrOfPinnedObject();
        }

        /// <summary>A function of the library that gives a handle, a buffer or a number.</summary>
        internal delegate int Function<T>(out T result, out IntPtr error);

        /// <summary>Calls the library, and copies its result, which is freed in any case.</summary>
        internal TCopy Make<T, TCopy>(Function<T> function, Func<T, TCopy> copy, Action<T> free)
        {
            var result = default(T)!;
            try
            {
                Make(() => DmerpException.Take(function(out result, out var error), error));
                return copy(result);
            }
            finally
            {
                free(result);
            }
        }

        /// <summary>Calls the library. Throws what a callback threw, or else the library's error.</summary>
        internal void Make(Func<DmerpException?> function)
        {
            var native = NativeMethods.Loaded;
            DmerpException? failure = null;
            var counted = false;
            target.DangerousAddRef(ref counted);
            try
            {
                SetUp(native);
                using (token.Register(() => native.dmerp_call_cancel(Control, IntPtr.Zero)))
                {
                    try
                    {
                    }
                    finally
                    {
                        // While a thread is in a finally block, .NET Framework and Mono put off its abort. Else they would raise
                        // it as a callback begins, through the frames of native code, which would end the process.
                        failure = function();
                    }
                }
            }
            finally
            {
                native.dmerp_call_free(Control);
                pins.ForEach(pin => pin.Free());
                target.DangerousRelease();
            }
            if (thrown is ThreadAbortException)
            {
                Thread.CurrentThread.Abort();
            }
            if (thrown != null)
            {
                ExceptionDispatchInfo.Capture(thrown).Throw(); // with the stack trace that it has
            }
            if (failure != null)
            {
                throw failure.Status != Status.Cancelled ? failure
                    : (Exception)new OperationCanceledException(failure.Message, failure, token);
            }
        }

        /// <summary>The library reads the stream: a dmerp_read_callback.</summary>
        internal int Read(IntPtr userData, IntPtr data, UIntPtr capacity, IntPtr len)
        {
            try
            {
                var bytes = new byte[Math.Min((ulong)capacity, 64 * 1024)];
                var length = asynchronous ? content!.ReadAsync(bytes, 0, bytes.Length, token).GetAwaiter().GetResult()
                    : content!.Read(bytes, 0, bytes.Length);
                if (length < 0 || length > bytes.Length)
                {
                    throw new IOException("The stream says that it read " + length + " bytes of " + bytes.Length + ".");
                }
                Marshal.Copy(bytes, 0, data, length);
                // Last: the library takes no content that this did not get to.
                Marshal.WriteIntPtr(len, (IntPtr)length);
                return 0;
            }
            catch (Exception exception)
            {
                return Fail(exception);
            }
        }

        /// <summary>The library writes the stream: a dmerp_write_callback.</summary>
        internal int Write(IntPtr userData, IntPtr data, UIntPtr len, IntPtr taken)
        {
            try
            {
                var bytes = Utf8.Bytes(data, (long)len);
                if (asynchronous)
                {
                    content!.WriteAsync(bytes, 0, bytes.Length, token).GetAwaiter().GetResult();
                }
                else
                {
                    content!.Write(bytes, 0, bytes.Length);
                }
                Marshal.WriteIntPtr(taken, (IntPtr)bytes.Length);
                return 0;
            }
            catch (Exception exception)
            {
                return Fail(exception);
            }
        }

        private void SetUp(NativeMethods native)
        {
            DmerpException.ThrowIf(native.dmerp_call_new(out var control, out var error), error);
            Control = control;
            var waiting = waits ? Waiting : EndWait;
            DmerpException.ThrowIf(native.dmerp_call_set_waiting(control, waiting, IntPtr.Zero, out error), error);
            if (timeout is TimeSpan limit && limit != Timeout.InfiniteTimeSpan)
            {
                var milliseconds = (ulong)Config.Milliseconds(limit);
                DmerpException.ThrowIf(native.dmerp_call_set_timeout_ms(control, milliseconds, out error), error);
            }
            if (reporter != null)
            {
                DmerpException.ThrowIf(native.dmerp_call_set_progress(control, progress, IntPtr.Zero, out error), error);
            }
        }

        private int OnProgress(IntPtr userData, ref dmerp_progress progress)
        {
            try
            {
                reporter!.Report(new TransferProgress(progress));
                return 0;
            }
            catch (Exception exception)
            {
                return Fail(exception);
            }
        }

        /// <summary>Keeps what a callback threw, and tells the library to end the call.</summary>
        private int Fail(Exception exception)
        {
            if (exception is ThreadAbortException)
            {
                // A callback aborted its own thread, as Response.End of ASP.NET does. That would be raised again at the end of
                // the catch block, through native code. So it is taken back here, and asked for again in Make.
                Thread.ResetAbort();
            }
            // A stream that heard of the cancel by itself: the library's own error tells more.
            if (!(exception is OperationCanceledException && token.IsCancellationRequested))
            {
                thrown = thrown ?? exception;
            }
            return 1;
        }
    }
}
