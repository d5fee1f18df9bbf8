using Dmerp.Native;

namespace Dmerp
{
    /// <summary>The progress of a call that transfers content.</summary>
    public readonly struct TransferProgress
    {
        internal TransferProgress(in dmerp_progress progress)
        {
            Done = (long)progress.Done;
            Total = progress.Total > 0 ? (long)progress.Total : (long?)null;
            Packets = (long)progress.Packets;
            PacketsTotal = progress.PacketsTotal > 0 ? (long)progress.PacketsTotal : (long?)null;
        }

        /// <summary>The content bytes sent or received so far. What a failed try has moved is taken back.</summary>
        public long Done { get; }

        /// <summary>All content bytes of the call; null if they are not known. A receiver does not know them.</summary>
        public long? Total { get; }

        /// <summary>The packets sent or received completely.</summary>
        public long Packets { get; }

        /// <summary>All packets of the call; null for a receiver, which does not know them.</summary>
        public long? PacketsTotal { get; }
    }
}
