using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using Dmerp.Native;

namespace Dmerp
{
    /// <summary>
    /// The way to one app area. One client serves any number of threads at once. Each verb blocks until it is done, cancelled or
    /// out of time (an hour by default), and tries again by itself what is worth it.
    /// </summary>
    /// <remarks>
    /// <para>
    /// The Async methods do the same on a thread of their own, and use a stream's asynchronous methods, where the others use its
    /// blocking ones.
    /// </para>
    /// <para>
    /// Errors of every verb: a <see cref="DmerpException"/>; <see cref="OperationCanceledException"/> after a cancel, with a
    /// <see cref="DmerpException"/> inside that tells the rest (none where the cancel ended a stream's FlushAsync);
    /// <see cref="ArgumentException"/> and its kin for what the library could not have been given;
    /// <see cref="ObjectDisposedException"/>; and what a progress or a stream threw, unchanged, in place of the library's error:
    /// a push that ended so may be stored, and only a packet id of your own is left to repeat it with.
    /// </para>
    /// </remarks>
    public sealed partial class Client : IDisposable
    {
        private readonly Handle handle;

        /// <summary>Makes a client of a configuration. It makes no request: <see cref="Check"/> tries the settings.</summary>
        /// <exception cref="ArgumentNullException"><paramref name="config"/> is null.</exception>
        /// <exception cref="DmerpException">An option is missing or contradicts another, or its file cannot be read.</exception>
        /// <exception cref="ObjectDisposedException"><paramref name="config"/> was disposed.</exception>
        public Client(Config config)
        {
            handle = (config ?? throw new ArgumentNullException(nameof(config))).MakeClient();
        }

        /// <summary>
        /// Sends a packet to a mobile user. Returning, it says that the storage has acknowledged every byte. When a push failed
        /// and is repeated, give the same packet id again (<see cref="DmerpException.PacketId"/> tells it), so that the portal
        /// knows both for the same packet.
        /// </summary>
        /// <param name="mobileUser">Who gets the packet.</param>
        /// <param name="content">
        /// The packet, as an array, a part of one, or a stream. An array is read in its place: leave it unchanged until the call
        /// is done. A stream is read from where it is to its end first (up to 1 MiB is kept in memory, more in an unnamed
        /// temporary file), and stays the caller's to dispose. What it throws ends the call and comes out of it.
        /// </param>
        /// <param name="format">What the content is: XML or JSON.</param>
        /// <param name="packetId">
        /// The packet's unique id at the portal, such as a document number; null to have a UUIDv7 made.
        /// </param>
        /// <param name="options">Timeout and progress; null for none.</param>
        /// <param name="cancellationToken">Ends the call within 250 ms.</param>
        /// <returns>The packet's id and size, and the portal's name for this synchronization.</returns>
        public Pushed Push(
            string mobileUser, byte[] content, Format format = Format.Xml, string? packetId = null, CallOptions? options = null,
            CancellationToken cancellationToken = default) =>
            Pushing(mobileUser, Segment(content), format, packetId, options, cancellationToken)();

        /// <inheritdoc cref="Push(string, byte[], Format, string, CallOptions, CancellationToken)"/>
        public Pushed Push(
            string mobileUser, ArraySegment<byte> content, Format format = Format.Xml, string? packetId = null,
            CallOptions? options = null, CancellationToken cancellationToken = default) =>
            Pushing(mobileUser, content, format, packetId, options, cancellationToken)();

        /// <inheritdoc cref="Push(string, byte[], Format, string, CallOptions, CancellationToken)"/>
        public Pushed Push(
            string mobileUser, Stream content, Format format = Format.Xml, string? packetId = null, CallOptions? options = null,
            CancellationToken cancellationToken = default) =>
            Pushing(mobileUser, content, false, format, packetId, options, cancellationToken)();

        /// <summary>
        /// Like <see cref="Push(string, byte[], Format, string, CallOptions, CancellationToken)"/>, with a file of any size,
        /// which is read in pieces as it is sent; one that changes its size meanwhile is not sent.
        /// </summary>
        /// <inheritdoc cref="Push(string, byte[], Format, string, CallOptions, CancellationToken)"/>
        public Pushed PushFile(
            string mobileUser, string path, Format format = Format.Xml, string? packetId = null, CallOptions? options = null,
            CancellationToken cancellationToken = default) =>
            PushingFile(mobileUser, path, format, packetId, options, cancellationToken)();

        /// <summary>
        /// Sends a writer's packet, which is finished first, to a mobile user. If it fails, the same writer can be pushed again.
        /// </summary>
        /// <param name="packet">The packet. Leave the writer alone until the call is done.</param>
        /// <param name="mobileUser">Who gets the packet; null for the mobile user of the writer.</param>
        /// <param name="packetId">
        /// The packet's unique id at the portal, such as a document number; null to have a UUIDv7 made.
        /// </param>
        /// <param name="options">Timeout and progress; null for none.</param>
        /// <param name="cancellationToken">Ends the call within 250 ms.</param>
        /// <inheritdoc cref="Push(string, byte[], Format, string, CallOptions, CancellationToken)"/>
        public Pushed Push(
            PacketWriter packet, string? mobileUser = null, string? packetId = null, CallOptions? options = null,
            CancellationToken cancellationToken = default) =>
            Pushing(packet, mobileUser, packetId, options, cancellationToken)();

        /// <summary>
        /// Lists the packets that mobile users sent and nobody has marked done. A listed packet is hidden from other pulls for a
        /// time that the portal sets, and listed again after it, with a new receipt handle, until <see cref="Done"/>. So one id
        /// can be seen twice. The list is whole, or an error; what of it cannot be read is in
        /// <see cref="PacketList.Unreadable"/>.
        /// </summary>
        /// <param name="kind">Which of the two lists.</param>
        /// <param name="format">The form asked of the portal.</param>
        /// <param name="options">The timeout; null for none.</param>
        /// <param name="cancellationToken">Ends the call within 250 ms.</param>
        public PacketList Pull(
            PacketKind kind = PacketKind.Packet, Format format = Format.Default, CallOptions? options = null,
            CancellationToken cancellationToken = default) =>
            Pulling(kind, format, options, cancellationToken)();

        /// <summary>
        /// Gets a temporary link to a packet's content. Whoever has it can download the packet; by the portal's page the
        /// download must begin within 15 minutes. The downloads get their own.
        /// </summary>
        /// <param name="url">The <see cref="Packet.Url"/> of a listed packet.</param>
        /// <param name="options">The timeout; null for none.</param>
        /// <param name="cancellationToken">Ends the call within 250 ms.</param>
        public string Link(string url, CallOptions? options = null, CancellationToken cancellationToken = default) =>
            Getting(Native.dmerp_client_link, link => Utf8.Decode(link)!, url, options, cancellationToken)();

        /// <summary>Downloads a packet's content, up to <see cref="Config.MaxMemoryBytes"/>. It is whole, or an error.</summary>
        /// <param name="url">The <see cref="Packet.Url"/> of a listed packet.</param>
        /// <param name="options">Timeout and progress; null for none.</param>
        /// <param name="cancellationToken">Ends the call within 250 ms.</param>
        public byte[] Download(string url, CallOptions? options = null, CancellationToken cancellationToken = default) =>
            Getting(Native.dmerp_client_download, Utf8.Bytes, url, options, cancellationToken)();

        /// <summary>
        /// Downloads a packet's content, up to <see cref="Config.MaxDownloadBytes"/>, and writes it to a stream once it is whole
        /// (until then up to 1 MiB is kept in memory, more in an unnamed temporary file). The stream is flushed, and
        /// stays the caller's to dispose. What it throws ends the call and comes out of it.
        /// </summary>
        /// <inheritdoc cref="Download(string, CallOptions, CancellationToken)"/>
        public long Download(
            string url, Stream to, CallOptions? options = null, CancellationToken cancellationToken = default) =>
            Downloading(url, to, false, options, cancellationToken)();

        /// <summary>
        /// Downloads a packet's content, up to <see cref="Config.MaxDownloadBytes"/>, to a file. The file appears under its name,
        /// replacing an older one, only when it is whole and on the disk; until then the content is in a temporary file
        /// <c>.dmerp-*.part</c> beside it, which an error or a cancel removes.
        /// </summary>
        /// <inheritdoc cref="Download(string, CallOptions, CancellationToken)"/>
        public long DownloadFile(
            string url, string path, CallOptions? options = null, CancellationToken cancellationToken = default) =>
            DownloadingFile(url, path, options, cancellationToken)();

        /// <summary>
        /// Marks packets as done: the portal lists them no more. Call it only when their content is safely kept. Repeating it is
        /// safe. More than <see cref="Config.DoneBatch"/> packets go in several requests. One that the portal refuses does not
        /// hold up the others: the exception is the first one's, and its <see cref="DmerpException.Results"/> tell what became of
        /// each. No packets, no request.
        /// </summary>
        /// <param name="receipts">The <see cref="Packet.Receipt"/> of each. It is gone through once, before the call.</param>
        /// <param name="kind">The list that they are in.</param>
        /// <param name="format">The form of the request.</param>
        /// <param name="options">The timeout; null for none.</param>
        /// <param name="cancellationToken">Ends the call within 250 ms.</param>
        public void Done(
            IEnumerable<Receipt> receipts, PacketKind kind = PacketKind.Packet, Format format = Format.Default,
            CallOptions? options = null, CancellationToken cancellationToken = default) =>
            MarkingDone(receipts, kind, format, options, cancellationToken)();

        /// <summary>
        /// Opens a receiver for a list: it downloads the list's packets, hands them over one at a time, and marks those done that
        /// you have handled. The options <c>receive.*</c> of <see cref="Config"/> set how it works. This sends no request.
        /// </summary>
        /// <param name="kind">Which of the two lists.</param>
        /// <param name="format">The form asked of the portal.</param>
        /// <param name="options">The timeout of each wait for a packet, and progress; null for none.</param>
        /// <exception cref="DmerpException">
        /// The client has another receiver of this list that has not come to its end and is not closed.
        /// </exception>
        public Receiver Receive(
            PacketKind kind = PacketKind.Packet, Format format = Format.Default, CallOptions? options = null) =>
            handle.Borrow(nameof(Client), client =>
            {
                var status = Native.dmerp_client_receive(client, (int)kind, (int)format, out var receiver, out var error);
                DmerpException.ThrowIf(status, error);
                return new Receiver(new Handle(receiver, Native.dmerp_receiver_free) { Log = handle.Log }, options);
            });

        /// <summary>
        /// Pushes many packets: <see cref="Config.PushConcurrency"/> at the same time, and those of one mobile user one after the
        /// other, in their order. A failure concerns its packet only. If the key, the app area, the certificate or the proxy is
        /// refused, no further packet is tried, and all of these get that error. Give each packet an id of its own; to send what
        /// failed, push it again with the same id (<see cref="DmerpException.PacketId"/> of its error).
        /// </summary>
        /// <param name="packets">The packets. They are gone through once, before the call.</param>
        /// <param name="options">Timeout and progress, of the whole call; null for none.</param>
        /// <param name="cancellationToken">Ends the call within 250 ms.</param>
        /// <returns>What became of each packet, in their order. Look at each <see cref="PushResult.Error"/>.</returns>
        /// <exception cref="DmerpException">
        /// Nothing was sent: a name that no URL can hold, two packets with one id, or not enough memory.
        /// </exception>
        /// <exception cref="OperationCanceledException">
        /// The call was cancelled before all was tried. The <see cref="DmerpException.Results"/> of its inner exception say of
        /// each packet whether it is stored.
        /// </exception>
        public IReadOnlyList<PushResult> PushMany(
            IEnumerable<Outgoing> packets, CallOptions? options = null, CancellationToken cancellationToken = default) =>
            PushingMany(packets, options, cancellationToken)();

        /// <summary>What the client has done so far. This sends no request, and costs next to nothing.</summary>
        public Stats Stats() => handle.Borrow(nameof(Client), client =>
        {
            var size = (UIntPtr)(uint)Marshal.SizeOf<dmerp_stats>();
            DmerpException.ThrowIf(Native.dmerp_client_stats(client, out var stats, size, out var error), error);
            return new Stats(stats);
        });

        /// <summary>
        /// Tries the settings, without touching any packet. Each cause has its own status: the key, the area, the network, the
        /// certificate, or something else at the base URL. Where the portal answers a wrong area exactly as a wrong key, that is
        /// <see cref="Status.AuthenticationFailed"/>.
        /// </summary>
        /// <param name="options">The timeout; null for none.</param>
        /// <param name="cancellationToken">Ends the call within 250 ms.</param>
        public void Check(CallOptions? options = null, CancellationToken cancellationToken = default) =>
            Checking(options, cancellationToken)();

        /// <summary>
        /// Frees the client, its connections and its copy of the API key. It does not wait: verbs that still run come to their
        /// own end, and the last of them frees the client. Disposing twice is harmless.
        /// </summary>
        public void Dispose() => handle.Dispose();
    }
}
