package org.dmerp;

import static org.dmerp.DmerpException.checkState;
import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.Pointer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** What became of a receiver's run: {@link Receiver#summary()}. Immutable. */
public final class Summary {
    private final Abi.dmerp_totals totals = new Abi.dmerp_totals();
    private final List<Left> left;

    /** Copies what a native summary holds; it stays the caller's. */
    Summary(Pointer summary) {
        Abi.SizeT size = new Abi.SizeT(totals.size());
        checkState(error -> abi().dmerp_summary_totals(summary, totals, size, error));
        Left[] each = new Left[abi().dmerp_summary_left_len(summary).intValue()];
        Abi.dmerp_left one = new Abi.dmerp_left();
        one.setAutoWrite(false);
        for (int i = 0; i < each.length; i++) {
            Abi.SizeT index = new Abi.SizeT(i);
            checkState(error -> abi().dmerp_summary_left_get(summary, index, one, error));
            each[i] = new Left(one);
        }
        left = Collections.unmodifiableList(Arrays.asList(each));
    }

    /** How many lists the portal sent. */
    public long getLists() {
        return totals.lists;
    }

    /** How many packets were listed, each id counted once. */
    public long getListed() {
        return totals.listed;
    }

    /** How many packets were handed over. */
    public long getHandedOver() {
        return totals.handed_over;
    }

    /** How many bytes of content the packets had that were handed over. */
    public long getBytes() {
        return totals.bytes;
    }

    /** How many packets were {@link Received#done() done}. */
    public long getDone() {
        return totals.done;
    }

    /**
     * How many handled packets are marked done at the portal. One of an earlier run counts, too, if
     * this run marked it.
     */
    public long getMarked() {
        return totals.marked;
    }

    /** How many packets were listed again and not handed over again. */
    public long getRepeated() {
        return totals.repeated;
    }

    /** How many packets went to the {@link Config#receiveDeadLetterDir}. */
    public long getDeadLettered() {
        return totals.dead_lettered;
    }

    /** How many packets were left behind. */
    public long getLeftCount() {
        return totals.left;
    }

    /** The packets that were left behind, the latest 10,000 of them. The list cannot be changed. */
    public List<Left> getLeft() {
        return left;
    }

    /**
     * How long the portal hides a listed packet: the shortest time that this client has seen
     * between two lists of one packet. The portal does not publish it. Empty if no packet was
     * listed twice.
     */
    public Optional<Duration> getHidden() {
        return totals.hidden_ms == 0
                ? Optional.empty()
                : Optional.of(Duration.ofMillis(totals.hidden_ms));
    }

    @Override
    public String toString() {
        return "Summary[handedOver="
                + totals.handed_over
                + ", marked="
                + totals.marked
                + ", leftCount="
                + totals.left
                + "]";
    }
}
