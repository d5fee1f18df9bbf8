using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Dmerp.Native;

namespace Dmerp
{
    // Arguments are checked before the method returns; every other error, and a cancel, is the task's.
    public sealed partial class Client
    {
        /// <inheritdoc cref="Push(string, byte[], Format, string, CallOptions, CancellationToken)"/>
        public Task<Pushed> PushAsync(
            string mobileUser, byte[] content, Format format = Format.Xml, string? packetId = null, CallOptions? options = null,
            CancellationToken cancellationToken = default) =>
            handle.OnThread(Pushing(mobileUser, Segment(content), format, packetId, options, cancellationToken));

        /// <inheritdoc cref="Push(string, ArraySegment{byte}, Format, string, CallOptions, CancellationToken)"/>
        public Task<Pushed> PushAsync(
            string mobileUser, ArraySegment<byte> content, Format format = Format.Xml, string? packetId = null,
            CallOptions? options = null, CancellationToken cancellationToken = default) =>
            handle.OnThread(Pushing(mobileUser, content, format, packetId, options, cancellationToken));

        /// <inheritdoc cref="Push(string, Stream, Format, string, CallOptions, CancellationToken)"/>
        public Task<Pushed> PushAsync(
            string mobileUser, Stream content, Format format = Format.Xml, string? packetId = null, CallOptions? options = null,
            CancellationToken cancellationToken = default) =>
            handle.OnThread(Pushing(mobileUser, content, true, format, packetId, options, cancellationToken));

        /// <inheritdoc cref="PushFile(string, string, Format, string, CallOptions, CancellationToken)"/>
        public Task<Pushed> PushFileAsync(
            string mobileUser, string path, Format format = Format.Xml, string? packetId = null, CallOptions? options = null,
            CancellationToken cancellationToken = default) =>
            handle.OnThread(PushingFile(mobileUser, path, format, packetId, options, cancellationToken));

        /// <inheritdoc cref="Push(PacketWriter, string, string, CallOptions, CancellationToken)"/>
        public Task<Pushed> PushAsync(
            PacketWriter packet, string? mobileUser = null, string? packetId = null, CallOptions? options = null,
            CancellationToken cancellationToken = default) =>
            handle.OnThread(Pushing(packet, mobileUser, packetId, options, cancellationToken));

        /// <inheritdoc cref="PushMany(IEnumerable{Outgoing}, CallOptions, CancellationToken)"/>
        public Task<IReadOnlyList<PushResult>> PushManyAsync(
            IEnumerable<Outgoing> packets, CallOptions? options = null, CancellationToken cancellationToken = default) =>
            handle.OnThread(PushingMany(packets, options, cancellationToken));

        /// <inheritdoc cref="Pull(PacketKind, Format, CallOptions, CancellationToken)"/>
        public Task<PacketList> PullAsync(
            PacketKind kind = PacketKind.Packet, Format format = Format.Default, CallOptions? options = null,
            CancellationToken cancellationToken = default) =>
            handle.OnThread(Pulling(kind, format, options, cancellationToken));

        /// <inheritdoc cref="Link(string, CallOptions, CancellationToken)"/>
        public Task<string> LinkAsync(string url, CallOptions? options = null, CancellationToken cancellationToken = default) =>
            handle.OnThread(Getting(Native.dmerp_client_link, link => Utf8.Decode(link)!, url, options, cancellationToken));

        /// <inheritdoc cref="Download(string, CallOptions, CancellationToken)"/>
        public Task<byte[]> DownloadAsync(
            string url, CallOptions? options = null, CancellationToken cancellationToken = default) =>
            handle.OnThread(Getting(Native.dmerp_client_download, Utf8.Bytes, url, options, cancellationToken));

        /// <inheritdoc cref="Download(string, Stream, CallOptions, CancellationToken)"/>
        public Task<long> DownloadAsync(
            string url, Stream to, CallOptions? options = null, CancellationToken cancellationToken = default) =>
            handle.OnThread(Downloading(url, to, true, options, cancellationToken));

        /// <inheritdoc cref="DownloadFile(string, string, CallOptions, CancellationToken)"/>
        public Task<long> DownloadFileAsync(
            string url, string path, CallOptions? options = null, CancellationToken cancellationToken = default) =>
            handle.OnThread(DownloadingFile(url, path, options, cancellationToken));

        /// <inheritdoc cref="Done(IEnumerable{Receipt}, PacketKind, Format, CallOptions, CancellationToken)"/>
        public Task DoneAsync(
            IEnumerable<Receipt> receipts, PacketKind kind = PacketKind.Packet, Format format = Format.Default,
            CallOptions? options = null, CancellationToken cancellationToken = default) =>
            handle.OnThread(MarkingDone(receipts, kind, format, options, cancellationToken));

        /// <inheritdoc cref="Check(CallOptions, CancellationToken)"/>
        public Task CheckAsync(CallOptions? options = null, CancellationToken cancellationToken = default) =>
            handle.OnThread(Checking(options, cancellationToken));
    }
}
