package org.dmerp;

import com.sun.jna.Pointer;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Owns a native handle for an object, and frees it once: when the object is closed, or else after
 * it was garbage collected.
 *
 * <p>What is in use is freed by its last user, as that one ends. So nothing here ever waits for a
 * running call: neither a close, which could dead-lock with a callback, nor the net for what was
 * dropped unclosed, nor the virtual machine's exit.
 */
final class Handle extends PhantomReference<Object> {
    /** A dmerp_*_free function. */
    interface Free {
        void free(Pointer handle);
    }

    private static final ReferenceQueue<Object> DROPPED = new ReferenceQueue<>();

    /** Keeps the references themselves from being collected before their objects. */
    private static final Set<Handle> OPEN = ConcurrentHashMap.newKeySet();

    private final String name;
    private final Pointer pointer;
    private final Free free;

    // All guarded by this.
    private int users;
    private boolean closed;

    /**
     * Keeps the object from being collected while it is used; the compiler may forget a local
     * variable before.
     */
    private Object inUse;

    Handle(Object owner, Pointer pointer, Free free) {
        super(owner, DROPPED);
        this.name = owner.getClass().getSimpleName();
        this.pointer = pointer;
        this.free = free;
        OPEN.add(this);
        freeDropped();
    }

    /** Here rather than on a thread of its own: whoever drops objects also makes new ones. */
    private static void freeDropped() {
        for (Object dropped = DROPPED.poll(); dropped != null; dropped = DROPPED.poll()) {
            ((Handle) dropped).close();
        }
    }

    /** Begins a use of the handle; {@code owner} is the object that it belongs to. */
    synchronized Use use(Object owner) {
        if (closed) {
            throw new InvalidHandleException("this " + name + " was closed");
        }
        users++;
        inUse = owner;
        return new Use();
    }

    /** Whether nobody can use the handle any more. */
    synchronized boolean isClosed() {
        return closed;
    }

    /** Ends new uses, and frees the handle if there is no use left. Closing again does nothing. */
    void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            if (users > 0) {
                return;
            }
        }
        free();
    }

    private void release() {
        synchronized (this) {
            users--;
            if (users > 0) {
                return;
            }
            inUse = null;
            if (!closed) {
                return;
            }
        }
        free();
    }

    private void free() {
        OPEN.remove(this);
        free.free(pointer);
    }

    /** One use of the handle; ends when it is closed. */
    final class Use implements AutoCloseable {
        private Use() {}

        /** The handle, as long as this use lasts. */
        Pointer pointer() {
            return pointer;
        }

        @Override
        public void close() {
            release();
        }
    }
}
