package org.dmerp;

import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.io.UncheckedIOException;
import java.util.AbstractList;
import java.util.Optional;
import java.util.RandomAccess;

/**
 * The packets that a pull listed: a list that cannot be changed. It keeps the portal's answer in
 * native memory, and makes each {@link Packet} when it is asked for; close it when you are done
 * with it, and it throws {@link InvalidHandleException} from then on. What it gave stays good. Any
 * number of threads may read one at once.
 */
public final class Packets extends AbstractList<Packet> implements RandomAccess, AutoCloseable {
    private final Handle handle;
    private final int size;

    /** Owns the native list from now on. */
    Packets(Pointer packets) {
        this.size = Math.toIntExact(abi().dmerp_packets_len(packets).longValue());
        this.handle = new Handle(this, packets, abi()::dmerp_packets_free);
    }

    @Override
    public int size() {
        handle.use(this).close();
        return size;
    }

    @Override
    public Packet get(int index) {
        try (Handle.Use packets = handle.use(this)) {
            checkIndex(index);
            Abi.dmerp_packet packet = new Abi.dmerp_packet();
            check(
                    error ->
                            abi().dmerp_packets_get(
                                            packets.pointer(),
                                            new Abi.SizeT(index),
                                            packet,
                                            error));
            return new Packet(packet);
        }
    }

    /**
     * A field that {@link Packet} does not have: the portal can send more without notice.
     *
     * @param index the packet's place in the list, counted from 0
     * @param name the portal's name for the field
     * @return empty where the portal did not send it
     */
    public Optional<String> otherField(int index, String name) {
        byte[] nativeName = Text.toNative("name", name);
        try (Handle.Use packets = handle.use(this)) {
            checkIndex(index);
            PointerByReference value = new PointerByReference();
            check(
                    error ->
                            abi().dmerp_packets_other_field(
                                            packets.pointer(),
                                            new Abi.SizeT(index),
                                            nativeName,
                                            value,
                                            error));
            return Text.optionalFromNative(value.getValue());
        }
    }

    /** Frees the native memory. Closing again does nothing. */
    @Override
    public void close() {
        handle.close();
    }

    @Override
    public String toString() {
        return handle.isClosed() ? "Packets[closed]" : "Packets[size=" + size + "]";
    }

    private void checkIndex(int index) {
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException(
                    "there is no packet " + index + " in a list of " + size);
        }
    }

    /**
     * With a good index only a defect is left to fail, and a list's methods throw nothing checked.
     */
    private static void check(Outcome.Function function) {
        try {
            Outcome.check(function);
        } catch (DmerpException defect) {
            throw new UncheckedIOException(defect);
        }
    }
}
