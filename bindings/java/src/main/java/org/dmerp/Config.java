package org.dmerp;

import static org.dmerp.DmerpException.check;
import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.logging.Logger;

/**
 * The options of a client, before it is made. At first each has its default. Each has a setter,
 * which returns this. The native library checks a value at once. One that cannot be used is an
 * {@link IllegalArgumentException}, and the option keeps what it had. Each setter is named as its
 * option: {@link #timeoutIdle} sets {@code timeout.idle_ms}. {@link #set} and {@link #get} take an
 * option by its key, also one that only a newer native library has. A defect of that library is an
 * {@link UncheckedIOException}.
 *
 * <p>Clients copy the options. Any number of threads may use one configuration at once. It holds
 * the API key until it is garbage collected.
 *
 * <p>The log records of clients go to the logger {@code org.dmerp} of {@code java.util.logging},
 * unless {@link #log} or {@link #logOff} says otherwise. There an error is SEVERE, a warning is
 * WARNING, a call that succeeded is FINE, and every request is FINER.
 */
public final class Config {
    /** Held, because the logging system forgets a logger, and its level, that nobody holds. */
    private static final Logger LOGGER = Logger.getLogger("org.dmerp");

    private final Map<String, String> options = new LinkedHashMap<>();
    private LogLevel minimum = LogLevel.DEBUG;
    private LogListener log =
            (level, message) -> LOGGER.logp(level.java, Client.class.getName(), null, message);

    /** What is done with a native configuration. */
    private interface Use<T> {
        T of(Pointer config) throws DmerpException;
    }

    /** Sets the option of a key such as "timeout.idle_ms" to a value as text. */
    public synchronized Config set(String key, String value) {
        Arguments.text("key", key);
        Arguments.text("the value of " + key, value);
        withNative(Collections.singletonMap(key, value), config -> null);
        options.put(key, value);
        return this;
    }

    /**
     * The value in force of the option of a key such as "timeout.idle_ms". Empty for an option
     * without value and default. A secret reads as "(set)".
     */
    public synchronized Optional<String> get(String key) {
        Arguments.text("key", key);
        return withNative(
                options,
                config -> {
                    Abi.dmerp_buffer value = new Abi.dmerp_buffer();
                    try {
                        check(error -> abi().dmerp_config_get(config, key, value, error));
                        return Optional.ofNullable(value.text());
                    } finally {
                        abi().dmerp_buffer_free(value);
                    }
                });
    }

    /**
     * Gives the log records of every client made afterwards to a listener, in place of {@code
     * java.util.logging}. Records less important than the minimum are left out.
     */
    public synchronized Config log(LogLevel minimum, LogListener listener) {
        this.minimum = Objects.requireNonNull(minimum, "minimum");
        this.log = Objects.requireNonNull(listener, "listener");
        return this;
    }

    /** Turns logging off for every client made afterwards. */
    public synchronized Config logOff() {
        log = null;
        return this;
    }

    /** The application area's code, such as DMDEV01. Required. */
    public Config appArea(String area) {
        return set("app_area", area);
    }

    /** The application area's API key. Required. It appears in no message and no log. */
    public Config apiKey(String key) {
        return set("api_key", key);
    }

    /** Where the portal is; {@code /erp/...} is added to it. */
    public Config baseUrl(String url) {
        return set("base_url", url);
    }

    /** The form asked of pull and done where a call names none. */
    public Config format(Format format) {
        return set("format", lowerCase("format", format));
    }

    /** How long one connection may take: name resolution, TCP and TLS. */
    public Config timeoutConnect(Duration limit) {
        return set("timeout.connect_ms", milliseconds("limit", limit));
    }

    /** How long nothing may be sent and nothing received before an attempt is given up. */
    public Config timeoutIdle(Duration limit) {
        return set("timeout.idle_ms", milliseconds("limit", limit));
    }

    /**
     * How long one whole call may take, its retries included. {@link CallOptions#timeout} can only
     * shorten it.
     */
    public Config timeoutOverall(Duration limit) {
        return set("timeout.overall_ms", milliseconds("limit", limit));
    }

    /** How often one request is tried in all; 1 turns retries off. */
    public Config retryMaxAttempts(int count) {
        return set("retry.max_attempts", Integer.toString(count));
    }

    /**
     * How long the first wait between two tries is at most. Each further wait may be twice as long.
     * The real wait is drawn at random from nothing to that.
     */
    public Config retryBase(Duration wait) {
        return set("retry.base_ms", milliseconds("wait", wait));
    }

    /**
     * How long a wait between two tries is at most, unless the portal's Retry-After asks for more.
     */
    public Config retryMax(Duration wait) {
        return set("retry.max_ms", milliseconds("wait", wait));
    }

    /** Which certificate authorities count. */
    public Config tlsRoots(TlsRoots roots) {
        return set("tls.roots", lowerCase("roots", roots));
    }

    /**
     * A PEM file of certificate authorities to trust, such as a company's inspecting proxy. It is
     * read when a client is made.
     */
    public Config tlsCaFile(Path file) {
        return set("tls.ca_file", Arguments.path("file", file));
    }

    /** Certificate authorities to trust, as the text of a PEM file. */
    public Config tlsCaPem(String pem) {
        return set("tls.ca_pem", pem);
    }

    /**
     * The way out: "system" (the platform's settings), "none" (directly), or {@code
     * http://[user:password@]host:port}.
     */
    public Config proxy(String proxy) {
        return set("proxy", proxy);
    }

    /** The User-Agent header of every request. */
    public Config userAgent(String name) {
        return set("user_agent", name);
    }

    /** The Content-Type of an upload, which else follows the packet's format. */
    public Config uploadContentType(String type) {
        return set("upload_content_type", type);
    }

    /** The folder for the temporary files of streams and receivers, which else is the system's. */
    public Config tempDir(Path folder) {
        return set("temp_dir", Arguments.path("folder", folder));
    }

    /** How many packets one request of done marks; more are sent in several requests. */
    public Config doneBatch(int count) {
        return set("done_batch", Integer.toString(count));
    }

    /** The largest list accepted from pull, in bytes. */
    public Config maxListBytes(long size) {
        return set("max_list_bytes", Long.toString(size));
    }

    /**
     * The largest packet that a download holds in memory, in bytes. To a file or stream {@link
     * #maxDownloadBytes} alone counts.
     */
    public Config maxMemoryBytes(long size) {
        return set("max_memory_bytes", Long.toString(size));
    }

    /** The largest packet accepted from the storage, in bytes. */
    public Config maxDownloadBytes(long size) {
        return set("max_download_bytes", Long.toString(size));
    }

    /** How many packets a receiver downloads at the same time. */
    public Config receiveConcurrency(int count) {
        return set("receive.concurrency", Integer.toString(count));
    }

    /** How many packets a receiver downloads before they are taken from it, at most. */
    public Config receiveAheadPackets(int count) {
        return set("receive.ahead_packets", Integer.toString(count));
    }

    /**
     * How many content bytes a receiver downloads before they are taken from it, in memory and in
     * files. One packet may be larger.
     */
    public Config receiveAheadBytes(long size) {
        return set("receive.ahead_bytes", Long.toString(size));
    }

    /**
     * The largest packet that a receiver keeps in memory, in bytes. Larger content is in a file in
     * the {@link #tempDir}.
     */
    public Config receiveMemoryBytes(long size) {
        return set("receive.memory_bytes", Long.toString(size));
    }

    /** A receiver marks handled packets done when this many wait. */
    public Config receiveDoneCount(int count) {
        return set("receive.done_count", Integer.toString(count));
    }

    /** A receiver marks handled packets done when the oldest has waited this long. */
    public Config receiveDone(Duration wait) {
        return set("receive.done_ms", milliseconds("wait", wait));
    }

    /** How long a receiver that is closed may take to mark handled packets done. */
    public Config receiveClose(Duration limit) {
        return set("receive.close_ms", milliseconds("limit", limit));
    }

    /**
     * How long a listed packet may wait until it is handed over. Then a later list must show it
     * again. Keep it below the portal's visibility time-out, which is not published.
     */
    public Config receiveLease(Duration limit) {
        return set("receive.lease_ms", milliseconds("limit", limit));
    }

    /** After how many failures a packet goes to the {@link #receiveDeadLetterDir}. */
    public Config receiveMaxDeliveries(int count) {
        return set("receive.max_deliveries", Integer.toString(count));
    }

    /**
     * The folder for packets that fail again and again. A receiver stores the content there, as far
     * as it can be had, and a JSON file that tells why. Then it marks the packet done. Without this
     * such packets stay in the queue.
     */
    public Config receiveDeadLetterDir(Path folder) {
        return set("receive.dead_letter_dir", Arguments.path("folder", folder));
    }

    /**
     * How long a receiver waits for new packets before it lists again. Zero: it ends when the queue
     * is empty. The wait grows up to {@link #receivePollMax} while the queue stays empty.
     */
    public Config receivePoll(Duration wait) {
        return set("receive.poll_ms", milliseconds("wait", wait));
    }

    /** How long the wait between two lists of an empty queue is at most. */
    public Config receivePollMax(Duration wait) {
        return set("receive.poll_max_ms", milliseconds("wait", wait));
    }

    /** After how many packets a receiver ends; 0 is no limit. */
    public Config receiveMaxPackets(long count) {
        return set("receive.max_packets", Long.toString(count));
    }

    /** After which time a receiver hands over nothing new; zero is no limit. */
    public Config receiveMax(Duration limit) {
        return set("receive.max_ms", milliseconds("limit", limit));
    }

    /** How many packets {@link Client#pushMany} pushes at the same time, one for each user. */
    public Config pushConcurrency(int count) {
        return set("push.concurrency", Integer.toString(count));
    }

    /** Makes a native client that logs to a callback or null, for the caller to free. */
    synchronized Pointer newClient(Abi.dmerp_log_callback take) {
        return withNative(
                options,
                config -> {
                    PointerByReference client = new PointerByReference();
                    int level = minimum.number;
                    check(error -> abi().dmerp_config_set_log(config, level, take, null, error));
                    check(error -> abi().dmerp_client_new(config, client, error));
                    return client.getValue();
                });
    }

    /** Takes the clients' log records; null for nobody. */
    LogListener log() {
        return log;
    }

    private static <T> T withNative(Map<String, String> options, Use<T> use) {
        // Before anything of JNA's, so that JNA's own trouble is told by the finder.
        Abi abi = abi();
        PointerByReference config = new PointerByReference();
        try {
            check(error -> abi.dmerp_config_new(config, error));
            for (String key : options.keySet()) {
                String value = options.get(key);
                check(error -> abi.dmerp_config_set(config.getValue(), key, value, error));
            }
            return use.of(config.getValue());
        } catch (DmerpException defect) {
            throw new UncheckedIOException(defect);
        } finally {
            abi.dmerp_config_free(config.getValue());
        }
    }

    private static String milliseconds(String argument, Duration duration) {
        return Long.toString(Arguments.milliseconds(argument, duration));
    }

    private static String lowerCase(String argument, Enum<?> value) {
        return Objects.requireNonNull(value, argument).name().toLowerCase(Locale.ROOT);
    }
}
