package org.dmerp;

import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.Pointer;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.HashSet;
import java.util.Set;

/**
 * Owns a native client, and frees it once: when its client is closed, or was forgotten and garbage
 * collected. While calls run, the last of them frees it. So nothing here waits for a call, which
 * could wait for this thread in a callback.
 *
 * <p>A daemon thread takes care of what was forgotten. It runs while there is a native client.
 */
final class ClientHandle extends PhantomReference<Client> {
    private static final ReferenceQueue<Client> FORGOTTEN = new ReferenceQueue<>();

    /** Keeps the references themselves from being collected. Guards {@link #collector}, too. */
    private static final Set<ClientHandle> UNFREED = new HashSet<>();

    private static Thread collector;

    private final Pointer pointer;

    // Guarded by this.
    /** Calls that run, and one more while the client is open. */
    private int uses = 1;

    private boolean closed;

    ClientHandle(Client client, Pointer pointer) {
        super(client, FORGOTTEN);
        this.pointer = pointer;
        synchronized (UNFREED) {
            UNFREED.add(this);
            if (collector == null) {
                Thread thread = new Thread(ClientHandle::closeForgotten, "dmerp-forgotten-clients");
                thread.setDaemon(true);
                thread.start();
                collector = thread;
            }
        }
    }

    private static void closeForgotten() {
        try {
            while (true) {
                ((ClientHandle) FORGOTTEN.remove()).close();
            }
        } catch (InterruptedException nothingIsLeft) {
            // The end of this thread.
        }
    }

    /** Begins a call; {@link #end()} must follow. */
    synchronized Pointer begin() {
        if (closed) {
            throw new IllegalStateException("this Client was closed");
        }
        uses++;
        return pointer;
    }

    synchronized void end() {
        uses--;
        if (uses == 0) {
            free();
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
        abi().dmerp_client_free(pointer);
        synchronized (UNFREED) {
            UNFREED.remove(this);
            if (UNFREED.isEmpty()) {
                collector.interrupt();
                collector = null;
            }
        }
    }
}
