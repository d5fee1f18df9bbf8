using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Dmerp.Native;

namespace Dmerp
{
    // Each verb on a thread of its own. Arguments are checked before the method returns; every other error, and a cancel, is the
    // task's.
    public sealed partial class Client
    {
        /// <inheritdoc cref="Push(string, byte[], Format, string, CallOptions, CancellationToken)"/>
        public Task<Pushed> PushAsync(
            string mobileUser, byte[] content, Format format = Format.Xml, string packetId = null, CallOptions options = null,
            CancellationToken cancellationToken = default) =>
            Background.Run(Pushing(mobileUser, Segment(content), format, packetId, options, cancellationToken));

        /// <inheritdoc cref="Push(string, ArraySegment{byte}, Format, string, CallOptions, CancellationToken)"/>
        public Task<Pushed> PushAsync(
            string mobileUser, ArraySegment<byte> content, Format format = Format.Xml, string packetId = null,
            CallOptions options = null, CancellationToken cancellationToken = default) =>
            Background.Run(Pushing(mobileUser, content, format, packetId, options, cancellationToken));

        /// <inheritdoc cref="Push(string, Stream, Format, string, CallOptions, CancellationToken)"/>
        public Task<Pushed> PushAsync(
            string mobileUser, Stream content, Format format = Format.Xml, string packetId = null, CallOptions options = null,
            CancellationToken cancellationToken = default) =>
            Background.Run(Pushing(mobileUser, content, true, format, packetId, options, cancellationToken));

        /// <inheritdoc cref="PushFile(string, string, Format, string, CallOptions, CancellationToken)"/>
        public Task<Pushed> PushFileAsync(
            string mobileUser, string path, Format format = Format.Xml, string packetId = null, CallOptions options = null,
            CancellationToken cancellationToken = default) =>
            Background.Run(PushingFile(mobileUser, path, format, packetId, options, cancellationToken));

        /// <inheritdoc cref="Pull(PacketKind, Format, CallOptions, CancellationToken)"/>
        public Task<PacketList> PullAsync(
            PacketKind kind = PacketKind.Packet, Format format = Format.Default, CallOptions options = null,
            CancellationToken cancellationToken = default) =>
            Background.Run(Pulling(kind, format, options, cancellationToken));

        /// <inheritdoc cref="Link(string, CallOptions, CancellationToken)"/>
        public Task<string> LinkAsync(string url, CallOptions options = null, CancellationToken cancellationToken = default) =>
            Background.Run(Linking(url, options, cancellationToken));

        /// <inheritdoc cref="Download(string, CallOptions, CancellationToken)"/>
        public Task<byte[]> DownloadAsync(
            string url, CallOptions options = null, CancellationToken cancellationToken = default) =>
            Background.Run(Downloading(url, options, cancellationToken));

        /// <inheritdoc cref="Download(string, Stream, CallOptions, CancellationToken)"/>
        public Task<long> DownloadAsync(
            string url, Stream to, CallOptions options = null, CancellationToken cancellationToken = default) =>
            Background.Run(Downloading(url, to, true, options, cancellationToken));

        /// <inheritdoc cref="DownloadFile(string, string, CallOptions, CancellationToken)"/>
        public Task<long> DownloadFileAsync(
            string url, string path, CallOptions options = null, CancellationToken cancellationToken = default) =>
            Background.Run(DownloadingFile(url, path, options, cancellationToken));

        /// <inheritdoc cref="Done(IEnumerable{Receipt}, PacketKind, Format, CallOptions, CancellationToken)"/>
        public Task DoneAsync(
            IEnumerable<Receipt> receipts, PacketKind kind = PacketKind.Packet, Format format = Format.Default,
            CallOptions options = null, CancellationToken cancellationToken = default) =>
            Background.Run(MarkingDone(receipts, kind, format, options, cancellationToken));

        /// <inheritdoc cref="Check(CallOptions, CancellationToken)"/>
        public Task CheckAsync(CallOptions options = null, CancellationToken cancellationToken = default) =>
            Background.Run(Checking(options, cancellationToken));
    }
}
