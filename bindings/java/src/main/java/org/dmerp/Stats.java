package org.dmerp;

import static org.dmerp.DmerpException.checkState;
import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.Pointer;
import java.time.Instant;
import java.util.Optional;

/**
 * What a client has done since it was made, as of one moment: {@link Client#stats()}. Receivers and
 * {@link Client#pushMany} count for their client. Immutable.
 */
public final class Stats {
    private final Abi.dmerp_stats stats = new Abi.dmerp_stats();

    Stats(Pointer client) {
        Abi.SizeT size = new Abi.SizeT(stats.size());
        checkState(error -> abi().dmerp_client_stats(client, stats, size, error));
    }

    private static Optional<Instant> time(long milliseconds) {
        return milliseconds == 0
                ? Optional.empty()
                : Optional.of(Instant.ofEpochMilli(milliseconds));
    }

    /** How many HTTP requests it made, repeated ones included. */
    public long getRequests() {
        return stats.requests;
    }

    /** How many of these repeated a failed one. */
    public long getRetries() {
        return stats.retries;
    }

    /** How many bytes of content it uploaded, repeated tries included. */
    public long getBytesSent() {
        return stats.bytes_sent;
    }

    /** How many bytes of content it downloaded, repeated tries included. */
    public long getBytesReceived() {
        return stats.bytes_received;
    }

    /** How many connections it opened to the portal, the storage or a proxy. */
    public long getConnectionsOpened() {
        return stats.connections_opened;
    }

    /** How many packets the storage has acknowledged. */
    public long getPacketsPushed() {
        return stats.packets_pushed;
    }

    /** How many packets it downloaded completely. */
    public long getPacketsReceived() {
        return stats.packets_received;
    }

    /** How many packets it marked done at the portal. */
    public long getPacketsDone() {
        return stats.packets_done;
    }

    /**
     * How many packets of receivers are {@link Received#done() done} and not marked at the portal
     * yet.
     */
    public long getUnmarked() {
        return stats.unmarked;
    }

    /** When the oldest of these was done. Empty if there is none. */
    public Optional<Instant> getOldestUnmarkedAt() {
        return time(stats.oldest_unmarked_at);
    }

    /** When a check last succeeded. Empty if none did. */
    public Optional<Instant> getLastCheckAt() {
        return time(stats.last_check_at);
    }

    /** When a push last succeeded. Empty if none did. */
    public Optional<Instant> getLastPushAt() {
        return time(stats.last_push_at);
    }

    /** When a pull, or a receiver's list, last succeeded. Empty if none did. */
    public Optional<Instant> getLastPullAt() {
        return time(stats.last_pull_at);
    }

    /** When a link was last fetched; each download fetches one. Empty if none was. */
    public Optional<Instant> getLastLinkAt() {
        return time(stats.last_link_at);
    }

    /** When a download last succeeded. Empty if none did. */
    public Optional<Instant> getLastDownloadAt() {
        return time(stats.last_download_at);
    }

    /** When packets were last marked done. Empty if none were. */
    public Optional<Instant> getLastDoneAt() {
        return time(stats.last_done_at);
    }

    @Override
    public String toString() {
        return "Stats[requests="
                + stats.requests
                + ", packetsPushed="
                + stats.packets_pushed
                + ", packetsReceived="
                + stats.packets_received
                + ", packetsDone="
                + stats.packets_done
                + "]";
    }
}
