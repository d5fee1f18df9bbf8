using System;
using System.Collections;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Dmerp.Native;

namespace Dmerp
{
    /// <summary>
    /// Receives the packets of one list: <see cref="Client.Receive"/> opens it. It downloads several packets at the same time,
    /// hands them over one at a time in the order of the list, and marks those done that you have handled. Only
    /// <see cref="Received.Done"/> takes a packet from the queue. A packet stays there if your loop ends early, if it throws, or
    /// if it forgets to say done.
    /// </summary>
    /// <remarks>
    /// <para>
    /// Any number of threads may receive from one receiver, each with a foreach or with <see cref="Next"/>. Work goes on only
    /// while a thread waits for a packet. A packet that cannot be downloaded stays in the queue and holds up no other; the
    /// summary and the log say why. The options <c>receive.*</c> (<see cref="Config"/>) set the rest, such as polling.
    /// </para>
    /// <para>
    /// Dispose it. Until then, or the end of the run, the client opens no other receiver of this list. One that you forget is
    /// closed when it and its packets are collected, which can hold up the finalizers for <see cref="Config.ReceiveClose"/>.
    /// </para>
    /// </remarks>
    /// <example>
    /// <code>
    /// using (var receiver = client.Receive())
    /// {
    ///     foreach (var packet in receiver)
    ///     {
    ///         Store(packet.Content);
    ///         packet.Done();
    ///     }
    /// }
    /// </code>
    /// </example>
    public sealed class Receiver : IEnumerable<Received>, IDisposable
    {
        private readonly Handle handle;
        private readonly CallOptions? options;

        internal Receiver(Handle handle, CallOptions? options)
        {
            this.handle = handle;
            this.options = options;
        }

        private static NativeMethods Native => NativeMethods.Loaded;

        /// <summary>
        /// Waits for the next packet; null is the end: the queue is empty, a limit was reached, or another thread has stopped or
        /// closed the receiver. A cancel and a time-out end this call only: call it again, or dispose the receiver.
        /// <see cref="Config.TimeoutOverall"/> limits each transfer, and not this call.
        /// </summary>
        /// <param name="cancellationToken">Ends the call within 250 ms.</param>
        /// <exception cref="DmerpException">
        /// The list cannot be had. A receiver that polls goes on after errors that are worth a retry. If the key, the app area,
        /// the certificate or the proxy is refused, every later call throws the same error.
        /// </exception>
        /// <exception cref="ObjectDisposedException">The receiver was disposed.</exception>
        public Received? Next(CancellationToken cancellationToken = default) => Receiving(cancellationToken)();

        /// <inheritdoc cref="Next"/>
        /// <remarks>
        /// If it <see cref="IsReady"/>, and its <see cref="CallOptions"/> have no progress, the call is made at once on the
        /// caller's thread, and the task has ended when it is returned.
        /// </remarks>
        public Task<Received?> NextAsync(CancellationToken cancellationToken = default) =>
            IsReady && options?.Progress == null ? AtOnce(Receiving(cancellationToken, false), cancellationToken)
                : handle.OnThread(Receiving(cancellationToken));

        /// <summary>
        /// Whether a packet, the end or an error is at hand, so that <see cref="Next"/> would not wait. Another thread that
        /// receives from this receiver can take the packet first.
        /// </summary>
        /// <exception cref="ObjectDisposedException">The receiver was disposed.</exception>
        public bool IsReady => handle.Borrow(nameof(Receiver), receiver => Native.dmerp_receiver_is_ready(receiver) != 0);

        /// <summary>
        /// The packets, up to the end of the run; see <see cref="Next"/>. <see cref="Stop"/> ends the loop in good order. What
        /// ends it otherwise, a break or an exception, leaves the receiver as it is: another loop goes on with the next packet.
        /// </summary>
        public IEnumerator<Received> GetEnumerator()
        {
            for (var packet = Next(); packet != null; packet = Next())
            {
                yield return packet;
            }
        }

        /// <summary>
        /// Ends the run in good order: nothing new is handed over, and those who wait for a packet get the end. Packets that
        /// were handed over can still be done. Any thread may call this, also a callback, such as one of
        /// <see cref="CancellationToken.Register(Action)"/>. If the receiver was disposed, it does nothing.
        /// </summary>
        public void Stop()
        {
            try
            {
                handle.Borrow(nameof(Receiver), receiver =>
                {
                    DmerpException.ThrowIf(Native.dmerp_receiver_stop(receiver, out var error), error);
                    return true;
                });
            }
            catch (ObjectDisposedException)
            {
                // A token can be canceled at any time after that.
            }
        }

        /// <summary>
        /// Ends the run at once, and marks the packets done that you have handled, for at most
        /// <see cref="Config.ReceiveClose"/>; no cancel ends that. What is not marked in that time, the client remembers: it
        /// marks those packets when they are listed again, and does not hand them over again. Packets that were handed over
        /// stay readable, but can no longer be done. A second call gives the same summary.
        /// </summary>
        /// <returns>What became of the run. What cannot be marked is in there, and is not an error.</returns>
        /// <exception cref="DmerpException">It was called in a callback of <see cref="Next"/>.</exception>
        /// <exception cref="ObjectDisposedException">The receiver was disposed.</exception>
        public Summary Close() => Closing()();

        /// <inheritdoc cref="Close"/>
        public Task<Summary> CloseAsync() => handle.OnThread(Closing());

        /// <summary>
        /// Closes the receiver, if you have not done so, and frees it. If other threads are inside <see cref="Next"/>, they get
        /// the end, and the last of them closes it. Disposing twice is harmless.
        /// </summary>
        public void Dispose()
        {
            Stop();
            handle.Dispose();
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        private async Task<Received?> AtOnce(Func<Received?> receiving, CancellationToken token)
        {
            try
            {
                return receiving();
            }
            catch (OperationCanceledException) when (!token.IsCancellationRequested)
            {
                // Another thread took the packet.
                return await handle.OnThread(Receiving(token)).ConfigureAwait(false);
            }
        }

        private Func<Received?> Receiving(CancellationToken token, bool waits = true)
        {
            var call = NewCall(options, token, waits);
            Handle? owned = null;
            return () => call.Make(
                (out IntPtr received, out IntPtr error) => Native.dmerp_receiver_next(
                    call.Target, call.Control, out received, out error),
                received => received == IntPtr.Zero ? null : new Received(
                    owned = new Handle(received, Native.dmerp_received_free) { Log = handle.Log, Owner = handle }),
                received =>
                {
                    if (owned == null)
                    {
                        Native.dmerp_received_free(received);
                    }
                });
        }

        private Func<Summary> Closing()
        {
            var call = NewCall(null, default);
            return () => call.Make(
                (out IntPtr summary, out IntPtr error) => Native.dmerp_receiver_close(call.Target, out summary, out error),
                summary => new Summary(summary),
                Native.dmerp_summary_free.Invoke);
        }

        private Call NewCall(CallOptions? callOptions, CancellationToken token, bool waits = true)
        {
            handle.ThrowIfDisposed(nameof(Receiver));
            return new Call(handle, callOptions, token, waits: waits);
        }
    }
}
