package org.dmerp;

import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Objects;

/**
 * What can be done with an app area: the verbs. They are those of a {@link Client}, under the
 * limits of its configuration; or, got from {@link Client#with(Call)}, under those of a {@link
 * Call} as well.
 *
 * <p>A verb blocks until it is done, cancelled or out of time. It also ends, with a {@link
 * CancelledException}, when its thread is interrupted, or is so already when the verb begins; the
 * thread's interrupt flag stays set. Any number of threads may use one object at once.
 *
 * <p>A failure is a {@link DmerpException}, each status as the subclass that belongs to it. What
 * can be repeated later unchanged says so: {@link DmerpException#isRetryable()}. The calling code's
 * own mistakes are unchecked: {@link InvalidArgumentException}, {@link InvalidHandleException}
 * (something was closed), and {@link NullPointerException}, since no argument may be null.
 */
public abstract class Verbs {
    /** The most bytes that a Java array holds on every virtual machine. */
    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

    /** A verb's function of the library. */
    private interface Function {
        int call(Pointer client, Pointer call, PointerByReference error);
    }

    /** A push's function of the library. */
    private interface PushFunction {
        int call(Pointer client, Pointer call, PointerByReference pushed, PointerByReference error);
    }

    Verbs() {}

    abstract Client client();

    abstract Call call();

    /**
     * Sends a synchronization packet in XML to a mobile user: {@link #push(String, byte[],
     * PushOptions)} with {@link PushOptions#xml()}.
     *
     * @param mobileUser the mobile user
     * @param content the packet, at least a byte
     * @return the ids of what was pushed
     * @throws DmerpException if it failed
     */
    public Pushed push(String mobileUser, byte[] content) throws DmerpException {
        return push(mobileUser, content, PushOptions.xml());
    }

    /**
     * Sends a synchronization packet to a mobile user. Returning, it says that the storage has
     * acknowledged every byte.
     *
     * @param mobileUser the mobile user
     * @param content the packet, at least a byte
     * @param options the packet's format and id
     * @return the ids of what was pushed
     * @throws DmerpException if it failed; when it is repeated, give the same id again, {@link
     *     DmerpException#getPacketId()}, so that the portal knows both for the same packet
     */
    public Pushed push(String mobileUser, byte[] content, PushOptions options)
            throws DmerpException {
        byte[] user = Text.toNative("mobileUser", mobileUser);
        byte[] id =
                Text.toNativeOrNull(
                        "packetId", Objects.requireNonNull(options, "options").packetId());
        int format = options.format().number;
        Abi.SizeT len = new Abi.SizeT(Objects.requireNonNull(content, "content").length);
        try (Memory copy = copy(content)) {
            return push(
                    null,
                    (client, call, pushed, error) ->
                            abi().dmerp_client_push(
                                            client, user, format, copy, len, id, call, pushed,
                                            error));
        }
    }

    /**
     * Sends a file in XML as a synchronization packet: {@link #push(String, Path, PushOptions)}
     * with {@link PushOptions#xml()}.
     *
     * @param mobileUser the mobile user
     * @param content the file that holds the packet
     * @return the ids of what was pushed
     * @throws DmerpException if it failed
     */
    public Pushed push(String mobileUser, Path content) throws DmerpException {
        return push(mobileUser, content, PushOptions.xml());
    }

    /**
     * Sends a file as a synchronization packet: as {@link #push(String, byte[], PushOptions)}, with
     * a file of any size, which is read in pieces as it is sent. One that changes its size
     * meanwhile is not sent.
     *
     * @param mobileUser the mobile user
     * @param content the file that holds the packet
     * @param options the packet's format and id
     * @return the ids of what was pushed
     * @throws DmerpException if it failed; a {@link FileException} if the file cannot be read
     */
    public Pushed push(String mobileUser, Path content, PushOptions options) throws DmerpException {
        byte[] user = Text.toNative("mobileUser", mobileUser);
        byte[] path = Text.toNative("content", Text.ofPath("content", content));
        byte[] id =
                Text.toNativeOrNull(
                        "packetId", Objects.requireNonNull(options, "options").packetId());
        int format = options.format().number;
        return push(
                null,
                (client, call, pushed, error) ->
                        abi().dmerp_client_push_file(
                                        client, user, format, path, id, call, pushed, error));
    }

    /**
     * Sends a stream in XML as a synchronization packet: {@link #push(String, InputStream,
     * PushOptions)} with {@link PushOptions#xml()}.
     *
     * @param mobileUser the mobile user
     * @param content gives the packet; it is not closed
     * @return the ids of what was pushed
     * @throws DmerpException if it failed
     * @throws IOException what the stream threw, as the same object
     */
    public Pushed push(String mobileUser, InputStream content) throws IOException {
        return push(mobileUser, content, PushOptions.xml());
    }

    /**
     * Sends a stream as a synchronization packet: as {@link #push(String, byte[], PushOptions)}.
     * The stream may have any length. It is read to its end first, since the portal is told the
     * size and a retry sends all of it again: up to 1 MiB is kept in memory, more in a temporary
     * file. A read that blocks is ended by neither a cancel nor a deadline.
     *
     * @param mobileUser the mobile user
     * @param content gives the packet; it is not closed
     * @param options the packet's format and id
     * @return the ids of what was pushed
     * @throws DmerpException if it failed; a {@link FileException} is about the temporary file
     * @throws IOException what the stream threw, as the same object, or that it counts wrong;
     *     nothing was sent
     */
    public Pushed push(String mobileUser, InputStream content, PushOptions options)
            throws IOException {
        byte[] user = Text.toNative("mobileUser", mobileUser);
        byte[] id =
                Text.toNativeOrNull(
                        "packetId", Objects.requireNonNull(options, "options").packetId());
        int format = options.format().number;
        return push(
                Objects.requireNonNull(content, "content"),
                (client, call, pushed, error) ->
                        abi().dmerp_client_push_stream(
                                        client,
                                        user,
                                        format,
                                        RunningVerb.READ,
                                        null,
                                        id,
                                        call,
                                        pushed,
                                        error));
    }

    /**
     * Lists the synchronization packets that wait: {@link #pull(PacketKind, Format)} with {@link
     * PacketKind#PACKET} and {@link Format#DEFAULT}.
     *
     * @return the list, for the caller to close
     * @throws DmerpException if it failed
     */
    public Packets pull() throws DmerpException {
        return pull(PacketKind.PACKET);
    }

    /**
     * Lists what waits in one of the two lists: {@link #pull(PacketKind, Format)} with {@link
     * Format#DEFAULT}.
     *
     * @param kind the list
     * @return the list, for the caller to close
     * @throws DmerpException if it failed
     */
    public Packets pull(PacketKind kind) throws DmerpException {
        return pull(kind, Format.DEFAULT);
    }

    /**
     * Lists the packets that mobile users sent and nobody has marked done.
     *
     * <p>A listed packet is hidden from other pulls for a time that the portal sets, and listed
     * again after it, with a new receipt handle, until it is marked {@link #done(Iterable,
     * PacketKind, Format) done}. So one id can be seen twice.
     *
     * @param kind the list
     * @param format the form asked of the portal
     * @return the list, for the caller to close
     * @throws DmerpException if it failed; the list is whole, or an error
     */
    public Packets pull(PacketKind kind, Format format) throws DmerpException {
        int kindNumber = Objects.requireNonNull(kind, "kind").number;
        int formatNumber = Objects.requireNonNull(format, "format").number;
        PointerByReference packets = new PointerByReference();
        try {
            run(
                    (client, call, error) ->
                            abi().dmerp_client_pull(
                                            client,
                                            kindNumber,
                                            formatNumber,
                                            call,
                                            packets,
                                            error));
        } catch (Throwable failure) {
            abi().dmerp_packets_free(packets.getValue());
            throw failure;
        }
        return new Packets(packets.getValue());
    }

    /**
     * Gets a temporary link to a packet's content. Whoever has it can download the packet; by the
     * portal's page the download must begin within 15 minutes. The downloads here get their own.
     *
     * @param url the packet's {@link Packet#getUrl()}
     * @return a URL
     * @throws DmerpException if it failed
     */
    public String link(String url) throws DmerpException {
        byte[] path = Text.toNative("url", url);
        try (NativeBuffer link = new NativeBuffer()) {
            run(
                    (client, call, error) ->
                            abi().dmerp_client_link(client, path, call, link.struct, error));
            return link.text().orElse("");
        }
    }

    /**
     * Downloads a packet's content into memory, up to the option {@code max_memory_bytes}. A link
     * that expired is fetched anew, once.
     *
     * @param url the packet's {@link Packet#getUrl()}
     * @return the content
     * @throws DmerpException if it failed; {@link TooLargeException} for what should go to a file
     *     or stream
     */
    public byte[] download(String url) throws DmerpException {
        byte[] path = Text.toNative("url", url);
        try (NativeBuffer content = new NativeBuffer()) {
            run(
                    (client, call, error) ->
                            abi().dmerp_client_download(client, path, call, content.struct, error));
            if (content.size() > LARGEST_ARRAY) {
                throw new TooLargeException(
                        new ErrorDetails(
                                Status.TOO_LARGE,
                                "the packet has "
                                        + content.size()
                                        + " bytes, more than a Java array holds; download it to a file or a stream"));
            }
            return content.bytes();
        }
    }

    /**
     * Downloads a packet's content to a file, in pieces, up to the option {@code
     * max_download_bytes}. The file appears under its name, replacing an older one, only when it is
     * whole and on the disk; until then the content is in a temporary file {@code .dmerp-*.part}
     * beside it, which a failure removes.
     *
     * @param url the packet's {@link Packet#getUrl()}
     * @param to the file; make no part of it from what a mobile user sent
     * @return the content's size in bytes
     * @throws DmerpException if it failed; a {@link FileException} if the file cannot be written
     */
    public long download(String url, Path to) throws DmerpException {
        byte[] path = Text.toNative("url", url);
        byte[] file = Text.toNative("to", Text.ofPath("to", to));
        LongByReference size = new LongByReference();
        run(
                (client, call, error) ->
                        abi().dmerp_client_download_file(client, path, file, call, size, error));
        return size.getValue();
    }

    /**
     * Downloads a packet's content to a stream, up to the option {@code max_download_bytes}.
     * Nothing is written before all of the content has arrived: until then up to 1 MiB is kept in
     * memory, more in a temporary file. A write that blocks is ended by neither a cancel nor a
     * deadline.
     *
     * @param url the packet's {@link Packet#getUrl()}
     * @param to takes the content; it is flushed, and not closed
     * @return the content's size in bytes
     * @throws DmerpException if it failed; a {@link FileException} is about the temporary file
     * @throws IOException what the stream threw, as the same object
     */
    public long download(String url, OutputStream to) throws IOException {
        byte[] path = Text.toNative("url", url);
        LongByReference size = new LongByReference();
        run(
                null,
                Objects.requireNonNull(to, "to"),
                (client, call, error) ->
                        abi().dmerp_client_download_stream(
                                        client, path, RunningVerb.WRITE, null, call, size, error));
        to.flush();
        return size.getValue();
    }

    /**
     * Marks synchronization packets as done: {@link #done(Iterable, PacketKind, Format)} with
     * {@link PacketKind#PACKET} and {@link Format#DEFAULT}.
     *
     * @param receipts the packets' {@link Packet#getReceipt()}
     * @throws DmerpException if it failed
     */
    public void done(Iterable<Receipt> receipts) throws DmerpException {
        done(receipts, PacketKind.PACKET);
    }

    /**
     * Marks packets of one of the two lists as done: {@link #done(Iterable, PacketKind, Format)}
     * with {@link Format#DEFAULT}.
     *
     * @param receipts the packets' {@link Packet#getReceipt()}
     * @param kind the list that they were pulled from
     * @throws DmerpException if it failed
     */
    public void done(Iterable<Receipt> receipts, PacketKind kind) throws DmerpException {
        done(receipts, kind, Format.DEFAULT);
    }

    /**
     * Marks packets as done: the portal lists them no more. Call it only when their content is
     * safely kept.
     *
     * <p>More than the option {@code done_batch} go in several requests. One that the portal
     * refuses does not hold up the others; its exception says how many of those were marked.
     * Repeating the call is safe. No packets, no request.
     *
     * @param receipts the packets' {@link Packet#getReceipt()}
     * @param kind the list that they were pulled from
     * @param format the form of the request
     * @throws DmerpException if it failed; {@link RejectedException} with the portal's message,
     *     such as for a stale receipt handle
     */
    public void done(Iterable<Receipt> receipts, PacketKind kind, Format format)
            throws DmerpException {
        int kindNumber = Objects.requireNonNull(kind, "kind").number;
        int formatNumber = Objects.requireNonNull(format, "format").number;
        try (NativeReceipts copies =
                new NativeReceipts(Objects.requireNonNull(receipts, "receipts"))) {
            run(
                    (client, call, error) ->
                            abi().dmerp_client_done(
                                            client,
                                            copies.structs,
                                            copies.count,
                                            kindNumber,
                                            formatNumber,
                                            call,
                                            error));
        }
    }

    /**
     * Tries the settings, without touching any packet. Each cause of a failure has its own status:
     * {@link AuthenticationException} (the key), {@link UnknownAppAreaException} (the area), {@link
     * HostNotFoundException}, {@link ConnectException} and {@link TimedOutException} (the network),
     * {@link TlsException} (the certificate), {@link BadAnswerException} and {@link
     * NotFoundException} (something else is at the base URL). Where the portal answers a wrong area
     * exactly as a wrong key, that is AuthenticationException.
     *
     * @throws DmerpException if it failed
     */
    public void check() throws DmerpException {
        run((client, call, error) -> abi().dmerp_client_check(client, call, error));
    }

    private static Memory copy(byte[] content) {
        if (content.length == 0) {
            return null;
        }
        Memory copy = new Memory(content.length);
        copy.write(0, content, 0, content.length);
        return copy;
    }

    private Pushed push(InputStream input, PushFunction function) throws DmerpException {
        PointerByReference pushed = new PointerByReference();
        try {
            run(input, null, (client, call, error) -> function.call(client, call, pushed, error));
            return new Pushed(pushed.getValue());
        } finally {
            abi().dmerp_pushed_free(pushed.getValue());
        }
    }

    private void run(Function function) throws DmerpException {
        run(null, null, function);
    }

    /** Runs a verb, with the stream that its callback reads or writes, or null. */
    private void run(InputStream input, OutputStream output, Function function)
            throws DmerpException {
        if (Thread.currentThread().isInterrupted()) {
            throw RunningVerb.interrupted(
                    new CancelledException(
                            new ErrorDetails(
                                    Status.CANCELLED,
                                    "the call was not begun: its thread is interrupted")));
        }
        try (Handle.Use client = client().use();
                Handle.Use call = call().use();
                RunningVerb verb =
                        new RunningVerb(client().log(), call().listener(), input, output)) {
            verb.end(Outcome.of(error -> function.call(client.pointer(), call.pointer(), error)));
        }
    }
}
