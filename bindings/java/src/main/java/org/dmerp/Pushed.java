package org.dmerp;

import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.Pointer;
import java.util.Optional;

/** What a push left behind, for tracing. Immutable. */
public final class Pushed {
    private final String packetId;
    private final String syncLogId;

    /** Copies what a native handle holds; it stays the caller's. */
    Pushed(Pointer pushed) {
        this.packetId = Text.fromNative(abi().dmerp_pushed_packet_id(pushed));
        this.syncLogId =
                Text.optionalFromNative(abi().dmerp_pushed_sync_log_id(pushed)).orElse(null);
    }

    /**
     * The packet's unique id.
     *
     * @return the caller's id, or the one made for this push
     */
    public String getPacketId() {
        return packetId;
    }

    /**
     * The portal's name for this synchronization, for asking Dynamics Mobile about it.
     *
     * @return empty where the portal gave none
     */
    public Optional<String> getSyncLogId() {
        return Optional.ofNullable(syncLogId);
    }

    @Override
    public String toString() {
        return "Pushed[packetId=" + packetId + ", syncLogId=" + syncLogId + "]";
    }
}
