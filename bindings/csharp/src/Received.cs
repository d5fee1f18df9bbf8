using System;
using System.IO;
using Dmerp.Native;

namespace Dmerp
{
    /// <summary>
    /// A packet with its content, which a <see cref="Receiver"/> handed over. Say <see cref="Done"/> when you have stored the
    /// content safely, or <see cref="Keep"/> to leave the packet in the queue. A packet that is left without either stays in the
    /// queue, too. There is nothing to dispose. Any thread may use it.
    /// </summary>
    /// <remarks>
    /// Done and Keep free the content. What was read before them stays readable; else <see cref="Content"/>,
    /// <see cref="OpenRead"/>, <see cref="Read"/> and <see cref="SaveAs"/> then throw <see cref="ObjectDisposedException"/>.
    /// Content of a packet that is left without either is freed when it is collected. The <see cref="Packet.Size"/> is that of
    /// the content, and never null.
    /// </remarks>
    public sealed class Received : Packet
    {
        private readonly Handle handle;
        private byte[]? content;
        private bool? done;

        internal Received(Handle handle) : base(
            handle.Borrow(nameof(Received), Listed), (long)handle.Borrow(nameof(Received), Native.dmerp_received_size.Invoke))
        {
            this.handle = handle;
        }

        /// <summary>
        /// The content; always the same array. A content of more than <see cref="Config.ReceiveMemoryBytes"/> is in a file, and
        /// is first read into memory: <see cref="OpenRead"/> and <see cref="SaveAs"/> avoid that.
        /// </summary>
        /// <exception cref="DmerpException">
        /// <see cref="Status.TooLarge"/>: it is in a file and larger than <see cref="Config.MaxMemoryBytes"/>;
        /// <see cref="Status.FileError"/>; <see cref="Status.OutOfMemory"/>.
        /// </exception>
        public byte[] Content => content ?? (content = handle.Borrow(nameof(Received), received =>
        {
            DmerpException.ThrowIf(Native.dmerp_received_content(received, out var data, out var len, out var error), error);
            return Utf8.Bytes(data, (long)len);
        }));

        /// <summary>
        /// The full path of the file that holds the content; null if it is in memory. The file goes with <see cref="Done"/>,
        /// <see cref="Keep"/> and <see cref="SaveAs"/>, and when this object is collected. Do not change it.
        /// </summary>
        public string? Path => handle.IsClosed ? null : handle.Borrow(nameof(Received), PathOf);

        private static NativeMethods Native => NativeMethods.Loaded;

        /// <summary>A stream that reads the content, from memory or from its file; yours to dispose.</summary>
        /// <exception cref="IOException">The file cannot be opened.</exception>
        public Stream OpenRead() =>
            content != null ? new MemoryStream(content, false) : handle.Borrow(nameof(Received), Open);

        /// <summary>A reader of the packet's records, if its content is XML; yours to dispose.</summary>
        /// <exception cref="DmerpException">
        /// An option cannot be used; <see cref="Status.FileError"/>. What is wrong with the packet comes as it is read.
        /// </exception>
        public PacketReader Read(PacketReaderOptions? options = null) => content != null ? new PacketReader(content, options)
            : handle.Borrow(nameof(Received), received => PacketReader.OfReceived(received, options));

        /// <summary>
        /// Stores the content in a file, and replaces an older file. The file appears under its name only when it is complete and
        /// flushed to the disk. A content that is in a file is moved, if <paramref name="path"/> is on the same file system.
        /// </summary>
        /// <exception cref="DmerpException"><see cref="Status.FileError"/>. The packet can then be saved elsewhere.</exception>
        public void SaveAs(string path)
        {
            var file = Utf8.Encode(path, nameof(path));
            Call((IntPtr received, out IntPtr error) => Native.dmerp_received_save_as(received, file, out error));
        }

        /// <summary>
        /// Says that you have handled the packet. The receiver will mark it done at the portal; this sends no request. While the
        /// client remembers the packet (10,000 of them), it is never handed over again. A second call does nothing.
        /// </summary>
        /// <exception cref="DmerpException">The receiver is closed. The packet stays in the queue.</exception>
        /// <exception cref="ObjectDisposedException">You kept the packet before.</exception>
        public void Done()
        {
            if (done != true)
            {
                Call(Native.dmerp_received_done);
                done = true;
                handle.Dispose();
            }
        }

        /// <summary>
        /// Leaves the packet in the queue. A later run receives it again; so does this one if it polls. A packet that was kept
        /// <see cref="Config.ReceiveMaxDeliveries"/> times goes to <see cref="Config.ReceiveDeadLetterDir"/>, if that is set. A
        /// second call does nothing.
        /// </summary>
        /// <param name="reason">Why, for the summary; null for no reason.</param>
        /// <exception cref="DmerpException">The receiver is closed.</exception>
        /// <exception cref="ObjectDisposedException">You said done before.</exception>
        public void Keep(string? reason = null)
        {
            if (done != false)
            {
                var text = reason != null ? Utf8.Encode(reason, nameof(reason)) : null;
                Call((IntPtr received, out IntPtr error) => Native.dmerp_received_keep(received, text, out error));
                done = false;
                handle.Dispose();
            }
        }

        private static dmerp_packet Listed(IntPtr received)
        {
            DmerpException.ThrowIf(Native.dmerp_received_packet(received, out var packet, out var error), error);
            return packet;
        }

        private static string? PathOf(IntPtr received) => Utf8.Decode(Native.dmerp_received_path(received));

        private Stream Open(IntPtr received) => PathOf(received) is string path
            ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete)
            : (Stream)new MemoryStream(Content, false);

        private void Call(NativeMethods.Settle function) => handle.Borrow(nameof(Received), received =>
        {
            DmerpException.ThrowIf(function(received, out var error), error);
            return true;
        });
    }
}
