using System;
using Dmerp.Native;

namespace Dmerp
{
    /// <summary>What a push left behind, for tracing. Immutable.</summary>
    public sealed class Pushed
    {
        internal Pushed(IntPtr pushed)
        {
            PacketId = Utf8.Decode(NativeMethods.Loaded.dmerp_pushed_packet_id(pushed))!;
            SyncLogId = Utf8.Decode(NativeMethods.Loaded.dmerp_pushed_sync_log_id(pushed));
            Size = (long)NativeMethods.Loaded.dmerp_pushed_size(pushed);
        }

        /// <summary>The packet's unique id: the caller's, or the one made for this push.</summary>
        public string PacketId { get; }

        /// <summary>The portal's name for this synchronization, for asking Dynamics Mobile about it; null for none.</summary>
        public string? SyncLogId { get; }

        /// <summary>The content's size in bytes.</summary>
        public long Size { get; }

        /// <summary>Of each result of a batch; null where the packet is not stored.</summary>
        internal static Pushed?[] Each(IntPtr results)
        {
            var native = NativeMethods.Loaded;
            var each = new Pushed?[(int)native.dmerp_results_len(results)];
            for (var i = 0; i < each.Length; i++)
            {
                var pushed = native.dmerp_results_pushed(results, (UIntPtr)(uint)i);
                try
                {
                    each[i] = pushed != IntPtr.Zero ? new Pushed(pushed) : null;
                }
                finally
                {
                    native.dmerp_pushed_free(pushed);
                }
            }
            return each;
        }

        /// <summary>For logs and the debugger.</summary>
        public override string ToString() => $"Pushed {{ PacketId = {PacketId}, SyncLogId = {SyncLogId}, Size = {Size} }}";
    }
}
