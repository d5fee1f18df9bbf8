using System.Collections.Generic;
using Dmerp.Native;

namespace Dmerp
{
    /// <summary>One packet of a list. Immutable. All of it comes from outside: use none of it as a file's path.</summary>
    public class Packet
    {
        internal Packet(in dmerp_packet packet, long? size = null)
        {
            Receipt = new Receipt(Utf8.Decode(packet.Id)!, Utf8.Decode(packet.ReceiptHandle)!);
            Url = Utf8.Decode(packet.Url)!;
            MobileUser = Utf8.Decode(packet.MobileUser);
            CompanyId = Utf8.Decode(packet.CompanyId);
            AppCode = Utf8.Decode(packet.AppCode);
            PacketType = Utf8.Decode(packet.PacketType);
            OnDate = Utf8.Decode(packet.OnDate);
            Size = size ?? (packet.Size >= 0 ? packet.Size : (long?)null);
            Other = Utf8.Pairs(packet.Other, packet.OtherLen);
        }

        /// <summary>The packet's id. The same packet can be listed again, so one id can be seen twice.</summary>
        public string Id => Receipt.Id;

        /// <summary>Proof of this delivery. It belongs to this listing and grows stale.</summary>
        public string ReceiptHandle => Receipt.ReceiptHandle;

        /// <summary>What marks this delivery as done: see <see cref="Client.Done"/>.</summary>
        public Receipt Receipt { get; }

        /// <summary>The storage path, for the downloads and <see cref="Client.Link"/>.</summary>
        public string Url { get; }

        /// <summary>The mobile user who sent it; null where the portal did not tell.</summary>
        public string? MobileUser { get; }

        /// <summary>The company; null where the portal did not tell.</summary>
        public string? CompanyId { get; }

        /// <summary>The mobile app; null where the portal did not tell.</summary>
        public string? AppCode { get; }

        /// <summary>What the content is, "data" or "image" as far as is known; null where the portal did not tell.</summary>
        public string? PacketType { get; }

        /// <summary>When it was sent, such as "2021-07-14T09:42:19.382Z"; null where the portal did not tell.</summary>
        public string? OnDate { get; }

        /// <summary>The content's size in bytes; null where the portal did not tell.</summary>
        public long? Size { get; }

        /// <summary>The portal's further fields, by its names for them: fields can appear without notice.</summary>
        public IReadOnlyDictionary<string, string> Other { get; }

        /// <summary>For logs and the debugger.</summary>
        public override string ToString() => $"Packet {{ Id = {Id}, Url = {Url}, MobileUser = {MobileUser} }}";
    }
}
