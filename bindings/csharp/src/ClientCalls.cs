using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using Dmerp.Native;

namespace Dmerp
{
    // What the verbs do: each checks its arguments at once and returns the call to be made, on this thread or another.
    public sealed partial class Client
    {
        private Func<Pushed> Pushing(
            string mobileUser, ArraySegment<byte> content, Format format, string packetId, CallOptions options,
            CancellationToken token)
        {
            ThrowIfDisposed();
            var user = Utf8.Encode(mobileUser, nameof(mobileUser));
            var id = Utf8.EncodeOptional(packetId, nameof(packetId));
            if (content.Array == null)
            {
                throw new ArgumentNullException(nameof(content));
            }
            return () => Push(options, token, null, (Call call, out PushedHandle pushed, out ErrorHandle error) =>
            {
                var bytes = IntPtr.Add(call.Pin(content.Array), content.Offset);
                var length = (UIntPtr)(uint)content.Count;
                return NativeMethods.Loaded.ClientPush(
                    call.Client, call.Pin(user), (int)format, bytes, length, call.Pin(id), call.Control, out pushed, out error);
            });
        }

        private Func<Pushed> Pushing(
            string mobileUser, Stream content, Format format, string packetId, CallOptions options, CancellationToken token)
        {
            ThrowIfDisposed();
            var user = Utf8.Encode(mobileUser, nameof(mobileUser));
            var id = Utf8.EncodeOptional(packetId, nameof(packetId));
            if (content == null)
            {
                throw new ArgumentNullException(nameof(content));
            }
            if (!content.CanRead)
            {
                throw new ArgumentException("The stream cannot be read.", nameof(content));
            }
            return () => Push(options, token, content, (Call call, out PushedHandle pushed, out ErrorHandle error) =>
                NativeMethods.Loaded.ClientPushStream(
                    call.Client, call.Pin(user), (int)format, Callbacks.Read, IntPtr.Zero, call.Pin(id), call.Control,
                    out pushed, out error));
        }

        private Func<Pushed> PushingFile(
            string mobileUser, string path, Format format, string packetId, CallOptions options, CancellationToken token)
        {
            ThrowIfDisposed();
            var user = Utf8.Encode(mobileUser, nameof(mobileUser));
            var file = Utf8.Encode(path, nameof(path));
            var id = Utf8.EncodeOptional(packetId, nameof(packetId));
            return () => Push(options, token, null, (Call call, out PushedHandle pushed, out ErrorHandle error) =>
                NativeMethods.Loaded.ClientPushFile(
                    call.Client, call.Pin(user), (int)format, call.Pin(file), call.Pin(id), call.Control, out pushed, out error));
        }

        private Func<Packets> Pulling(PacketKind kind, Format format, CallOptions options, CancellationToken token)
        {
            ThrowIfDisposed();
            return () =>
            {
                PacketsHandle packets = null;
                try
                {
                    Run(options, token, null, (Call call, out ErrorHandle error) =>
                        NativeMethods.Loaded.ClientPull(
                            call.Client, (int)kind, (int)format, call.Control, out packets, out error));
                    return new Packets(packets);
                }
                catch
                {
                    packets?.Dispose();
                    throw;
                }
            };
        }

        private Func<string> Linking(string url, CallOptions options, CancellationToken token)
        {
            ThrowIfDisposed();
            var path = Utf8.Encode(url, nameof(url));
            return () =>
            {
                var link = default(dmerp_buffer);
                try
                {
                    Run(options, token, null, (Call call, out ErrorHandle error) =>
                        NativeMethods.Loaded.ClientLink(call.Client, call.Pin(path), call.Control, out link, out error));
                    return Buffers.Text(link);
                }
                finally
                {
                    NativeMethods.Loaded.BufferFree(ref link);
                }
            };
        }

        private Func<byte[]> Downloading(string url, CallOptions options, CancellationToken token)
        {
            ThrowIfDisposed();
            var path = Utf8.Encode(url, nameof(url));
            return () =>
            {
                var content = default(dmerp_buffer);
                try
                {
                    Run(options, token, null, (Call call, out ErrorHandle error) =>
                        NativeMethods.Loaded.ClientDownload(call.Client, call.Pin(path), call.Control, out content, out error));
                    return Buffers.Bytes(content);
                }
                finally
                {
                    NativeMethods.Loaded.BufferFree(ref content);
                }
            };
        }

        private Func<long> Downloading(string url, Stream to, CallOptions options, CancellationToken token)
        {
            ThrowIfDisposed();
            var path = Utf8.Encode(url, nameof(url));
            if (to == null)
            {
                throw new ArgumentNullException(nameof(to));
            }
            if (!to.CanWrite)
            {
                throw new ArgumentException("The stream cannot be written.", nameof(to));
            }
            return () =>
            {
                ulong size = 0;
                Run(options, token, to, (Call call, out ErrorHandle error) =>
                    NativeMethods.Loaded.ClientDownloadStream(
                        call.Client, call.Pin(path), Callbacks.Write, IntPtr.Zero, call.Control, out size, out error));
                // So that what a full disk does not take is an error here, and not after Done.
                to.Flush();
                return checked((long)size);
            };
        }

        private Func<long> DownloadingFile(string url, string path, CallOptions options, CancellationToken token)
        {
            ThrowIfDisposed();
            var from = Utf8.Encode(url, nameof(url));
            var to = Utf8.Encode(path, nameof(path));
            return () =>
            {
                ulong size = 0;
                Run(options, token, null, (Call call, out ErrorHandle error) =>
                    NativeMethods.Loaded.ClientDownloadFile(
                        call.Client, call.Pin(from), call.Pin(to), call.Control, out size, out error));
                return checked((long)size);
            };
        }

        private Action MarkingDone(
            IEnumerable<Receipt> receipts, PacketKind kind, Format format, CallOptions options, CancellationToken token)
        {
            ThrowIfDisposed();
            var list = new ReceiptList(receipts ?? throw new ArgumentNullException(nameof(receipts)));
            return () => Run(options, token, null, (Call call, out ErrorHandle error) =>
                NativeMethods.Loaded.ClientDone(
                    call.Client, list.PinFor(call), (UIntPtr)(uint)list.Count, (int)kind, (int)format, call.Control, out error));
        }

        private Action Checking(CallOptions options, CancellationToken token)
        {
            ThrowIfDisposed();
            return () => Run(options, token, null, (Call call, out ErrorHandle error) =>
                NativeMethods.Loaded.ClientCheck(call.Client, call.Control, out error));
        }

        private static ArraySegment<byte> Segment(byte[] content) =>
            new ArraySegment<byte>(content ?? throw new ArgumentNullException(nameof(content)));

        private delegate int NativePush(Call call, out PushedHandle pushed, out ErrorHandle error);

        private Pushed Push(CallOptions options, CancellationToken token, Stream content, NativePush push)
        {
            PushedHandle pushed = null;
            try
            {
                Run(options, token, content, (Call call, out ErrorHandle error) => push(call, out pushed, out error));
                return new Pushed(pushed);
            }
            finally
            {
                pushed?.Dispose();
            }
        }

        /// <summary>The one way into the library.</summary>
        private void Run(CallOptions options, CancellationToken token, Stream content, Call.Function function)
        {
            using (var call = new Call(handle, options, token))
            {
                call.Make(function, content);
            }
        }

        private void ThrowIfDisposed()
        {
            if (handle.IsClosed)
            {
                throw new ObjectDisposedException(nameof(Client));
            }
        }
    }
}
