using System;
using System.Collections.Generic;
using Dmerp.Native;

namespace Dmerp
{
    /// <summary>A packet for <see cref="Client.PushMany"/>. Immutable; any number of calls may use it.</summary>
    public sealed class Outgoing
    {
        private readonly byte[] user;
        private readonly byte[]? id;
        private readonly byte[] content; // or the path of a file
        private readonly bool isFile;

        /// <summary>
        /// A packet whose content is in memory. Give the same array to all packets that have this content: it is then kept once.
        /// Leave it unchanged until the call is done.
        /// </summary>
        /// <param name="mobileUser">Who gets the packet.</param>
        /// <param name="content">The packet.</param>
        /// <param name="format">What the content is: XML or JSON.</param>
        /// <param name="packetId">
        /// The packet's unique id at the portal, such as a document number; null to have a UUIDv7 made in each call.
        /// </param>
        /// <exception cref="ArgumentException">A text or the content is null, or a text holds a NUL.</exception>
        public Outgoing(string mobileUser, byte[] content, Format format = Format.Xml, string? packetId = null)
            : this(mobileUser, content ?? throw new ArgumentNullException(nameof(content)), false, format, packetId)
        {
        }

        private Outgoing(string mobileUser, byte[] content, bool isFile, Format format, string? packetId)
        {
            user = Utf8.Encode(mobileUser, nameof(mobileUser));
            id = packetId != null ? Utf8.Encode(packetId, nameof(packetId)) : null;
            this.content = content;
            this.isFile = isFile;
            MobileUser = mobileUser;
            Format = format;
            PacketId = packetId;
        }

        /// <summary>Who gets the packet.</summary>
        public string MobileUser { get; }

        /// <summary>What the content is.</summary>
        public Format Format { get; }

        /// <summary>The packet's unique id; null to have one made.</summary>
        public string? PacketId { get; }

        /// <summary>A packet whose content is a file, which is read when the packet is sent.</summary>
        /// <inheritdoc cref="Outgoing(string, byte[], Format, string)"/>
        public static Outgoing FromFile(
            string mobileUser, string path, Format format = Format.Xml, string? packetId = null) =>
            new Outgoing(mobileUser, Utf8.Encode(path, nameof(path)), true, format, packetId);

        /// <summary>Adds the packet to a batch of the library, and its content if the batch does not have it yet.</summary>
        internal void AddTo(IntPtr batch, Dictionary<byte[], UIntPtr> contents)
        {
            var native = NativeMethods.Loaded;
            if (!contents.TryGetValue(content, out var number)) // arrays are equal if they are the same
            {
                IntPtr problem;
                var status = isFile ? native.dmerp_batch_content_file(batch, content, out number, out problem)
                    : native.dmerp_batch_content(batch, content, (UIntPtr)(uint)content.Length, out number, out problem);
                DmerpException.ThrowIf(status, problem);
                contents.Add(content, number);
            }
            DmerpException.ThrowIf(native.dmerp_batch_add(batch, user, (int)Format, number, id, out var error), error);
        }
    }
}
