namespace Dmerp
{
    /// <summary>Which of an app area's two lists of pending packets is meant.</summary>
    public enum PacketKind
    {
        /// <summary>Synchronization packets.</summary>
        Packet = 0,

        /// <summary>Images and other big files.</summary>
        File = 1,
    }
}
