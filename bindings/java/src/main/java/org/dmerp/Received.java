package org.dmerp;

import static org.dmerp.DmerpException.check;
import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A packet with its content, which a {@link Receiver} handed over. Any thread may use it.
 *
 * <p>Say {@link #done()} when the content is safely kept, or {@link #keep(String)} to leave the
 * packet in the queue. Both free the content, and so does closing the receiver: read it before. A
 * packet that is forgotten stays in the queue, too, and is freed soon after it was garbage
 * collected.
 */
public final class Received extends Packet {
    final Handle handle;

    /** Kept from being collected, which would close it. */
    private final Receiver receiver;

    private final long size;

    /** What was said of it, or null. Guarded by this. */
    private String settled;

    private Received(Receiver receiver, Pointer pointer, Abi.dmerp_packet packet) {
        super(packet);
        this.receiver = receiver;
        this.size = abi().dmerp_received_size(pointer);
        this.handle =
                new Handle(
                        this,
                        pointer,
                        abi()::dmerp_received_free,
                        receiver.handle.log,
                        "this packet was done or kept, or its Receiver was closed");
    }

    /** Makes one of a native handle, and owns that then. */
    static Received of(Receiver receiver, Pointer pointer) throws DmerpException {
        Abi.dmerp_packet packet = new Abi.dmerp_packet();
        packet.setAutoWrite(false);
        check(error -> abi().dmerp_received_packet(pointer, packet, error));
        return new Received(receiver, pointer, packet);
    }

    /** The content's size in bytes. */
    @Override
    public OptionalLong getSize() {
        return OptionalLong.of(size);
    }

    /**
     * A copy of the content. One of more than {@link Config#receiveMemoryBytes} is in a file, and
     * is read from there, up to {@link Config#maxMemoryBytes}; {@link #saveAs} and {@link
     * #openStream} have no such limit.
     *
     * @throws IllegalStateException if the packet was done or kept, or its receiver closed
     */
    public byte[] content() throws IOException {
        return handle.use(
                pointer -> {
                    PointerByReference data = new PointerByReference();
                    Abi.SizeTByReference len = new Abi.SizeTByReference();
                    check(error -> abi().dmerp_received_content(pointer, data, len, error));
                    int count = Math.toIntExact(len.getValue().longValue());
                    return data.getValue().getByteArray(0, count);
                });
    }

    /**
     * The file that holds the content, for reading. Empty if the content is in memory, or {@link
     * #saveAs} has moved the file. It is removed when the packet is done or kept, or its receiver
     * closed.
     *
     * @throws IllegalStateException if that happened already
     */
    public Optional<Path> path() {
        String path = handle.use(abi()::dmerp_received_path);
        return Optional.ofNullable(path).map(Paths::get);
    }

    /**
     * A stream of the content, to be closed, before {@link #done()}. It may have any size.
     *
     * @throws IllegalStateException if the packet was done or kept, or its receiver closed
     */
    public InputStream openStream() throws IOException {
        Optional<Path> path = path();
        return path.isPresent()
                ? Files.newInputStream(path.get())
                : new ByteArrayInputStream(content());
    }

    /**
     * Reads the content as a synchronization packet. The reader, to be closed, goes on also when
     * the packet is done.
     *
     * @throws IllegalStateException if the packet was done or kept, or its receiver closed
     */
    public PacketReader read() throws IOException {
        return handle.use(PacketReader::of);
    }

    /**
     * Stores the content in a file, and replaces an older one. The file appears under its name when
     * it is whole and on the disk. A content that is in a file is moved, if that is on the same
     * file system. If it fails, the packet can be saved elsewhere.
     *
     * @param to the file; make no part of its name from what a mobile user sent
     * @throws IllegalStateException if the packet was done or kept, or its receiver closed
     */
    public void saveAs(Path to) throws IOException {
        String path = Arguments.path("to", to);
        handle.use(
                pointer -> {
                    check(error -> abi().dmerp_received_save_as(pointer, path, error));
                    return null;
                });
    }

    /**
     * Says that the packet is handled: its receiver will mark it done at the portal. The client
     * does not hand it over again. It makes no request. A second call does nothing.
     *
     * @throws IllegalStateException if it was kept, or its receiver closed. The packet stays in the
     *     queue then.
     */
    public void done() {
        settle("done", (pointer, error) -> abi().dmerp_received_done(pointer, error));
    }

    /** As {@link #keep(String)}, without a reason. */
    public void keep() {
        settle("kept", (pointer, error) -> abi().dmerp_received_keep(pointer, null, error));
    }

    /**
     * Leaves the packet in the queue. A later run receives it again; so does this one if it polls.
     * A packet that was kept {@link Config#receiveMaxDeliveries} times goes to the {@link
     * Config#receiveDeadLetterDir}, if that is set. A second call does nothing.
     *
     * @param reason for the {@link Summary}
     * @throws IllegalStateException if it was done, or its receiver closed
     */
    public void keep(String reason) {
        String text = Arguments.text("reason", reason);
        settle("kept", (pointer, error) -> abi().dmerp_received_keep(pointer, text, error));
    }

    private interface Settle {
        int of(Pointer pointer, PointerByReference error);
    }

    private synchronized void settle(String how, Settle settle) {
        if (how.equals(settled)) {
            return;
        }
        handle.use(
                pointer -> {
                    DmerpException.checkState(error -> settle.of(pointer, error));
                    return null;
                });
        settled = how;
        handle.close();
    }
}
