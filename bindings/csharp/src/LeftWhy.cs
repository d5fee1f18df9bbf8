namespace Dmerp
{
    /// <summary>Why a packet was left behind.</summary>
    public enum LeftWhy
    {
        /// <summary>You kept it in the queue.</summary>
        Kept = 1,

        /// <summary>You got it, and said neither done nor keep.</summary>
        Unsettled = 2,

        /// <summary>Its download failed.</summary>
        NotDownloaded = 3,

        /// <summary>It was not handed over within <see cref="Config.ReceiveLease"/> of its listing.</summary>
        Lapsed = 4,

        /// <summary>The run ended before it was handed over.</summary>
        NotHandedOver = 5,

        /// <summary>Its entry in the list cannot be read.</summary>
        Unreadable = 6,

        /// <summary>
        /// You have handled it, but it is not marked: the portal refused, or the request failed. If this client receives it
        /// again, it marks it and does not hand it over again.
        /// </summary>
        NotMarked = 7,

        /// <summary>
        /// Like <see cref="NotMarked"/>, but the portal may have marked it: the request was sent and not answered.
        /// </summary>
        MarkUnknown = 8,
    }
}
