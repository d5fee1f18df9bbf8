package org.dmerp;

import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.WeakHashMap;

/**
 * Receives the packets of one list: {@link Client#receive()} makes it. It downloads several packets
 * at the same time, hands them over one at a time, and marks those done that were handled.
 *
 * <p>Only {@link Received#done()} takes a packet from the queue. A packet stays there if the loop
 * ends early, throws, or forgets to say done. It comes again in a later run.
 *
 * <p>Packets come in the order of the list. A packet that is late holds up the others for a tenth
 * of {@link Config#receiveLease} at most. One that failed in an earlier list is downloaded after
 * the others. One that cannot be downloaded stays in the queue; the log and the {@link #summary()}
 * say why. Each packet is handed over once. One that was {@linkplain Received#keep(String) kept}
 * comes again only in a run that polls ({@link Config#receivePoll}).
 *
 * <p>Any number of threads may ask one receiver for packets. Downloads go on only while a thread is
 * inside {@link #next()} or the iterator's methods.
 *
 * <p>Close a receiver. One that nobody closed is closed soon after it was garbage collected.
 */
public final class Receiver implements Iterable<Received>, AutoCloseable {
    final Handle handle;

    /** Kept from being collected, with its log listener. */
    private final Client client;

    /** The packets that were handed over and are still in use. Guarded by itself. */
    private final Set<Handle> handedOver = Collections.newSetFromMap(new WeakHashMap<>());

    // Guarded by handedOver.
    private boolean closing;

    /**
     * The next packet of a thread, where an iterator has looked for it: that thread gets it next.
     * Of each thread, as two that loop must not count on the same one.
     */
    private final Map<Thread, Received> ahead = Collections.synchronizedMap(new WeakHashMap<>());

    private volatile Summary summary;

    Receiver(Client client, Pointer pointer) {
        this.client = client;
        this.handle =
                new Handle(
                        this,
                        pointer,
                        abi()::dmerp_receiver_free,
                        client.handle.log,
                        "this Receiver was closed");
    }

    /** As {@link #next(CallOptions)}, without call options. */
    public Received next() throws IOException {
        return next(CallOptions.NONE);
    }

    /**
     * Waits for the next packet. Call it on several threads to handle several packets at a time.
     *
     * <p>A cancel, an interrupt or a timeout ends this call only: call it again, or close the
     * receiver. The option {@code timeout.overall_ms} limits each transfer, not this call. The
     * progress counts what the receiver has downloaded so far.
     *
     * @return the packet; null at the end: the queue is empty, a limit was reached, or the receiver
     *     was stopped or closed
     * @throws DmerpException if the list failed. A receiver that polls goes on after a failure that
     *     is worth a retry. If the key, the area, the certificate or the proxy was refused, every
     *     later call throws it again.
     */
    public Received next(CallOptions call) throws IOException {
        Pointer begun = handle.beginUnlessClosed();
        if (begun == null) {
            return null;
        }
        Received looked = ahead.remove(Thread.currentThread());
        if (looked != null) {
            handle.end();
            return looked;
        }
        PointerByReference received = new PointerByReference();
        try (RunningCall run = new RunningCall(this, handle, begun, call, null, null)) {
            int status = abi().dmerp_receiver_next(begun, run.control, received, run.error);
            // First of all, so that it is freed whatever happens.
            Received packet = received.getValue() == null ? null : taken(received.getValue());
            run.finish(status);
            return packet;
        }
    }

    /** A packet that was handed over; null for one that came as this was closed. */
    private Received taken(Pointer received) throws DmerpException {
        Received packet = Received.of(this, received);
        synchronized (handedOver) {
            if (!closing) {
                handedOver.add(packet.handle);
                return packet;
            }
        }
        packet.handle.close();
        return null;
    }

    /**
     * The packets, as {@link #next()} hands them over. All iterators and {@link #next()} go through
     * the same packets; {@link Iterator#hasNext()} takes none from its thread. An iterator is for
     * one thread; others make their own. What {@link #next()} throws is an {@link
     * UncheckedIOException} here, with it as its cause; the iterator has ended then.
     */
    @Override
    public Iterator<Received> iterator() {
        return new Iterator<Received>() {
            private boolean ended;

            @Override
            public boolean hasNext() {
                if (!ended && !ahead.containsKey(Thread.currentThread())) {
                    ended = true;
                    try {
                        Received packet = Receiver.this.next();
                        if (packet != null) {
                            ahead.put(Thread.currentThread(), packet);
                            ended = false;
                        }
                    } catch (IOException failure) {
                        throw new UncheckedIOException(failure.getMessage(), failure);
                    }
                }
                return !ended;
            }

            @Override
            public Received next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return ahead.remove(Thread.currentThread());
            }
        };
    }

    /**
     * Whether {@link #next()} has a packet, the end or an exception at hand, so that it would not
     * wait. An event loop calls it then, and else on another thread. Other threads that share the
     * receiver can take the packet first.
     */
    public boolean isReady() {
        Pointer begun = handle.beginUnlessClosed();
        if (begun == null) {
            return true;
        }
        try {
            return ahead.containsKey(Thread.currentThread())
                    || abi().dmerp_receiver_is_ready(begun) != 0;
        } finally {
            handle.end();
        }
    }

    /**
     * Ends the run in good order: nothing new is handed over, and {@link #next()} returns the end.
     * What was handed over can still be done. It waits for nothing. Any thread may call this, also
     * in a callback.
     */
    public void stop() {
        Pointer begun = handle.beginUnlessClosed();
        if (begun != null) {
            abi().dmerp_receiver_stop(begun, null);
            handle.end();
        }
    }

    /**
     * Ends the run at once: {@link #next()} returns the end on every thread. Marks the packets that
     * are done, for at most {@link Config#receiveClose}; no cancel or interrupt ends that. What is
     * not marked in that time, the client remembers: it marks those packets when they are listed
     * again, and does not hand them over again.
     *
     * <p>Packets that were handed over and are neither done nor kept stay in the queue, and are
     * freed. What cannot be marked is no exception; the {@link #summary()} lists it. Closing again
     * does nothing.
     *
     * @throws IllegalStateException in a callback of this receiver
     */
    @Override
    public void close() {
        Pointer begun = handle.beginUnlessClosed();
        if (begun == null) {
            return;
        }
        PointerByReference made = new PointerByReference();
        try {
            // First, so that packets that nobody settled can become dead letters.
            abi().dmerp_receiver_stop(begun, null);
            List<Handle> unsettled;
            synchronized (handedOver) {
                closing = true;
                unsettled = new ArrayList<>(handedOver);
            }
            unsettled.forEach(Handle::close);
            DmerpException.checkState(error -> abi().dmerp_receiver_close(begun, made, error));
            summary = new Summary(made.getValue());
            handle.close();
        } finally {
            abi().dmerp_summary_free(made.getValue());
            handle.end();
        }
    }

    /**
     * Closes this, if it is not closed, and tells what became of the run. Call it at the end of the
     * try-with-resources block, or any time after it.
     */
    public Summary summary() {
        close();
        return summary;
    }
}
