using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using Dmerp.Native;

namespace Dmerp
{
    /// <summary>The packets that a pull listed, in the portal's order. Immutable, with nothing to dispose.</summary>
    public sealed class PacketList : ReadOnlyCollection<Packet>
    {
        internal PacketList(IntPtr list) : base(new Packet[(int)NativeMethods.Loaded.dmerp_packets_len(list)])
        {
            var native = NativeMethods.Loaded;
            for (var i = 0; i < Count; i++)
            {
                DmerpException.ThrowIf(native.dmerp_packets_get(list, (UIntPtr)(uint)i, out var packet, out var error), error);
                Items[i] = new Packet(packet);
            }
            var unreadable = new UnreadablePacket[(int)native.dmerp_packets_unreadable_len(list)];
            for (var i = 0; i < unreadable.Length; i++)
            {
                var status = native.dmerp_packets_unreadable_get(list, (UIntPtr)(uint)i, out var entry, out var error);
                DmerpException.ThrowIf(status, error);
                unreadable[i] = new UnreadablePacket(entry);
            }
            Unreadable = new ReadOnlyCollection<UnreadablePacket>(unreadable);
        }

        /// <summary>
        /// The entries of the list that could not be read. They stay at the portal and hold up no other packet. Tell somebody:
        /// each is a packet that nobody gets.
        /// </summary>
        public IReadOnlyList<UnreadablePacket> Unreadable { get; }
    }
}
