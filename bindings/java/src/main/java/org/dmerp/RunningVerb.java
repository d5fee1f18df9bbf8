package org.dmerp;

import com.sun.jna.Pointer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * A verb that runs on this thread, or the one in whose callback it runs, and so on.
 *
 * <p>The library calls back on the thread that made the call, so a callback is always about its
 * thread's innermost verb, and the same few callbacks serve all calls. Being constants, they are
 * not collected while the library could call them.
 */
final class RunningVerb implements AutoCloseable {
    private static final ThreadLocal<RunningVerb> INNERMOST = new ThreadLocal<>();

    static final Abi.dmerp_log_callback LOG =
            (userData, level, message) -> {
                RunningVerb verb = INNERMOST.get();
                try {
                    verb.log.logged(LogLevel.of(level), Text.fromNative(message));
                    return 0;
                } catch (Throwable anything) {
                    return verb.stop(anything);
                }
            };

    static final Abi.dmerp_progress_callback PROGRESS =
            (userData, done, total) -> {
                RunningVerb verb = INNERMOST.get();
                try {
                    verb.tell(done, total);
                    return 0;
                } catch (Throwable anything) {
                    return verb.stop(anything);
                }
            };

    static final Abi.dmerp_waiting_callback WAITING =
            userData -> INNERMOST.get().isInterrupted() ? 1 : 0;

    // These two set the count last. Where Java has no memory or stack left to enter or to end one,
    // JNA answers 0 to the library, which then finds no count and takes nothing for moved.

    static final Abi.dmerp_read_callback READ =
            (userData, data, capacity, len) -> {
                RunningVerb verb = INNERMOST.get();
                try {
                    Abi.SizeT.put(len, verb.read(data, capacity.intValue()));
                    return 0;
                } catch (Throwable anything) {
                    return verb.stop(anything);
                }
            };

    static final Abi.dmerp_write_callback WRITE =
            (userData, data, len, taken) -> {
                RunningVerb verb = INNERMOST.get();
                try {
                    verb.output.write(data.getByteArray(0, len.intValue()));
                    Abi.SizeT.put(taken, len.longValue());
                    return 0;
                } catch (Throwable anything) {
                    return verb.stop(anything);
                }
            };

    private final LogListener log;
    private final ProgressListener progress;
    private final InputStream input;
    private final OutputStream output;
    private final RunningVerb outer;

    /** What a callback threw: the first of them. */
    private Throwable thrown;

    private boolean interrupted;

    /** Begins a verb with what its callbacks use; null where it has no such callback. */
    RunningVerb(
            LogListener log, ProgressListener progress, InputStream input, OutputStream output) {
        this.log = log;
        this.progress = progress;
        this.input = input;
        this.output = output;
        this.outer = INNERMOST.get();
        INNERMOST.set(this);
    }

    /** Whether the thread is interrupted. Its flag stays as it is. */
    boolean isInterrupted() {
        interrupted = Thread.currentThread().isInterrupted();
        return interrupted;
    }

    /** Throws what a callback threw; else the failure, if there is one. */
    void end(Exception failure) throws DmerpException {
        if (thrown != null) {
            throw Outcome.<DmerpException>unchanged(thrown);
        }
        if (failure != null) {
            if (interrupted && failure instanceof CancelledException) {
                interrupted((CancelledException) failure);
            }
            throw Outcome.<DmerpException>unchanged(failure);
        }
    }

    /** Tells by its cause why a call was cancelled. */
    static CancelledException interrupted(CancelledException cancelled) {
        cancelled.initCause(
                new InterruptedException("the thread that made the call is interrupted"));
        return cancelled;
    }

    @Override
    public void close() {
        if (outer == null) {
            INNERMOST.remove();
        } else {
            INNERMOST.set(outer);
        }
    }

    /** Keeps what a callback threw, for the verb to throw; returns what ends the call. */
    private int stop(Throwable anything) {
        if (thrown == null) {
            thrown = anything;
        }
        return 1;
    }

    private void tell(long done, long total) {
        // The listener may have been set on another thread as this verb began.
        if (progress != null) {
            progress.progressed(done, total);
        }
    }

    /**
     * Puts the input's next bytes at {@code data}, at least one, and returns how many; 0 is the
     * end.
     */
    private int read(Pointer data, int capacity) throws IOException {
        byte[] piece = new byte[capacity];
        int count = input.read(piece);
        if (count == 0) {
            // Against its contract, but it happens; this form must wait.
            int single = inRange(input.read(), 255);
            piece[0] = (byte) single;
            count = single < 0 ? -1 : 1;
        }
        if (inRange(count, capacity) < 0) {
            return 0;
        }
        data.write(0, piece, 0, count);
        return count;
    }

    /** What a stream's read returned, if that is possible; anything else would corrupt a packet. */
    private static int inRange(int returned, int most) throws IOException {
        if (returned < -1 || returned > most) {
            throw new IOException(
                    "the stream is defective: its read returned "
                            + returned
                            + ", which is not between -1 and "
                            + most);
        }
        return returned;
    }
}
