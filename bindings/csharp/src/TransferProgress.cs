namespace Dmerp
{
    /// <summary>How far the transfer of a packet's content is.</summary>
    public readonly struct TransferProgress
    {
        /// <summary>So many bytes of so many.</summary>
        public TransferProgress(long done, long? total)
        {
            Done = done;
            Total = total;
        }

        /// <summary>The bytes sent or received. It begins at 0 again when a try is repeated.</summary>
        public long Done { get; }

        /// <summary>The content's size in bytes; null where it is not known.</summary>
        public long? Total { get; }
    }
}
