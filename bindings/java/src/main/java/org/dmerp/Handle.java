package org.dmerp;

import com.sun.jna.Pointer;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Owns a native handle, and frees it once: when its owner is closed, or was forgotten and garbage
 * collected. While calls use it, the last of them frees it. So nothing here waits for a call, which
 * could wait for this thread in a callback.
 *
 * <p>A daemon thread takes care of what was forgotten. It runs while there is a handle.
 */
final class Handle extends PhantomReference<Object> {
    private static final ReferenceQueue<Object> FORGOTTEN = new ReferenceQueue<>();

    /** Keeps the references themselves from being collected. Guards {@link #collector}, too. */
    private static final Set<Handle> UNFREED = new HashSet<>();

    private static Thread collector;

    private final Pointer pointer;
    private final Consumer<Pointer> free;
    private final String whenClosed;

    /** The client's log callback, which the library may call until all is freed that uses it. */
    final Abi.dmerp_log_callback log;

    // Guarded by this.
    /** Calls that run, and one more while the owner is open. */
    private int uses = 1;

    private boolean closed;

    /** What is done with a native handle. */
    interface Use<T, E extends Exception> {
        T of(Pointer pointer) throws E;
    }

    Handle(
            Object owner,
            Pointer pointer,
            Consumer<Pointer> free,
            Abi.dmerp_log_callback log,
            String whenClosed) {
        super(owner, FORGOTTEN);
        this.pointer = pointer;
        this.free = free;
        this.log = log;
        this.whenClosed = whenClosed;
        synchronized (UNFREED) {
            UNFREED.add(this);
            if (collector == null) {
                Thread thread = new Thread(Handle::closeForgotten, "dmerp-forgotten-handles");
                thread.setDaemon(true);
                thread.start();
                collector = thread;
            }
        }
    }

    private static void closeForgotten() {
        try {
            while (true) {
                ((Handle) FORGOTTEN.remove()).close();
            }
        } catch (InterruptedException nothingIsLeft) {
            // The end of this thread.
        }
    }

    /** Begins a call; {@link #end()} must follow. Null if this is closed. */
    synchronized Pointer beginUnlessClosed() {
        if (closed) {
            return null;
        }
        uses++;
        return pointer;
    }

    /** Begins a call; {@link #end()} must follow. */
    Pointer begin() {
        Pointer begun = beginUnlessClosed();
        if (begun == null) {
            throw new IllegalStateException(whenClosed);
        }
        return begun;
    }

    synchronized void end() {
        uses--;
        if (uses == 0) {
            free();
        }
    }

    /** A call that does not block. */
    <T, E extends Exception> T use(Use<T, E> use) throws E {
        Pointer begun = begin();
        try {
            return use.of(begun);
        } finally {
            end();
        }
    }

    /** Lets no more calls begin. Closing again does nothing. */
    synchronized void close() {
        if (!closed) {
            closed = true;
            end();
        }
    }

    private void free() {
        free.accept(pointer);
        synchronized (UNFREED) {
            UNFREED.remove(this);
            if (UNFREED.isEmpty()) {
                collector.interrupt();
                collector = null;
            }
        }
    }
}
