using Dmerp.Native;

namespace Dmerp
{
    /// <summary>A packet that a receiver's run left behind. Immutable.</summary>
    public sealed class LeftPacket
    {
        internal LeftPacket(in dmerp_left left)
        {
            Id = Utf8.Decode(left.Id);
            MobileUser = Utf8.Decode(left.MobileUser);
            Why = (LeftWhy)left.Why;
            Status = (Status)left.Status;
            Reason = Utf8.Decode(left.Reason)!;
        }

        /// <summary>The packet's id; null if its entry in the list has none.</summary>
        public string? Id { get; }

        /// <summary>The mobile user who sent it; null if the portal did not say so.</summary>
        public string? MobileUser { get; }

        /// <summary>Why it was left.</summary>
        public LeftWhy Why { get; }

        /// <summary>The status of the error behind it; <see cref="Status.Ok"/> if there was none.</summary>
        public Status Status { get; }

        /// <summary>Why it was left, in words, on one line.</summary>
        public string Reason { get; }
    }
}
