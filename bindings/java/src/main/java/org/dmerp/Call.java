package org.dmerp;

import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.ptr.PointerByReference;
import java.time.Duration;

/**
 * Controls calls: their deadline, their progress, and their end before time. Make one, set it up,
 * make calls with {@link Client#with(Call)}, and cancel it from any other thread. It may be used
 * for several calls, in turn or at once, until it is cancelled. Any number of threads may use one
 * at once.
 */
public final class Call implements AutoCloseable {
    private final Handle handle;
    private volatile ProgressListener listener;

    /**
     * Makes a control that sets no limit yet.
     *
     * @throws DmerpException for a defect of the native library
     */
    public Call() throws DmerpException {
        PointerByReference call = new PointerByReference();
        Outcome.check(error -> abi().dmerp_call_new(call, error));
        handle = new Handle(this, call.getValue(), abi()::dmerp_call_free);
        try (Handle.Use use = use()) {
            Outcome.check(
                    error ->
                            abi().dmerp_call_set_waiting(
                                            use.pointer(), RunningVerb.WAITING, null, error));
        }
    }

    /**
     * Sets the time that a whole call may take, its retries included, from when the call is made.
     * It cannot extend the option {@code timeout.overall_ms}. Counts for calls made afterwards. A
     * call that runs out of time ends with a {@link TimedOutException}.
     *
     * @param limit at least a millisecond
     * @return this
     * @throws DmerpException for a defect of the native library
     */
    public Call deadline(Duration limit) throws DmerpException {
        // The library takes an unsigned number and refuses 0.
        long milliseconds = Math.max(0, Milliseconds.of("limit", limit));
        try (Handle.Use call = use()) {
            Outcome.check(
                    error -> abi().dmerp_call_set_deadline_ms(call.pointer(), milliseconds, error));
        }
        return this;
    }

    /**
     * Sets who is told the progress of transfers. Counts for calls made afterwards.
     *
     * @param listener null for nobody, as it is at first
     * @return this
     * @throws DmerpException for a defect of the native library
     */
    public synchronized Call progress(ProgressListener listener) throws DmerpException {
        Abi.dmerp_progress_callback callback = listener == null ? null : RunningVerb.PROGRESS;
        try (Handle.Use call = use()) {
            Outcome.check(
                    error -> abi().dmerp_call_set_progress(call.pointer(), callback, null, error));
        }
        this.listener = listener;
        return this;
    }

    /**
     * Ends every call that is made with this control, within 250 milliseconds, with a {@link
     * CancelledException}; and at once every one that is made with it later. From any thread, also
     * in a callback. When this is closed, nothing is left to cancel.
     */
    public void cancel() {
        try (Handle.Use call = use()) {
            abi().dmerp_call_cancel(call.pointer(), null);
        } catch (InvalidHandleException closed) {
            // Closed by the thread that made the calls, as another was about to cancel them.
        }
    }

    /**
     * Whether {@link #cancel()} was called.
     *
     * @return true from then on
     */
    public boolean isCancelled() {
        try (Handle.Use call = use()) {
            return abi().dmerp_call_is_cancelled(call.pointer()) != 0;
        }
    }

    /** Frees the control; calls that it was given to go on. Closing again does nothing. */
    @Override
    public void close() {
        handle.close();
    }

    Handle.Use use() {
        return handle.use(this);
    }

    ProgressListener listener() {
        return listener;
    }
}
