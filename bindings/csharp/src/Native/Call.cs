using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;

namespace Dmerp.Native
{
    /// <summary>
    /// One call of a client's verb: its control with deadline, progress and token, and what the library borrows until it returns.
    /// Such calls can last, and call back. Mono's marshalling was seen to lose count of a SafeHandle over them, so handles are
    /// counted and memory is pinned here, and the library gets plain pointers.
    /// </summary>
    internal sealed class Call : IDisposable
    {
        private readonly List<GCHandle> pins = new List<GCHandle>();
        private readonly HandleUse client;
        private readonly CallHandle control;
        private readonly HandleUse controlInUse;
        private readonly CallOptions options;
        private readonly CancellationToken token;
        private readonly CancellationTokenRegistration registration;

        internal Call(ClientHandle handle, CallOptions options, CancellationToken token)
        {
            this.options = options;
            this.token = token;
            var native = NativeMethods.Loaded;
            client = new HandleUse(handle, nameof(Dmerp.Client));
            try
            {
                Failure.ThrowIf(native.CallNew(out control, out var error), error);
                // As a process ends, Mono finalizes what is in use as well.
                controlInUse = new HandleUse(control, nameof(Call));
                Failure.ThrowIf(native.CallSetWaiting(control, Callbacks.Waiting, IntPtr.Zero, out error), error);
                if (options?.Deadline is TimeSpan deadline)
                {
                    // What is not more than zero is 0, which the library refuses.
                    var milliseconds = (ulong)Math.Max(0, Milliseconds.Of(deadline));
                    Failure.ThrowIf(native.CallSetDeadlineMs(control, milliseconds, out error), error);
                }
                if (options?.Progress != null)
                {
                    Failure.ThrowIf(native.CallSetProgress(control, Callbacks.Progress, IntPtr.Zero, out error), error);
                }
                registration = token.Register(Cancel);
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        /// <summary>A function of the library, called with a client, a control, and pinned arguments.</summary>
        internal delegate int Function(Call call, out ErrorHandle error);

        /// <summary>The client, for the library.</summary>
        internal IntPtr Client => client.Handle;

        /// <summary>The control, for the library.</summary>
        internal IntPtr Control => controlInUse.Handle;

        /// <summary>
        /// The address of an array of bytes or plain structs, which stays until the end of the call; NULL for null.
        /// </summary>
        internal IntPtr Pin(Array array)
        {
            if (array == null)
            {
                return IntPtr.Zero;
            }
            var pin = GCHandle.Alloc(array, GCHandleType.Pinned);
            pins.Add(pin);
            return pin.AddrOfPinnedObject();
        }

        /// <summary>Calls the library, and throws what a callback threw, or the library's error.</summary>
        internal void Make(Function function, Stream content)
        {
            using (var verb = new Verb(options?.Progress, content))
            {
                verb.Call((out ErrorHandle error) => function(this, out error), token);
            }
        }

        public void Dispose()
        {
            // First: it waits for a cancel that is under way, which needs the control.
            registration.Dispose();
            controlInUse?.Dispose();
            control?.Dispose();
            client.Dispose();
            pins.ForEach(pin => pin.Free());
            pins.Clear();
        }

        private void Cancel()
        {
            NativeMethods.Loaded.CallCancel(control, out var error);
            error.Dispose();
        }
    }
}
