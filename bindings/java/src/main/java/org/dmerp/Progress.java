package org.dmerp;

import java.util.OptionalLong;

/** How far a call is that transfers content. Immutable. */
public final class Progress {
    private final long done;
    private final long total;
    private final long packets;
    private final long packetsTotal;

    Progress(Abi.dmerp_progress progress) {
        this.done = progress.done;
        this.total = progress.total;
        this.packets = progress.packets;
        this.packetsTotal = progress.packets_total;
    }

    /** How many bytes of content are transferred. What a failed try has moved is taken back. */
    public long getDone() {
        return done;
    }

    /** How many bytes there are in all. Empty where that is not known, as in a receiver. */
    public OptionalLong getTotal() {
        return total == 0 ? OptionalLong.empty() : OptionalLong.of(total);
    }

    /** How many packets are transferred completely. */
    public long getPackets() {
        return packets;
    }

    /** How many packets the call transfers in all. Empty in a receiver, which does not know it. */
    public OptionalLong getPacketsTotal() {
        return packetsTotal == 0 ? OptionalLong.empty() : OptionalLong.of(packetsTotal);
    }

    @Override
    public String toString() {
        return "Progress[done=" + done + ", total=" + total + ", packets=" + packets + "]";
    }
}
