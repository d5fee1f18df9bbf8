package org.dmerp;

import com.sun.jna.Callback;
import com.sun.jna.IntegerType;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;
import com.sun.jna.ptr.ByReference;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.charset.StandardCharsets;

/**
 * The C ABI, as in dmerp.h and under its names. Handles are {@link Pointer}s that point nowhere.
 * JNA passes a String as UTF-8 with a NUL after it, and copies one that is returned; {@link
 * LibraryFinder} tells it so.
 */
interface Abi extends Library {
    int DMERP_ABI_VERSION = 1;

    /** Where C has an unsigned type. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target({ElementType.FIELD, ElementType.METHOD, ElementType.PARAMETER})
    @interface Unsigned {}

    /** C's {@code size_t}: as wide as a pointer. */
    class SizeT extends IntegerType {
        private static final long serialVersionUID = 1L;

        public SizeT() {
            this(0);
        }

        public SizeT(long value) {
            super(Native.SIZE_T_SIZE, value, true);
        }

        /** Puts a number where C has a {@code size_t}. */
        static void put(Pointer place, long value) {
            place.setPointer(0, Pointer.createConstant(value));
        }
    }

    /** C's {@code size_t *}. */
    class SizeTByReference extends ByReference {
        public SizeTByReference() {
            super(Native.SIZE_T_SIZE);
            getPointer().clear(Native.SIZE_T_SIZE);
        }

        SizeT getValue() {
            return new SizeT(Pointer.nativeValue(getPointer().getPointer(0)));
        }
    }

    // The rest is laid out as the header is.
    // spotless:off

    // The structs.
    @FieldOrder({"data", "len", "owner"})
    class dmerp_buffer extends Structure {
        public Pointer data;
        public SizeT len = new SizeT();
        public Pointer owner;

        /** A copy of the bytes. */
        byte[] bytes() {
            return data == null ? new byte[0] : data.getByteArray(0, Math.toIntExact(len.longValue()));
        }

        /** A copy of the bytes as text; null where there are none. */
        String text() {
            return data == null ? null : new String(bytes(), StandardCharsets.UTF_8);
        }
    }

    @FieldOrder({"name", "value"})
    class dmerp_field extends Structure {
        public String name, value;
    }

    @FieldOrder({"id", "receipt_handle", "url", "mobile_user", "company_id", "app_code", "packet_type", "on_date", "size", "other",
        "other_len"})
    class dmerp_packet extends Structure {
        public String id, receipt_handle, url, mobile_user, company_id, app_code, packet_type, on_date;
        public long size;
        public Pointer other;
        public SizeT other_len = new SizeT();
    }

    @FieldOrder({"done", "total", "packets", "packets_total"})
    class dmerp_progress extends Structure {
        @Unsigned public long done, total, packets, packets_total;
    }

    @FieldOrder({"id", "receipt_handle"})
    class dmerp_receipt extends Structure {
        public String id, receipt_handle;
    }

    @FieldOrder({"place", "reason", "id", "receipt_handle", "url"})
    class dmerp_unreadable extends Structure {
        public SizeT place = new SizeT();
        public String reason, id, receipt_handle, url;
    }

    @FieldOrder({"lists", "listed", "handed_over", "bytes", "done", "marked", "repeated", "dead_lettered", "left", "hidden_ms"})
    class dmerp_totals extends Structure {
        @Unsigned public long lists, listed, handed_over, bytes, done, marked, repeated, dead_lettered, left, hidden_ms;
    }

    @FieldOrder({"id", "mobile_user", "why", "status", "reason"})
    class dmerp_left extends Structure {
        public String id, mobile_user;
        public int why, status;
        public String reason;
    }

    @FieldOrder({"requests", "retries", "bytes_sent", "bytes_received", "connections_opened", "packets_pushed", "packets_received",
        "packets_done", "unmarked", "oldest_unmarked_at", "last_check_at", "last_push_at", "last_pull_at", "last_link_at",
        "last_download_at", "last_done_at"})
    class dmerp_stats extends Structure {
        @Unsigned public long requests, retries, bytes_sent, bytes_received, connections_opened, packets_pushed, packets_received;
        @Unsigned public long packets_done, unmarked, oldest_unmarked_at, last_check_at, last_push_at, last_pull_at, last_link_at;
        @Unsigned public long last_download_at, last_done_at;
    }

    // The callbacks.
    interface dmerp_log_callback extends Callback {
        void invoke(Pointer user_data, int level, String message);
    }

    interface dmerp_progress_callback extends Callback {
        int invoke(Pointer user_data, dmerp_progress progress);
    }

    interface dmerp_waiting_callback extends Callback {
        int invoke(Pointer user_data);
    }

    interface dmerp_read_callback extends Callback {
        int invoke(Pointer user_data, Pointer data, SizeT capacity, Pointer len);
    }

    interface dmerp_write_callback extends Callback {
        int invoke(Pointer user_data, Pointer data, SizeT len, Pointer taken);
    }

    // The functions.
    String dmerp_version();
    @Unsigned int dmerp_abi_version();
    SizeT dmerp_live_handles();

    String dmerp_status_name(int status);
    String dmerp_status_meaning(int status);
    String dmerp_status_action(int status);
    int dmerp_status_is_retryable(int status);

    int dmerp_error_status(Pointer error);
    String dmerp_error_message(Pointer error);
    int dmerp_error_http_status(Pointer error);
    String dmerp_error_server_message(Pointer error);
    String dmerp_error_packet_id(Pointer error);
    @Unsigned int dmerp_error_attempts(Pointer error);
    int dmerp_error_is_retryable(Pointer error);
    @Unsigned long dmerp_error_retry_after_ms(Pointer error);
    int dmerp_error_is_outcome_unknown(Pointer error);
    void dmerp_error_free(Pointer error);

    void dmerp_buffer_free(dmerp_buffer buffer);

    int dmerp_config_new(PointerByReference config, PointerByReference error);
    int dmerp_config_set(Pointer config, String key, String value, PointerByReference error);
    int dmerp_config_get(Pointer config, String key, dmerp_buffer value, PointerByReference error);
    int dmerp_config_set_log(Pointer config, int level, dmerp_log_callback callback, Pointer user_data,
            PointerByReference error);
    void dmerp_config_free(Pointer config);

    int dmerp_call_new(PointerByReference call, PointerByReference error);
    int dmerp_call_set_timeout_ms(Pointer call, @Unsigned long timeout_ms, PointerByReference error);
    int dmerp_call_set_progress(Pointer call, dmerp_progress_callback callback, Pointer user_data, PointerByReference error);
    int dmerp_call_set_waiting(Pointer call, dmerp_waiting_callback callback, Pointer user_data, PointerByReference error);
    int dmerp_call_cancel(Pointer call, PointerByReference error);
    int dmerp_call_is_cancelled(Pointer call);
    void dmerp_call_free(Pointer call);

    String dmerp_pushed_packet_id(Pointer pushed);
    String dmerp_pushed_sync_log_id(Pointer pushed);
    @Unsigned long dmerp_pushed_size(Pointer pushed);
    void dmerp_pushed_free(Pointer pushed);

    SizeT dmerp_packets_len(Pointer packets);
    int dmerp_packets_get(Pointer packets, SizeT index, dmerp_packet packet, PointerByReference error);
    SizeT dmerp_packets_unreadable_len(Pointer packets);
    int dmerp_packets_unreadable_get(Pointer packets, SizeT index, dmerp_unreadable entry, PointerByReference error);
    void dmerp_packets_free(Pointer packets);

    SizeT dmerp_results_len(Pointer results);
    int dmerp_results_status(Pointer results, SizeT index);
    Pointer dmerp_results_error(Pointer results, SizeT index);
    Pointer dmerp_results_pushed(Pointer results, SizeT index);
    void dmerp_results_free(Pointer results);

    int dmerp_client_new(Pointer config, PointerByReference client, PointerByReference error);
    int dmerp_client_push(Pointer client, String mobile_user, int format, byte[] content, SizeT len, String packet_id,
            Pointer call, PointerByReference pushed, PointerByReference error);
    int dmerp_client_push_file(Pointer client, String mobile_user, int format, String path, String packet_id, Pointer call,
            PointerByReference pushed, PointerByReference error);
    int dmerp_client_push_stream(Pointer client, String mobile_user, int format, dmerp_read_callback read, Pointer user_data,
            String packet_id, Pointer call, PointerByReference pushed, PointerByReference error);
    int dmerp_client_pull(Pointer client, int kind, int format, Pointer call, PointerByReference packets,
            PointerByReference error);
    int dmerp_client_link(Pointer client, String path, Pointer call, dmerp_buffer link, PointerByReference error);
    int dmerp_client_download(Pointer client, String path, Pointer call, dmerp_buffer content, PointerByReference error);
    int dmerp_client_download_file(Pointer client, String path, String to, Pointer call, LongByReference size,
            PointerByReference error);
    int dmerp_client_download_stream(Pointer client, String path, dmerp_write_callback write, Pointer user_data, Pointer call,
            LongByReference size, PointerByReference error);
    int dmerp_client_done(Pointer client, dmerp_receipt[] receipts, SizeT count, int kind, int format, Pointer call,
            PointerByReference results, PointerByReference error);
    int dmerp_client_check(Pointer client, Pointer call, PointerByReference error);
    void dmerp_client_free(Pointer client);

    int dmerp_received_packet(Pointer received, dmerp_packet packet, PointerByReference error);
    @Unsigned long dmerp_received_size(Pointer received);
    int dmerp_received_content(Pointer received, PointerByReference data, SizeTByReference len, PointerByReference error);
    String dmerp_received_path(Pointer received);
    int dmerp_received_save_as(Pointer received, String path, PointerByReference error);
    int dmerp_received_done(Pointer received, PointerByReference error);
    int dmerp_received_keep(Pointer received, String reason, PointerByReference error);
    void dmerp_received_free(Pointer received);

    int dmerp_client_receive(Pointer client, int kind, int format, PointerByReference receiver, PointerByReference error);
    int dmerp_receiver_next(Pointer receiver, Pointer call, PointerByReference received, PointerByReference error);
    int dmerp_receiver_is_ready(Pointer receiver);
    int dmerp_receiver_stop(Pointer receiver, PointerByReference error);
    int dmerp_receiver_close(Pointer receiver, PointerByReference summary, PointerByReference error);
    void dmerp_receiver_free(Pointer receiver);

    int dmerp_summary_totals(Pointer summary, dmerp_totals totals, SizeT size, PointerByReference error);
    SizeT dmerp_summary_left_len(Pointer summary);
    int dmerp_summary_left_get(Pointer summary, SizeT index, dmerp_left left, PointerByReference error);
    void dmerp_summary_free(Pointer summary);

    int dmerp_batch_new(Pointer client, PointerByReference batch, PointerByReference error);
    int dmerp_batch_content(Pointer batch, byte[] data, SizeT len, SizeTByReference content, PointerByReference error);
    int dmerp_batch_content_file(Pointer batch, String path, SizeTByReference content, PointerByReference error);
    int dmerp_batch_add(Pointer batch, String mobile_user, int format, SizeT content, String packet_id, PointerByReference error);
    int dmerp_batch_run(Pointer batch, Pointer call, PointerByReference results, PointerByReference error);
    void dmerp_batch_free(Pointer batch);

    int dmerp_client_stats(Pointer client, dmerp_stats stats, SizeT size, PointerByReference error);

    // spotless:on
}
