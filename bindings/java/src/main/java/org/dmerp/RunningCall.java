package org.dmerp;

import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;

/**
 * A call that runs on this thread, or the one in whose callback it runs, and so on.
 *
 * <p>The library calls back on the thread that made the call. So a callback is always about its
 * thread's innermost call, and the same few callbacks serve all calls. Being constants, they are
 * not collected while the library could call them.
 */
final class RunningCall implements AutoCloseable {
    private static final ThreadLocal<RunningCall> INNERMOST = new ThreadLocal<>();

    private static final Abi.dmerp_progress_callback PROGRESS =
            (userData, progress) ->
                    callBack(run -> run.options.progress.progressed(new Progress(progress)));

    private static final Abi.dmerp_waiting_callback WAITING = userData -> callBack(run -> {});

    // These two set the count last. Where Java has no memory or stack left to enter or to end one,
    // JNA answers 0 to the library, which then finds no count and takes nothing for moved.

    static final Abi.dmerp_read_callback READ =
            (userData, data, capacity, len) ->
                    callBack(run -> Abi.SizeT.put(len, run.read(data, capacity.intValue())));

    static final Abi.dmerp_write_callback WRITE =
            (userData, data, len, taken) ->
                    callBack(
                            run -> {
                                run.output.write(data.getByteArray(0, len.intValue()));
                                Abi.SizeT.put(taken, len.longValue());
                            });

    /** What a callback does. */
    private interface Body {
        void of(RunningCall run) throws IOException;
    }

    /** What the function of the library is given: the owner's handle, and the call's control. */
    final Pointer pointer;

    final Pointer control;

    // Where it puts what it gives. All of it is freed when the call is closed.
    final PointerByReference pushed = new PointerByReference();
    final PointerByReference packets = new PointerByReference();
    final PointerByReference results = new PointerByReference();
    final PointerByReference batch = new PointerByReference();
    final Abi.dmerp_buffer buffer = new Abi.dmerp_buffer();
    final LongByReference size = new LongByReference();
    final PointerByReference error = new PointerByReference();

    /** Whose call it is. Kept from being collected meanwhile: the call may be its only user. */
    private final Object owner;

    private final Handle handle;
    private final CallOptions options;
    private final InputStream input;
    private final OutputStream output;
    private final RunningCall outer = INNERMOST.get();
    private boolean interrupted;

    /** What a callback threw first. It ended the call. */
    private Throwable thrown;

    /**
     * Goes on with what {@link Handle#begin()} has begun, and ends it, also if this fails. With the
     * stream that its callback reads or writes, or null.
     */
    RunningCall(
            Object owner,
            Handle handle,
            Pointer begun,
            CallOptions options,
            InputStream input,
            OutputStream output)
            throws IOException {
        this.owner = owner;
        this.handle = handle;
        this.pointer = begun;
        this.options = options;
        this.input = input;
        this.output = output;
        PointerByReference made = new PointerByReference();
        try {
            Objects.requireNonNull(options, "call");
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedIOException(
                        "the call was not begun: its thread is interrupted");
            }
            DmerpException.check(error -> abi().dmerp_call_new(made, error));
            control = made.getValue();
            abi().dmerp_call_set_waiting(control, WAITING, null, null);
            if (options.progress != null) {
                abi().dmerp_call_set_progress(control, PROGRESS, null, null);
            }
            if (options.timeoutMilliseconds > 0) {
                abi().dmerp_call_set_timeout_ms(control, options.timeoutMilliseconds, null);
            }
            cancelIfAsked();
            INNERMOST.set(this);
        } catch (Throwable anything) {
            close();
            throw anything;
        }
    }

    /** What a push left behind. Its arguments are the caller's own, so a bad one is a mistake. */
    Pushed pushed(int status) throws IOException {
        try {
            finish(status);
        } catch (DmerpException failure) {
            throw failure.unlessMistake();
        }
        return new Pushed(pushed.getValue());
    }

    /** What became of each packet of a batch; but what ended the batch as a whole is thrown. */
    List<PushResult> pushedMany(int status) throws IOException {
        List<PushResult> outcomes = PushResult.copy(results.getValue());
        for (int i = 0; i < outcomes.size(); i++) {
            if (outcomes.get(i).isCancelled()) {
                // That of the batch is its first packet's, which can have failed before.
                abi().dmerp_error_free(error.getValue());
                error.setValue(abi().dmerp_results_error(results.getValue(), new Abi.SizeT(i)));
                finish(Status.CANCELLED.number);
            }
        }
        finish(thrown != null || outcomes.isEmpty() ? status : Status.OK.number);
        return outcomes;
    }

    /** Throws what a callback threw, or else the failure if the call ended with one. */
    void finish(int status) throws IOException {
        DmerpException failure = DmerpException.of(status, error.getValue(), results.getValue());
        if (thrown != null) {
            if (failure != null) {
                thrown.addSuppressed(failure);
            }
            throw RunningCall.<RuntimeException>unchanged(thrown);
        }
        if (failure != null && failure.getStatus() == Status.CANCELLED) {
            String message = failure.getMessage();
            Exception cancelled =
                    interrupted
                            ? new InterruptedIOException(message)
                            : new CancellationException(message);
            throw RunningCall.<RuntimeException>unchanged(cancelled.initCause(failure));
        }
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public void close() {
        INNERMOST.set(outer);
        abi().dmerp_pushed_free(pushed.getValue());
        abi().dmerp_packets_free(packets.getValue());
        abi().dmerp_results_free(results.getValue());
        abi().dmerp_batch_free(batch.getValue());
        abi().dmerp_buffer_free(buffer);
        abi().dmerp_call_free(control);
        handle.end();
    }

    /** Runs a callback's body; returns 0 to go on, and else what ends the call. */
    private static int callBack(Body body) {
        RunningCall run = INNERMOST.get();
        try {
            body.of(run);
            run.cancelIfAsked();
            return 0;
        } catch (Throwable anything) {
            if (run.thrown == null) {
                run.thrown = anything;
            }
            return 1;
        }
    }

    private void cancelIfAsked() {
        interrupted |= Thread.currentThread().isInterrupted();
        if (interrupted || options.isCancelled()) {
            abi().dmerp_call_cancel(control, null);
        }
    }

    /** Puts the input's next bytes at {@code data}, and returns how many; 0 is the end. */
    private int read(Pointer data, int capacity) throws IOException {
        byte[] piece = new byte[capacity];
        int count = input.read(piece);
        if (count == 0) {
            // Against its contract, but it happens; it must not be the end. This form waits.
            int single = input.read();
            piece[0] = (byte) single;
            count = single < 0 ? -1 : 1;
        }
        data.write(0, piece, 0, Math.max(count, 0));
        return Math.max(count, 0);
    }

    /** Lets anything be thrown as it is, checked or not. */
    @SuppressWarnings("unchecked")
    static <T extends Throwable> T unchanged(Throwable anything) throws T {
        throw (T) anything;
    }
}
