package org.dmerp;

import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.Pointer;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.RandomAccess;

/** The packets that a pull listed, and the entries that could not be read. Immutable. */
public final class PacketList extends AbstractList<Packet> implements RandomAccess {
    private final Packet[] packets;
    private final List<UnreadablePacket> unreadable;

    /** Copies what the library's list holds. */
    PacketList(Pointer list) throws DmerpException {
        packets = new Packet[abi().dmerp_packets_len(list).intValue()];
        Abi.dmerp_packet packet = new Abi.dmerp_packet();
        packet.setAutoWrite(false);
        for (int i = 0; i < packets.length; i++) {
            Abi.SizeT index = new Abi.SizeT(i);
            DmerpException.check(error -> abi().dmerp_packets_get(list, index, packet, error));
            packets[i] = new Packet(packet);
        }
        UnreadablePacket[] entries =
                new UnreadablePacket[abi().dmerp_packets_unreadable_len(list).intValue()];
        Abi.dmerp_unreadable entry = new Abi.dmerp_unreadable();
        entry.setAutoWrite(false);
        for (int i = 0; i < entries.length; i++) {
            Abi.SizeT index = new Abi.SizeT(i);
            DmerpException.check(
                    error -> abi().dmerp_packets_unreadable_get(list, index, entry, error));
            entries[i] = new UnreadablePacket(entry);
        }
        unreadable = Collections.unmodifiableList(Arrays.asList(entries));
    }

    @Override
    public int size() {
        return packets.length;
    }

    @Override
    public Packet get(int index) {
        return packets[index];
    }

    /**
     * The entries of the portal's list that could not be read. They are listed again later, as
     * every packet that is not marked done. Tell an operator about them.
     */
    public List<UnreadablePacket> getUnreadable() {
        return unreadable;
    }
}
