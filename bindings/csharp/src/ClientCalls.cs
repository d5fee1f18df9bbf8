using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Dmerp.Native;

namespace Dmerp
{
    // What the verbs do: each checks its arguments at once and returns the call to be made, on this thread or another.
    public sealed partial class Client
    {
        private static NativeMethods Native => NativeMethods.Loaded;

        private Func<Pushed> Pushing(
            string mobileUser, ArraySegment<byte> content, Format format, string? packetId, CallOptions? options,
            CancellationToken token)
        {
            var user = Utf8.Encode(mobileUser, nameof(mobileUser));
            var id = packetId != null ? Utf8.Encode(packetId, nameof(packetId)) : null;
            var array = content.Array ?? throw new ArgumentNullException(nameof(content));
            var call = NewCall(options, token);
            return () => Push(call, (out IntPtr pushed, out IntPtr error) => Native.dmerp_client_push(
                call.Target, user, (int)format, IntPtr.Add(call.Pin(array), content.Offset),
                (UIntPtr)(uint)content.Count, id, call.Control, out pushed, out error));
        }

        private Func<Pushed> Pushing(
            string mobileUser, Stream content, bool asynchronous, Format format, string? packetId, CallOptions? options,
            CancellationToken token)
        {
            var user = Utf8.Encode(mobileUser, nameof(mobileUser));
            var id = packetId != null ? Utf8.Encode(packetId, nameof(packetId)) : null;
            if (!(content ?? throw new ArgumentNullException(nameof(content))).CanRead)
            {
                throw new ArgumentException("The stream cannot be read.", nameof(content));
            }
            var call = NewCall(options, token, content, asynchronous);
            return () => Push(call, (out IntPtr pushed, out IntPtr error) => Native.dmerp_client_push_stream(
                call.Target, user, (int)format, call.Read, IntPtr.Zero, id, call.Control, out pushed, out error));
        }

        private Func<Pushed> PushingFile(
            string mobileUser, string path, Format format, string? packetId, CallOptions? options, CancellationToken token)
        {
            var user = Utf8.Encode(mobileUser, nameof(mobileUser));
            var file = Utf8.Encode(path, nameof(path));
            var id = packetId != null ? Utf8.Encode(packetId, nameof(packetId)) : null;
            var call = NewCall(options, token);
            return () => Push(call, (out IntPtr pushed, out IntPtr error) => Native.dmerp_client_push_file(
                call.Target, user, (int)format, file, id, call.Control, out pushed, out error));
        }

        private Func<Pushed> Pushing(
            PacketWriter packet, string? mobileUser, string? packetId, CallOptions? options, CancellationToken token)
        {
            var writer = (packet ?? throw new ArgumentNullException(nameof(packet))).Idle;
            var user = mobileUser != null ? Utf8.Encode(mobileUser, nameof(mobileUser)) : null;
            var id = packetId != null ? Utf8.Encode(packetId, nameof(packetId)) : null;
            writer.ThrowIfDisposed(nameof(PacketWriter));
            var call = NewCall(options, token);
            return () => writer.Borrow(nameof(PacketWriter), pointer => Push(
                call, (out IntPtr pushed, out IntPtr error) => Native.dmerp_client_push_packet(
                    call.Target, user, pointer, id, call.Control, out pushed, out error)));
        }

        private static Pushed Push(Call call, Call.Function<IntPtr> push) =>
            call.Make(push, pushed => new Pushed(pushed), Native.dmerp_pushed_free.Invoke);

        private Func<IReadOnlyList<PushResult>> PushingMany(
            IEnumerable<Outgoing> packets, CallOptions? options, CancellationToken token)
        {
            var list = (packets ?? throw new ArgumentNullException(nameof(packets))).ToList();
            if (list.Contains(null!))
            {
                throw new ArgumentException("The packet is null.", nameof(packets) + "[" + list.IndexOf(null!) + "]");
            }
            var call = NewCall(options, token);
            return () =>
            {
                PushResult[]? each = null;
                DmerpException? failure = null;
                call.Make(() =>
                {
                    DmerpException.ThrowIf(Native.dmerp_batch_new(call.Target, out var batch, out var error), error);
                    try
                    {
                        var contents = new Dictionary<byte[], UIntPtr>();
                        list.ForEach(packet => packet.AddTo(batch, contents));
                        var status = Native.dmerp_batch_run(batch, call.Control, out var results, out error);
                        var pushed = Pushed.Each(results);
                        failure = DmerpException.Take(status, error, results);
                        each = pushed.Select((one, i) => new PushResult(one, failure?.Results[i])).ToArray();
                        return each.Length < list.Count ? failure : null; // the run was refused as a whole
                    }
                    finally
                    {
                        Native.dmerp_batch_free(batch);
                    }
                });
                return each!.FirstOrDefault(one => one.Error?.Status == Status.Cancelled) is PushResult cancelled
                    ? throw new OperationCanceledException(cancelled.Error!.Message, failure, token) : each!;
            };
        }

        private Func<PacketList> Pulling(PacketKind kind, Format format, CallOptions? options, CancellationToken token)
        {
            var call = NewCall(options, token);
            return () => call.Make(
                (out IntPtr packets, out IntPtr error) => Native.dmerp_client_pull(
                    call.Target, (int)kind, (int)format, call.Control, out packets, out error),
                packets => new PacketList(packets),
                Native.dmerp_packets_free.Invoke);
        }

        private Func<T> Getting<T>(
            NativeMethods.ClientGet function, Func<dmerp_buffer, T> copy, string url, CallOptions? options,
            CancellationToken token)
        {
            var path = Utf8.Encode(url, nameof(url));
            var call = NewCall(options, token);
            return () => call.Make(
                (out dmerp_buffer buffer, out IntPtr error) => function(call.Target, path, call.Control, out buffer, out error),
                copy,
                buffer => Native.dmerp_buffer_free(ref buffer));
        }

        private Func<long> Downloading(string url, Stream to, bool asynchronous, CallOptions? options, CancellationToken token)
        {
            var path = Utf8.Encode(url, nameof(url));
            if (!(to ?? throw new ArgumentNullException(nameof(to))).CanWrite)
            {
                throw new ArgumentException("The stream cannot be written.", nameof(to));
            }
            var call = NewCall(options, token, to, asynchronous);
            return () =>
            {
                var size = call.Make(
                    (out ulong length, out IntPtr error) => Native.dmerp_client_download_stream(
                        call.Target, path, call.Write, IntPtr.Zero, call.Control, out length, out error),
                    length => (long)length,
                    length => { });
                // So that what a full disk does not take is an error here, and not after Done.
                if (asynchronous)
                {
                    to.FlushAsync(token).GetAwaiter().GetResult();
                }
                else
                {
                    to.Flush();
                }
                return size;
            };
        }

        private Func<long> DownloadingFile(string url, string path, CallOptions? options, CancellationToken token)
        {
            var from = Utf8.Encode(url, nameof(url));
            var to = Utf8.Encode(path, nameof(path));
            var call = NewCall(options, token);
            return () => call.Make(
                (out ulong size, out IntPtr error) => Native.dmerp_client_download_file(
                    call.Target, from, to, call.Control, out size, out error),
                size => (long)size,
                size => { });
        }

        private Action MarkingDone(
            IEnumerable<Receipt> receipts, PacketKind kind, Format format, CallOptions? options, CancellationToken token)
        {
            var texts = new List<byte[]>();
            foreach (var receipt in receipts ?? throw new ArgumentNullException(nameof(receipts)))
            {
                var name = nameof(receipts) + "[" + texts.Count / 2 + "]";
                texts.Add(Utf8.Encode((receipt ?? throw new ArgumentException("The receipt is null.", name)).Id, name + ".Id"));
                texts.Add(Utf8.Encode(receipt.ReceiptHandle, name + ".ReceiptHandle"));
            }
            var call = NewCall(options, token);
            return () => call.Make(() =>
            {
                var pointers = texts.ConvertAll(call.Pin);
                var list = Enumerable.Range(0, pointers.Count / 2)
                    .Select(i => new dmerp_receipt { Id = pointers[2 * i], ReceiptHandle = pointers[2 * i + 1] }).ToArray();
                var status = Native.dmerp_client_done(
                    call.Target, list, (UIntPtr)(uint)list.Length, (int)kind, (int)format, call.Control, out var results,
                    out var error);
                return DmerpException.Take(status, error, results);
            });
        }

        private Action Checking(CallOptions? options, CancellationToken token)
        {
            var call = NewCall(options, token);
            return () => call.Make(() => DmerpException.Take(
                Native.dmerp_client_check(call.Target, call.Control, out var error), error));
        }

        private static ArraySegment<byte> Segment(byte[] content) =>
            new ArraySegment<byte>(content ?? throw new ArgumentNullException(nameof(content)));

        private Call NewCall(CallOptions? options, CancellationToken token, Stream? content = null, bool asynchronous = false)
        {
            handle.ThrowIfDisposed(nameof(Client));
            return new Call(handle, options, token, content, asynchronous);
        }
    }
}
