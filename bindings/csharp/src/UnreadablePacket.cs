using Dmerp.Native;

namespace Dmerp
{
    /// <summary>An entry of the portal's list that could not be read. Immutable.</summary>
    public sealed class UnreadablePacket
    {
        internal UnreadablePacket(in dmerp_unreadable entry)
        {
            Place = (long)entry.Place;
            Reason = Utf8.Decode(entry.Reason)!;
            Id = Utf8.Decode(entry.Id);
            ReceiptHandle = Utf8.Decode(entry.ReceiptHandle);
            Url = Utf8.Decode(entry.Url);
        }

        /// <summary>Its place in the portal's list, counted from 1.</summary>
        public long Place { get; }

        /// <summary>Why it could not be read, in a sentence.</summary>
        public string Reason { get; }

        /// <summary>The packet's id; null where it could not be read.</summary>
        public string? Id { get; }

        /// <summary>The receipt handle; null where it could not be read.</summary>
        public string? ReceiptHandle { get; }

        /// <summary>The storage path; null where it could not be read.</summary>
        public string? Url { get; }
    }
}
