package org.dmerp;

import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.ptr.PointerByReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * The options of a client, before it is made. Each has a setter here, whose value the native
 * library checks at once; {@code docs/configuration.md} has the defaults and ranges. {@link #set}
 * and {@link #get} take an option by its key, also one that only a newer native library has. Any
 * number of threads may use one at once.
 *
 * <p>Clients copy the options, so a configuration can be changed or closed when a client is made of
 * it. Closing it wipes the API key in it; in Java's memory the text stays that was given.
 *
 * <p>The log records of clients go to the logger {@code org.dmerp} of {@code java.util.logging},
 * unless {@link #log} or {@link #logOff} says otherwise. There an error is SEVERE, a warning is
 * WARNING, a call that succeeded is FINE, and every request is FINER.
 */
public final class Config implements AutoCloseable {
    private final Handle handle;
    private LogListener log;

    /**
     * Makes a configuration in which every option has its default.
     *
     * @throws DmerpException for a defect of the native library
     */
    public Config() throws DmerpException {
        PointerByReference config = new PointerByReference();
        Outcome.check(error -> abi().dmerp_config_new(config, error));
        handle = new Handle(this, config.getValue(), abi()::dmerp_config_free);
        log(LogLevel.DEBUG, new JavaLogging());
    }

    /**
     * Sets one option by its key.
     *
     * @param key such as "timeout.idle_ms"
     * @param value as text
     * @return this
     * @throws DmerpException if it failed; {@link InvalidConfigException} if there is no such
     *     option, or it has no such value: then it keeps what it had
     */
    public Config set(String key, String value) throws DmerpException {
        byte[] nativeKey = Text.toNative("key", key);
        byte[] nativeValue = Text.toNative("the value of " + key, value);
        try (Handle.Use config = handle.use(this)) {
            Outcome.check(
                    error ->
                            abi().dmerp_config_set(
                                            config.pointer(), nativeKey, nativeValue, error));
        }
        return this;
    }

    /**
     * The value in force for one option.
     *
     * @param key such as "timeout.idle_ms"
     * @return empty for an option without value and default; "(set)" for a secret
     * @throws DmerpException if it failed; {@link InvalidConfigException} if there is no such
     *     option
     */
    public Optional<String> get(String key) throws DmerpException {
        byte[] nativeKey = Text.toNative("key", key);
        try (Handle.Use config = handle.use(this);
                NativeBuffer value = new NativeBuffer()) {
            Outcome.check(
                    error ->
                            abi().dmerp_config_get(
                                            config.pointer(), nativeKey, value.struct, error));
            return value.text();
        }
    }

    /**
     * Gives the log records of every client made afterwards to a listener, in place of {@code
     * java.util.logging}.
     *
     * @param minimum what is less important is left out
     * @param listener takes the records; clients keep it
     * @return this
     * @throws DmerpException for a defect of the native library
     */
    public Config log(LogLevel minimum, LogListener listener) throws DmerpException {
        return log(
                Objects.requireNonNull(minimum, "minimum").number,
                RunningVerb.LOG,
                Objects.requireNonNull(listener, "listener"));
    }

    /**
     * Turns logging off for every client made afterwards.
     *
     * @return this
     * @throws DmerpException for a defect of the native library
     */
    public Config logOff() throws DmerpException {
        return log(LogLevel.ERROR.number, null, null);
    }

    /**
     * The application area's code, such as DMDEV01. Required. Option {@code app_area}.
     *
     * @param area the code
     * @return this
     * @throws DmerpException if it failed; {@link InvalidConfigException} if it is no value for the
     *     option
     */
    public Config appArea(String area) throws DmerpException {
        return set("app_area", area);
    }

    /**
     * The application area's API key. Required. It appears in no message and no log, and reads as
     * "(set)". Option {@code api_key}.
     *
     * @param key the key from the portal
     * @return this
     * @throws DmerpException if it failed; {@link InvalidConfigException} if it is no value for the
     *     option
     */
    public Config apiKey(String key) throws DmerpException {
        return set("api_key", key);
    }

    /**
     * Where the portal is; {@code /erp/...} is added to it. Option {@code base_url}.
     *
     * @param url an http or https URL
     * @return this
     * @throws DmerpException if it failed; {@link InvalidConfigException} if it is no value for the
     *     option
     */
    public Config baseUrl(String url) throws DmerpException {
        return set("base_url", url);
    }

    /**
     * The form asked of pull and done where a call names none. Option {@code format}.
     *
     * @param format XML or JSON
     * @return this
     * @throws DmerpException if it failed; {@link InvalidConfigException} if it is no value for the
     *     option
     */
    public Config format(Format format) throws DmerpException {
        return set("format", lowerCase("format", format));
    }

    /**
     * How long one connection may take: name resolution, TCP and TLS. Option {@code
     * timeout.connect_ms}.
     *
     * @param limit whole milliseconds
     * @return this
     * @throws DmerpException if it failed; {@link InvalidConfigException} if it is no value for the
     *     option
     */
    public Config timeoutConnect(Duration limit) throws DmerpException {
        return set("timeout.connect_ms", Long.toString(Milliseconds.of("limit", limit)));
    }

    /**
     * How long nothing may be sent and nothing received before an attempt is given up. Option
     * {@code timeout.idle_ms}.
     *
     * @param limit whole milliseconds
     * @return this
     * @throws DmerpException if it failed; {@link InvalidConfigException} if it is no value for the
     *     option
     */
    public Config timeoutIdle(Duration limit) throws DmerpException {
        return set("timeout.idle_ms", Long.toString(Milliseconds.of("limit", limit)));
    }

    /**
     * How long one whole call may take, its retries included. A call's own deadline can only
     * shorten it. Option {@code timeout.overall_ms}.
     *
     * @param limit whole milliseconds
     * @return this
     * @throws DmerpException if it failed; {@link InvalidConfigException} if it is no value for the
     *     option
     */
    public Config timeoutOverall(Duration limit) throws DmerpException {
        return set("timeout.overall_ms", Long.toString(Milliseconds.of("limit", limit)));
    }

    /**
     * How often one request is tried in all; 1 turns retries off. Option {@code
     * retry.max_attempts}.
     *
     * @param count the number of tries
     * @return this
     * @throws DmerpException if it failed; {@link InvalidConfigException} if it is no value for the
     *     option
     */
    public Config retryMaxAttempts(int count) throws DmerpException {
        return set("retry.max_attempts", Integer.toString(count));
    }

    /**
     * How long the first wait between two tries is at most; each further wait may be twice as long.
     * The real wait is drawn at random from nothing to that. Option {@code retry.base_ms}.
     *
     * @param wait whole milliseconds
     * @return this
     * @throws DmerpException if it failed; {@link InvalidConfigException} if it is no value for the
     *     option
     */
    public Config retryBase(Duration wait) throws DmerpException {
        return set("retry.base_ms", Long.toString(Milliseconds.of("wait", wait)));
    }

    /**
     * How long a wait between two tries is at most, unless the portal's Retry-After asks for more.
     * Option {@code retry.max_ms}.
     *
     * @param wait whole milliseconds
     * @return this
     * @throws DmerpException if it failed; {@link InvalidConfigException} if it is no value for the
     *     option
     */
    public Config retryMax(Duration wait) throws DmerpException {
        return set("retry.max_ms", Long.toString(Milliseconds.of("wait", wait)));
    }

    /**
     * Which certificate authorities count. Option {@code tls.roots}.
     *
     * @param roots the authorities
     * @return this
     * @throws DmerpException if it failed; {@link InvalidConfigException} if it is no value for the
     *     option
     */
    public Config tlsRoots(TlsRoots roots) throws DmerpException {
        return set("tls.roots", lowerCase("roots", roots));
    }

    /**
     * A PEM file of certificate authorities to trust, such as a company's inspecting proxy. Option
     * {@code tls.ca_file}.
     *
     * @param file the file, read when a client is made
     * @return this
     * @throws DmerpException if it failed; {@link InvalidConfigException} if it is no value for the
     *     option
     */
    public Config tlsCaFile(Path file) throws DmerpException {
        return set("tls.ca_file", Text.ofPath("file", file));
    }

    /**
     * The way out: "system" (the platform's settings), "none" (directly), or {@code
     * http://[user:password@]host:port}. Option {@code proxy}.
     *
     * @param proxy one of these
     * @return this
     * @throws DmerpException if it failed; {@link InvalidConfigException} if it is no value for the
     *     option
     */
    public Config proxy(String proxy) throws DmerpException {
        return set("proxy", proxy);
    }

    /**
     * The User-Agent header of every request. Option {@code user_agent}.
     *
     * @param name the header's value
     * @return this
     * @throws DmerpException if it failed; {@link InvalidConfigException} if it is no value for the
     *     option
     */
    public Config userAgent(String name) throws DmerpException {
        return set("user_agent", name);
    }

    /**
     * The Content-Type of an upload, which else follows the packet's format. Option {@code
     * upload_content_type}.
     *
     * @param type a media type
     * @return this
     * @throws DmerpException if it failed; {@link InvalidConfigException} if it is no value for the
     *     option
     */
    public Config uploadContentType(String type) throws DmerpException {
        return set("upload_content_type", type);
    }

    /**
     * How many packets one request of done marks; more are sent in several requests. Option {@code
     * done_batch}.
     *
     * @param count the number of packets
     * @return this
     * @throws DmerpException if it failed; {@link InvalidConfigException} if it is no value for the
     *     option
     */
    public Config doneBatch(int count) throws DmerpException {
        return set("done_batch", Integer.toString(count));
    }

    /**
     * The largest list of packets accepted from pull. Option {@code max_list_bytes}.
     *
     * @param size in bytes
     * @return this
     * @throws DmerpException if it failed; {@link InvalidConfigException} if it is no value for the
     *     option
     */
    public Config maxListBytes(long size) throws DmerpException {
        return set("max_list_bytes", Long.toString(size));
    }

    /**
     * The largest packet that a download holds in memory; to a file or stream, {@link
     * #maxDownloadBytes} alone counts. Option {@code max_memory_bytes}.
     *
     * @param size in bytes
     * @return this
     * @throws DmerpException if it failed; {@link InvalidConfigException} if it is no value for the
     *     option
     */
    public Config maxMemoryBytes(long size) throws DmerpException {
        return set("max_memory_bytes", Long.toString(size));
    }

    /**
     * The largest packet accepted from the storage. Option {@code max_download_bytes}.
     *
     * @param size in bytes
     * @return this
     * @throws DmerpException if it failed; {@link InvalidConfigException} if it is no value for the
     *     option
     */
    public Config maxDownloadBytes(long size) throws DmerpException {
        return set("max_download_bytes", Long.toString(size));
    }

    /** Frees the configuration and wipes the API key in it. Closing again does nothing. */
    @Override
    public void close() {
        handle.close();
    }

    /** Makes a native client, for the caller to free, and tells its log listener: null for none. */
    synchronized LogListener makeClient(PointerByReference client) throws DmerpException {
        try (Handle.Use config = handle.use(this)) {
            Outcome.check(error -> abi().dmerp_client_new(config.pointer(), client, error));
        }
        return log;
    }

    private synchronized Config log(
            int minimum, Abi.dmerp_log_callback callback, LogListener listener)
            throws DmerpException {
        try (Handle.Use config = handle.use(this)) {
            Outcome.check(
                    error ->
                            abi().dmerp_config_set_log(
                                            config.pointer(), minimum, callback, null, error));
        }
        log = listener;
        return this;
    }

    private static String lowerCase(String argument, Enum<?> value) {
        return Objects.requireNonNull(value, argument).name().toLowerCase(Locale.ROOT);
    }
}
