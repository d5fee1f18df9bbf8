package org.dmerp;

import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.Pointer;
import java.util.Optional;

/** What a push left behind, for tracing. Immutable. */
public final class Pushed {
    private final String packetId;
    private final String syncLogId;
    private final long size;

    /** Copies what a native handle holds; it stays the caller's. */
    Pushed(Pointer pushed) {
        this.packetId = abi().dmerp_pushed_packet_id(pushed);
        this.syncLogId = abi().dmerp_pushed_sync_log_id(pushed);
        this.size = abi().dmerp_pushed_size(pushed);
    }

    /** The packet's unique id: the caller's, or the one made for this push. */
    public String getPacketId() {
        return packetId;
    }

    /** The portal's name for this synchronization, for asking Dynamics Mobile about it. */
    public Optional<String> getSyncLogId() {
        return Optional.ofNullable(syncLogId);
    }

    /** The packet's size in bytes. */
    public long getSize() {
        return size;
    }

    @Override
    public String toString() {
        return "Pushed[packetId=" + packetId + ", syncLogId=" + syncLogId + ", size=" + size + "]";
    }
}
