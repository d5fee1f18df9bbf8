package org.dmerp;

import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The way to one app area. Make one and keep it: any number of threads may use it at once.
 *
 * <p>An ERP runs {@link #receive()} for what mobile users sent, and pushes to them with {@link
 * #push(String, byte[], PushOptions) push} or {@link #pushMany(List) pushMany}. {@link #pull()},
 * {@link #download(String) download} and {@link #done(Iterable) done} are the steps of a receiver,
 * for a loop of one's own.
 *
 * <p>A call blocks until it is done. These exceptions end it:
 *
 * <ul>
 *   <li>{@link DmerpException}: it failed.
 *   <li>{@link java.util.concurrent.CancellationException}: its {@link Cancellation} was cancelled.
 *   <li>{@link java.io.InterruptedIOException}: its thread was interrupted, or was so already when
 *       the call began. The thread's interrupt flag stays set.
 *   <li>What a {@link ProgressListener} or a stream threw, as the same object.
 *   <li>{@link IllegalArgumentException}: an argument cannot be used. No argument may be null; that
 *       is a {@link NullPointerException}. A url or receipt is the portal's word: an empty or too
 *       long one is a DmerpException with {@link Status#INVALID_ARGUMENT}.
 *   <li>{@link IllegalStateException}: the client was closed.
 * </ul>
 *
 * <p>A call that had begun when it was cancelled or interrupted has a {@link DmerpException} as its
 * exception's cause. What a listener or a stream threw has it among its {@linkplain
 * Throwable#getSuppressed() suppressed} exceptions. It tells the packet id, whether a push may be
 * stored, and what a {@link #done(Iterable) done} has marked.
 *
 * <p>Close a client that you are done with. Closing waits for nothing: calls that run on other
 * threads go on, and the last of them frees the connections and the native copy of the API key. A
 * client that nobody closed is freed soon after it was garbage collected.
 */
public final class Client implements AutoCloseable {
    final Handle handle;
    private final LogListener log;

    /**
     * Makes a client. It makes no request: {@link #check()} tries the settings.
     *
     * @param config the options, which are copied
     * @throws IllegalArgumentException if an option is missing or contradicts another, or a file
     *     that it names cannot be read
     */
    public Client(Config config) {
        synchronized (Objects.requireNonNull(config, "config")) {
            log = config.log();
            Abi.dmerp_log_callback take =
                    log == null ? null : logCallback(new WeakReference<>(this));
            handle =
                    new Handle(
                            this,
                            config.newClient(take),
                            abi()::dmerp_client_free,
                            take,
                            "this Client was closed");
        }
    }

    /** Of a client that it does not keep from being collected, as its listener could. */
    private static Abi.dmerp_log_callback logCallback(WeakReference<Client> self) {
        return (userData, level, message) -> {
            try {
                Client client = self.get();
                if (client != null) {
                    client.log.logged(LogLevel.of(level), message);
                }
            } catch (Throwable anything) {
                Thread thread = Thread.currentThread();
                thread.getUncaughtExceptionHandler().uncaughtException(thread, anything);
            }
        };
    }

    /** Begins a call that blocks, with the stream that it reads or writes, or null. */
    RunningCall begin(CallOptions call, InputStream input, OutputStream output) throws IOException {
        return new RunningCall(this, handle, handle.begin(), call, input, output);
    }

    /** As {@link #push(String, byte[], PushOptions)} with {@link PushOptions#xml()}. */
    public Pushed push(String mobileUser, byte[] content) throws IOException {
        return push(mobileUser, content, PushOptions.xml());
    }

    /** As {@link #push(String, byte[], PushOptions, CallOptions)}, without call options. */
    public Pushed push(String mobileUser, byte[] content, PushOptions options) throws IOException {
        return push(mobileUser, content, options, CallOptions.NONE);
    }

    /**
     * Sends a synchronization packet to a mobile user. It returns when the storage has acknowledged
     * every byte.
     *
     * @param content the packet, at least a byte
     * @param options the packet's format and id
     * @throws DmerpException if it failed. Repeat it under the same id, {@link
     *     DmerpException#getPacketId()}: then the portal knows both for one packet.
     */
    public Pushed push(String mobileUser, byte[] content, PushOptions options, CallOptions call)
            throws IOException {
        Arguments.text("mobileUser", mobileUser);
        Objects.requireNonNull(options, "options");
        Abi.SizeT len = new Abi.SizeT(Objects.requireNonNull(content, "content").length);
        try (RunningCall run = begin(call, null, null)) {
            return run.pushed(
                    abi().dmerp_client_push(
                                    run.pointer,
                                    mobileUser,
                                    options.format.number,
                                    content,
                                    len,
                                    options.packetId,
                                    run.control,
                                    run.pushed,
                                    run.error));
        }
    }

    /** As {@link #push(String, Path, PushOptions)} with {@link PushOptions#xml()}. */
    public Pushed push(String mobileUser, Path content) throws IOException {
        return push(mobileUser, content, PushOptions.xml());
    }

    /** As {@link #push(String, Path, PushOptions, CallOptions)}, without call options. */
    public Pushed push(String mobileUser, Path content, PushOptions options) throws IOException {
        return push(mobileUser, content, options, CallOptions.NONE);
    }

    /**
     * Sends a file as {@link #push(String, byte[], PushOptions, CallOptions)} sends bytes. It may
     * have any size: it is read in pieces as it is sent. A file that changes its size meanwhile is
     * not sent.
     */
    public Pushed push(String mobileUser, Path content, PushOptions options, CallOptions call)
            throws IOException {
        Arguments.text("mobileUser", mobileUser);
        Objects.requireNonNull(options, "options");
        String path = Arguments.path("content", content);
        try (RunningCall run = begin(call, null, null)) {
            return run.pushed(
                    abi().dmerp_client_push_file(
                                    run.pointer,
                                    mobileUser,
                                    options.format.number,
                                    path,
                                    options.packetId,
                                    run.control,
                                    run.pushed,
                                    run.error));
        }
    }

    /** As {@link #push(String, InputStream, PushOptions)} with {@link PushOptions#xml()}. */
    public Pushed push(String mobileUser, InputStream content) throws IOException {
        return push(mobileUser, content, PushOptions.xml());
    }

    /** As {@link #push(String, InputStream, PushOptions, CallOptions)}, without call options. */
    public Pushed push(String mobileUser, InputStream content, PushOptions options)
            throws IOException {
        return push(mobileUser, content, options, CallOptions.NONE);
    }

    /**
     * Sends a stream as {@link #push(String, byte[], PushOptions, CallOptions)} sends bytes. It may
     * have any length. It is read to its end before anything is sent: up to 1 MiB is kept in
     * memory, more in a temporary file. It is not closed. A read that blocks is not ended by a
     * cancel, an interrupt or a timeout.
     */
    public Pushed push(
            String mobileUser, InputStream content, PushOptions options, CallOptions call)
            throws IOException {
        Arguments.text("mobileUser", mobileUser);
        Objects.requireNonNull(options, "options");
        Objects.requireNonNull(content, "content");
        try (RunningCall run = begin(call, content, null)) {
            return run.pushed(
                    abi().dmerp_client_push_stream(
                                    run.pointer,
                                    mobileUser,
                                    options.format.number,
                                    RunningCall.READ,
                                    null,
                                    options.packetId,
                                    run.control,
                                    run.pushed,
                                    run.error));
        }
    }

    /** As {@link #push(PacketWriter, PushOptions)} with {@link PushOptions#xml()}. */
    public Pushed push(PacketWriter packet) throws IOException {
        return push(packet, PushOptions.xml());
    }

    /** As {@link #push(PacketWriter, PushOptions, CallOptions)}, without call options. */
    public Pushed push(PacketWriter packet, PushOptions options) throws IOException {
        return push(packet, options, CallOptions.NONE);
    }

    /**
     * Finishes a packet, and sends it to the mobile user whom it names. It may have any size. After
     * a failure the same packet can be pushed again.
     */
    public Pushed push(PacketWriter packet, PushOptions options, CallOptions call)
            throws IOException {
        return pushPacket(null, packet, options, call);
    }

    /** As {@link #push(String, PacketWriter, PushOptions)} with {@link PushOptions#xml()}. */
    public Pushed push(String mobileUser, PacketWriter packet) throws IOException {
        return push(mobileUser, packet, PushOptions.xml());
    }

    /** As {@link #push(String, PacketWriter, PushOptions, CallOptions)}, without call options. */
    public Pushed push(String mobileUser, PacketWriter packet, PushOptions options)
            throws IOException {
        return push(mobileUser, packet, options, CallOptions.NONE);
    }

    /**
     * Finishes a packet, and sends it to a mobile user, whomever it names. It may have any size.
     * After a failure the same packet can be pushed again; and one packet to several users.
     */
    public Pushed push(
            String mobileUser, PacketWriter packet, PushOptions options, CallOptions call)
            throws IOException {
        return pushPacket(Arguments.text("mobileUser", mobileUser), packet, options, call);
    }

    private Pushed pushPacket(
            String mobileUser, PacketWriter packet, PushOptions options, CallOptions call)
            throws IOException {
        Objects.requireNonNull(packet, "packet");
        if (Objects.requireNonNull(options, "options").format != Format.XML) {
            throw new IllegalArgumentException("options: the packet of a PacketWriter is XML");
        }
        try (RunningCall run = begin(call, null, null)) {
            return packet.handleToPush()
                    .use(
                            writer ->
                                    run.pushed(
                                            abi().dmerp_client_push_packet(
                                                            run.pointer,
                                                            mobileUser,
                                                            writer,
                                                            options.packetId,
                                                            run.control,
                                                            run.pushed,
                                                            run.error)));
        }
    }

    /** As {@link #pushMany(List, CallOptions)}, without call options. */
    public List<PushResult> pushMany(List<Outgoing> packets) throws IOException {
        return pushMany(packets, CallOptions.NONE);
    }

    /**
     * Sends many packets: {@link Config#pushConcurrency} at the same time, and those of one mobile
     * user one after the other, in their order. A failure concerns its packet only. If the key, the
     * area, the certificate or the proxy is refused, no further packet is tried, and all of these
     * get that failure. To send what failed, call this again with those packets, under the packet
     * ids that their exceptions tell.
     *
     * <p>All content is copied before the first packet is sent, files excepted. A content that
     * several packets have, the same array, is copied once.
     *
     * @param call for all packets together; its progress counts their bytes and packets
     * @return what became of each packet, in their order. It cannot be changed. After a cancel, an
     *     interrupt, or an exception of the listener, {@link DmerpException#getResults()} tells it.
     * @throws IllegalArgumentException if a packet cannot be sent, or two have the same id; nothing
     *     is sent then
     */
    public List<PushResult> pushMany(List<Outgoing> packets, CallOptions call) throws IOException {
        Objects.requireNonNull(packets, "packets");
        try (RunningCall run = begin(call, null, null)) {
            DmerpException.check(error -> abi().dmerp_batch_new(run.pointer, run.batch, error));
            Pointer batch = run.batch.getValue();
            Map<Object, Abi.SizeT> contents = new IdentityHashMap<>();
            for (Outgoing packet : packets) {
                Objects.requireNonNull(packet, "a packet");
                Abi.SizeT content = contents.get(packet.content);
                if (content == null) {
                    content = packet.addContent(batch);
                    contents.put(packet.content, content);
                }
                packet.add(batch, content);
            }
            int status = abi().dmerp_batch_run(batch, run.control, run.results, run.error);
            return run.pushedMany(status);
        }
    }

    /** As {@link #receive(PacketKind)} with {@link PacketKind#PACKET}. */
    public Receiver receive() {
        return receive(PacketKind.PACKET);
    }

    /** As {@link #receive(PacketKind, Format)} with {@link Format#DEFAULT}. */
    public Receiver receive(PacketKind kind) {
        return receive(kind, Format.DEFAULT);
    }

    /**
     * Receives the packets of a list: this is what an ERP runs. It makes no request yet. The
     * options {@code receive.*} set how it works.
     *
     * <pre>{@code
     * try (Receiver receiver = erp.receive()) {
     *     for (Received packet : receiver) {
     *         packet.saveAs(folder.resolve(number++ + ".xml")); // safely kept; only then:
     *         packet.done();
     *     }
     * }
     * }</pre>
     *
     * @param kind which of the two lists
     * @param format the form asked of the portal
     * @return a receiver, to be closed. It goes on working if the client is closed.
     * @throws IllegalStateException if this client has a receiver of the same list that has not
     *     come to its end and is not closed
     */
    public Receiver receive(PacketKind kind, Format format) {
        int list = Objects.requireNonNull(kind, "kind").number;
        int form = Objects.requireNonNull(format, "format").number;
        PointerByReference receiver = new PointerByReference();
        return handle.use(
                client -> {
                    DmerpException.checkState(
                            error ->
                                    abi().dmerp_client_receive(
                                                    client, list, form, receiver, error));
                    return new Receiver(this, receiver.getValue());
                });
    }

    /** What this client has done since it was made. It makes no request. */
    public Stats stats() {
        return handle.use(Stats::new);
    }

    /** As {@link #pull(PacketKind)} with {@link PacketKind#PACKET}. */
    public PacketList pull() throws IOException {
        return pull(PacketKind.PACKET);
    }

    /** As {@link #pull(PacketKind, Format, CallOptions)}, without call options. */
    public PacketList pull(PacketKind kind) throws IOException {
        return pull(kind, Format.DEFAULT, CallOptions.NONE);
    }

    /**
     * Lists the packets that mobile users sent and nobody has marked done.
     *
     * <p>A listed packet is hidden from other pulls for a time that the portal sets. Then it is
     * listed again, with a new receipt handle, until it is marked {@link #done(Iterable) done}. So
     * one id can be seen twice.
     *
     * @param kind which of the two lists
     * @param format the form asked of the portal
     */
    public PacketList pull(PacketKind kind, Format format, CallOptions call) throws IOException {
        int list = Objects.requireNonNull(kind, "kind").number;
        int form = Objects.requireNonNull(format, "format").number;
        try (RunningCall run = begin(call, null, null)) {
            run.finish(
                    abi().dmerp_client_pull(
                                    run.pointer, list, form, run.control, run.packets, run.error));
            return new PacketList(run.packets.getValue());
        }
    }

    /** As {@link #link(String, CallOptions)}, without call options. */
    public String link(String url) throws IOException {
        return link(url, CallOptions.NONE);
    }

    /**
     * Gets a temporary link to a packet's content. Whoever has the link can download the packet.
     * The download must begin within 15 minutes, the portal's page says. The downloads here get
     * their own.
     *
     * @param url the packet's {@link Packet#getUrl()}
     * @return a URL
     */
    public String link(String url, CallOptions call) throws IOException {
        Arguments.text("url", url);
        try (RunningCall run = begin(call, null, null)) {
            run.finish(
                    abi().dmerp_client_link(run.pointer, url, run.control, run.buffer, run.error));
            return run.buffer.text();
        }
    }

    /** As {@link #download(String, CallOptions)}, without call options. */
    public byte[] download(String url) throws IOException {
        return download(url, CallOptions.NONE);
    }

    /**
     * Downloads a packet's content into memory, up to the option {@code max_memory_bytes}. A link
     * that expired is fetched anew, once.
     *
     * @param url the packet's {@link Packet#getUrl()}
     */
    public byte[] download(String url, CallOptions call) throws IOException {
        Arguments.text("url", url);
        try (RunningCall run = begin(call, null, null)) {
            run.finish(
                    abi().dmerp_client_download(
                                    run.pointer, url, run.control, run.buffer, run.error));
            return run.buffer.bytes();
        }
    }

    /** As {@link #download(String, Path, CallOptions)}, without call options. */
    public long download(String url, Path to) throws IOException {
        return download(url, to, CallOptions.NONE);
    }

    /**
     * Downloads a packet's content to a file, in pieces, up to the option {@code
     * max_download_bytes}. The file appears under its name when it is whole and on the disk, and
     * replaces an older one. Until then the content is in a temporary file {@code .dmerp-*.part}
     * beside it, which a failure removes.
     *
     * @param url the packet's {@link Packet#getUrl()}
     * @param to the file; make no part of its name from what a mobile user sent
     * @return the content's size in bytes
     */
    public long download(String url, Path to, CallOptions call) throws IOException {
        Arguments.text("url", url);
        String path = Arguments.path("to", to);
        try (RunningCall run = begin(call, null, null)) {
            run.finish(
                    abi().dmerp_client_download_file(
                                    run.pointer, url, path, run.control, run.size, run.error));
            return run.size.getValue();
        }
    }

    /** As {@link #download(String, OutputStream, CallOptions)}, without call options. */
    public long download(String url, OutputStream to) throws IOException {
        return download(url, to, CallOptions.NONE);
    }

    /**
     * Downloads a packet's content to a stream, up to the option {@code max_download_bytes}.
     * Nothing is written before all of the content has arrived: until then up to 1 MiB is kept in
     * memory, more in a temporary file. The stream is flushed, and not closed. A write that blocks
     * is not ended by a cancel, an interrupt or a timeout.
     *
     * @param url the packet's {@link Packet#getUrl()}
     * @return the content's size in bytes
     */
    public long download(String url, OutputStream to, CallOptions call) throws IOException {
        Arguments.text("url", url);
        Objects.requireNonNull(to, "to");
        try (RunningCall run = begin(call, null, to)) {
            run.finish(
                    abi().dmerp_client_download_stream(
                                    run.pointer,
                                    url,
                                    RunningCall.WRITE,
                                    null,
                                    run.control,
                                    run.size,
                                    run.error));
            to.flush();
            return run.size.getValue();
        }
    }

    /** As {@link #done(Iterable, PacketKind)} with {@link PacketKind#PACKET}. */
    public void done(Iterable<Receipt> receipts) throws IOException {
        done(receipts, PacketKind.PACKET);
    }

    /** As {@link #done(Iterable, PacketKind, Format, CallOptions)}, without call options. */
    public void done(Iterable<Receipt> receipts, PacketKind kind) throws IOException {
        done(receipts, kind, Format.DEFAULT, CallOptions.NONE);
    }

    /**
     * Marks packets as done: the portal lists them no more. Call it only when their content is
     * safely kept.
     *
     * <p>More than the option {@code done_batch} go in several requests. A receipt that the portal
     * refuses, such as a stale one, does not hold up the others. Repeating the call is safe. No
     * receipts, no request.
     *
     * @param receipts the packets' {@link Packet#getReceipt()}
     * @param kind the list that they were pulled from
     * @param format the form of the request
     * @throws DmerpException if one or more are not marked. It is the first one's; {@link
     *     DmerpException#getResults()} tells about each.
     */
    public void done(Iterable<Receipt> receipts, PacketKind kind, Format format, CallOptions call)
            throws IOException {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(format, "format");
        List<Receipt> list = new ArrayList<>();
        Objects.requireNonNull(receipts, "receipts").forEach(list::add);
        Abi.dmerp_receipt[] structs =
                list.isEmpty()
                        ? null
                        : (Abi.dmerp_receipt[]) new Abi.dmerp_receipt().toArray(list.size());
        for (int i = 0; i < list.size(); i++) {
            Receipt receipt = Objects.requireNonNull(list.get(i), "a receipt");
            structs[i].id = Arguments.text("a receipt's id", receipt.getId());
            structs[i].receipt_handle =
                    Arguments.text("a receipt's handle", receipt.getReceiptHandle());
        }
        try (RunningCall run = begin(call, null, null)) {
            run.finish(
                    abi().dmerp_client_done(
                                    run.pointer,
                                    structs,
                                    new Abi.SizeT(list.size()),
                                    kind.number,
                                    format.number,
                                    run.control,
                                    run.results,
                                    run.error));
        }
    }

    /** As {@link #check(CallOptions)}, without call options. */
    public void check() throws IOException {
        check(CallOptions.NONE);
    }

    /**
     * Tries the settings. It touches no packet. Each cause of a failure has its own status: {@link
     * Status#AUTHENTICATION_FAILED} (the key), {@link Status#UNKNOWN_APP_AREA} (the area), {@link
     * Status#HOST_NOT_FOUND}, {@link Status#CONNECT_FAILED} and {@link Status#TIMED_OUT} (the
     * network), {@link Status#TLS_FAILED} (the certificate), {@link Status#BAD_ANSWER} and {@link
     * Status#NOT_FOUND} (something else is at the base URL). Where the portal answers a wrong area
     * exactly as a wrong key, that is AUTHENTICATION_FAILED.
     */
    public void check(CallOptions call) throws IOException {
        try (RunningCall run = begin(call, null, null)) {
            run.finish(abi().dmerp_client_check(run.pointer, run.control, run.error));
        }
    }

    /** Ends the use of this client. It waits for nothing. Closing again does nothing. */
    @Override
    public void close() {
        handle.close();
    }
}
