package org.dmerp;

import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.Pointer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** What became of one packet of a {@link Client#pushMany}: it is stored, or failed. Immutable. */
public final class PushResult {
    private final Pushed pushed;
    private final DmerpException failure;

    private PushResult(Pushed pushed, DmerpException failure) {
        this.pushed = pushed;
        this.failure = failure;
    }

    /** Copies what native results hold; they stay the caller's. */
    static List<PushResult> copy(Pointer results) {
        PushResult[] each = new PushResult[abi().dmerp_results_len(results).intValue()];
        for (int i = 0; i < each.length; i++) {
            Abi.SizeT index = new Abi.SizeT(i);
            int status = abi().dmerp_results_status(results, index);
            Pointer pushed = abi().dmerp_results_pushed(results, index);
            Pointer error = abi().dmerp_results_error(results, index);
            each[i] =
                    new PushResult(
                            pushed == null ? null : new Pushed(pushed),
                            DmerpException.of(status, error, null));
            abi().dmerp_pushed_free(pushed);
        }
        return Collections.unmodifiableList(Arrays.asList(each));
    }

    /** Whether the storage has acknowledged every byte. */
    public boolean isStored() {
        return failure == null;
    }

    /** What the push left behind. Empty if it failed. */
    public Optional<Pushed> getPushed() {
        return Optional.ofNullable(pushed);
    }

    /** Why the packet is not stored. Empty if it is. It tells the packet id. */
    public Optional<DmerpException> getFailure() {
        return Optional.ofNullable(failure);
    }

    boolean isCancelled() {
        return failure != null && failure.getStatus() == Status.CANCELLED;
    }

    @Override
    public String toString() {
        return isStored() ? pushed.toString() : failure.toString();
    }
}
