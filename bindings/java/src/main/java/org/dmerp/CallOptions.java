package org.dmerp;

import java.time.Duration;
import java.util.Objects;

/**
 * How one call is made: its timeout, who is told its progress, and what can cancel it. Immutable:
 * each method returns changed options.
 */
public final class CallOptions {
    static final CallOptions NONE = new CallOptions();

    /** Zero where the call has no limit of its own. */
    final long timeoutMilliseconds;

    /** Null for nobody. */
    final ProgressListener progress;

    private final Cancellation cancellation;

    /** Makes options that leave everything to the client's configuration. */
    public CallOptions() {
        this(0, null, null);
    }

    private CallOptions(
            long timeoutMilliseconds, ProgressListener progress, Cancellation cancellation) {
        this.timeoutMilliseconds = timeoutMilliseconds;
        this.progress = progress;
        this.cancellation = cancellation;
    }

    /**
     * Limits the time of the whole call, its retries included. A call that runs out of time fails
     * with {@link Status#TIMED_OUT}. It cannot extend the option {@code timeout.overall_ms}.
     *
     * @param timeout more than zero; part of a millisecond counts as a whole one
     */
    public CallOptions timeout(Duration timeout) {
        long milliseconds = Arguments.milliseconds("timeout", timeout);
        if (milliseconds <= 0) {
            throw new IllegalArgumentException("timeout is " + timeout + ", not more than zero");
        }
        return new CallOptions(milliseconds, progress, cancellation);
    }

    /** Tells a listener the progress of a transfer. */
    public CallOptions progress(ProgressListener listener) {
        return new CallOptions(
                timeoutMilliseconds, Objects.requireNonNull(listener, "listener"), cancellation);
    }

    /** Lets another thread cancel the call. */
    public CallOptions cancellation(Cancellation cancellation) {
        return new CallOptions(
                timeoutMilliseconds,
                progress,
                Objects.requireNonNull(cancellation, "cancellation"));
    }

    boolean isCancelled() {
        return cancellation != null && cancellation.isCancelled();
    }
}
