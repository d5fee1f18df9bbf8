package org.dmerp;

/**
 * Cancels calls from another thread. Give it to calls with {@link
 * CallOptions#cancellation(Cancellation)}. One may serve any number of calls, until it is
 * cancelled.
 */
public final class Cancellation {
    private volatile boolean cancelled;

    /**
     * Ends every call that has this, within 250 milliseconds, with a {@link
     * java.util.concurrent.CancellationException}. A call that is made with it later ends at once.
     * Any thread may call this, also in a callback.
     */
    public void cancel() {
        cancelled = true;
    }

    /** Whether {@link #cancel()} was called. */
    public boolean isCancelled() {
        return cancelled;
    }
}
