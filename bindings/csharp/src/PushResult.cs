namespace Dmerp
{
    /// <summary>What became of one packet of <see cref="Client.PushMany"/>. Immutable.</summary>
    public sealed class PushResult
    {
        internal PushResult(Pushed? pushed, DmerpException? error)
        {
            Pushed = pushed;
            Error = error;
        }

        /// <summary>What the push left behind; null if the packet is not stored.</summary>
        public Pushed? Pushed { get; }

        /// <summary>Why the packet is not stored; null if it is.</summary>
        public DmerpException? Error { get; }
    }
}
