using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Runtime.InteropServices;
using Dmerp.Native;

namespace Dmerp
{
    /// <summary>What became of a receiver's run. Immutable.</summary>
    public sealed class Summary
    {
        private readonly dmerp_totals totals;

        internal Summary(IntPtr summary)
        {
            var native = NativeMethods.Loaded;
            var size = (UIntPtr)(uint)Marshal.SizeOf<dmerp_totals>();
            DmerpException.ThrowIf(native.dmerp_summary_totals(summary, out totals, size, out var error), error);
            var left = new LeftPacket[(int)native.dmerp_summary_left_len(summary)];
            for (var i = 0; i < left.Length; i++)
            {
                DmerpException.ThrowIf(native.dmerp_summary_left_get(summary, (UIntPtr)(uint)i, out var one, out error), error);
                left[i] = new LeftPacket(one);
            }
            Left = new ReadOnlyCollection<LeftPacket>(left);
        }

        /// <summary>The lists that the portal sent.</summary>
        public long Lists => (long)totals.Lists;

        /// <summary>The packets listed, each id counted once.</summary>
        public long Listed => (long)totals.Listed;

        /// <summary>The packets handed over.</summary>
        public long HandedOver => (long)totals.HandedOver;

        /// <summary>The content bytes of the packets handed over.</summary>
        public long Bytes => (long)totals.Bytes;

        /// <summary>The packets of which you said done.</summary>
        public long Done => (long)totals.Done;

        /// <summary>
        /// The handled packets that are marked done at the portal. An earlier run's packet counts, too, if this run marked it.
        /// </summary>
        public long Marked => (long)totals.Marked;

        /// <summary>The packets that were listed again and not handed over again.</summary>
        public long Repeated => (long)totals.Repeated;

        /// <summary>The packets that went to <see cref="Config.ReceiveDeadLetterDir"/>.</summary>
        public long DeadLettered => (long)totals.DeadLettered;

        /// <summary>The number of packets left behind.</summary>
        public long LeftCount => (long)totals.Left;

        /// <summary>The packets left behind; of more than 10,000 the latest.</summary>
        public IReadOnlyList<LeftPacket> Left { get; }

        /// <summary>
        /// How long the portal hides a listed packet: the shortest time that this client has seen between two lists of one
        /// packet. The portal does not publish it. Null if no packet was listed twice.
        /// </summary>
        public TimeSpan? Hidden => totals.HiddenMs > 0 ? TimeSpan.FromMilliseconds(totals.HiddenMs) : (TimeSpan?)null;
    }
}
