package org.dmerp;

import com.sun.jna.Callback;
import com.sun.jna.IntegerType;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The C ABI, as in dmerp.h and under its names. Handles are {@link Pointer}s that point nowhere;
 * text is UTF-8 with a NUL after it, made by {@link Text}.
 */
interface Abi extends Library {
    int DMERP_ABI_VERSION = 1;

    /** Where C has an unsigned type. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target({ElementType.METHOD, ElementType.PARAMETER})
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
            if (Native.SIZE_T_SIZE == Long.BYTES) {
                place.setLong(0, value);
            } else {
                place.setInt(0, (int) value);
            }
        }
    }

    // The structs.

    @FieldOrder({"data", "len", "owner"})
    class dmerp_buffer extends Structure {
        public Pointer data;
        public SizeT len = new SizeT();
        public Pointer owner;
    }

    @FieldOrder({
        "id",
        "receipt_handle",
        "url",
        "mobile_user",
        "company_id",
        "app_code",
        "packet_type",
        "on_date",
        "size"
    })
    class dmerp_packet extends Structure {
        public Pointer id;
        public Pointer receipt_handle;
        public Pointer url;
        public Pointer mobile_user;
        public Pointer company_id;
        public Pointer app_code;
        public Pointer packet_type;
        public Pointer on_date;
        public long size;
    }

    @FieldOrder({"id", "receipt_handle"})
    class dmerp_receipt extends Structure {
        public Pointer id;
        public Pointer receipt_handle;
    }

    // The callbacks.

    interface dmerp_log_callback extends Callback {
        int invoke(Pointer user_data, int level, Pointer message);
    }

    interface dmerp_progress_callback extends Callback {
        int invoke(Pointer user_data, @Unsigned long done, @Unsigned long total);
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

    // The library.

    Pointer dmerp_version();

    @Unsigned
    int dmerp_abi_version();

    SizeT dmerp_live_handles();

    // Statuses.

    Pointer dmerp_status_name(int status);

    Pointer dmerp_status_meaning(int status);

    Pointer dmerp_status_action(int status);

    int dmerp_status_is_retryable(int status);

    // Errors.

    int dmerp_error_status(Pointer error);

    Pointer dmerp_error_message(Pointer error);

    int dmerp_error_http_status(Pointer error);

    Pointer dmerp_error_server_message(Pointer error);

    Pointer dmerp_error_packet_id(Pointer error);

    @Unsigned
    int dmerp_error_attempts(Pointer error);

    int dmerp_error_is_retryable(Pointer error);

    void dmerp_error_free(Pointer error);

    // Buffers.

    void dmerp_buffer_free(dmerp_buffer buffer);

    // Configurations.

    int dmerp_config_new(PointerByReference config, PointerByReference error);

    int dmerp_config_set(Pointer config, byte[] key, byte[] value, PointerByReference error);

    int dmerp_config_get(Pointer config, byte[] key, dmerp_buffer value, PointerByReference error);

    int dmerp_config_set_log(
            Pointer config,
            int level,
            dmerp_log_callback callback,
            Pointer user_data,
            PointerByReference error);

    void dmerp_config_free(Pointer config);

    // Calls.

    int dmerp_call_new(PointerByReference call, PointerByReference error);

    int dmerp_call_set_deadline_ms(
            Pointer call, @Unsigned long deadline_ms, PointerByReference error);

    int dmerp_call_set_progress(
            Pointer call,
            dmerp_progress_callback callback,
            Pointer user_data,
            PointerByReference error);

    int dmerp_call_set_waiting(
            Pointer call,
            dmerp_waiting_callback callback,
            Pointer user_data,
            PointerByReference error);

    int dmerp_call_cancel(Pointer call, PointerByReference error);

    int dmerp_call_is_cancelled(Pointer call);

    void dmerp_call_free(Pointer call);

    // What a push left behind.

    Pointer dmerp_pushed_packet_id(Pointer pushed);

    Pointer dmerp_pushed_sync_log_id(Pointer pushed);

    void dmerp_pushed_free(Pointer pushed);

    // Lists of packets.

    SizeT dmerp_packets_len(Pointer packets);

    int dmerp_packets_get(
            Pointer packets, SizeT index, dmerp_packet packet, PointerByReference error);

    int dmerp_packets_other_field(
            Pointer packets,
            SizeT index,
            byte[] name,
            PointerByReference value,
            PointerByReference error);

    void dmerp_packets_free(Pointer packets);

    // Clients.

    int dmerp_client_new(Pointer config, PointerByReference client, PointerByReference error);

    int dmerp_client_push(
            Pointer client,
            byte[] mobile_user,
            int format,
            Pointer content,
            SizeT len,
            byte[] packet_id,
            Pointer call,
            PointerByReference pushed,
            PointerByReference error);

    int dmerp_client_push_file(
            Pointer client,
            byte[] mobile_user,
            int format,
            byte[] path,
            byte[] packet_id,
            Pointer call,
            PointerByReference pushed,
            PointerByReference error);

    int dmerp_client_push_stream(
            Pointer client,
            byte[] mobile_user,
            int format,
            dmerp_read_callback read,
            Pointer user_data,
            byte[] packet_id,
            Pointer call,
            PointerByReference pushed,
            PointerByReference error);

    int dmerp_client_pull(
            Pointer client,
            int kind,
            int format,
            Pointer call,
            PointerByReference packets,
            PointerByReference error);

    int dmerp_client_link(
            Pointer client, byte[] path, Pointer call, dmerp_buffer link, PointerByReference error);

    int dmerp_client_download(
            Pointer client,
            byte[] path,
            Pointer call,
            dmerp_buffer content,
            PointerByReference error);

    int dmerp_client_download_file(
            Pointer client,
            byte[] path,
            byte[] to,
            Pointer call,
            LongByReference size,
            PointerByReference error);

    int dmerp_client_download_stream(
            Pointer client,
            byte[] path,
            dmerp_write_callback write,
            Pointer user_data,
            Pointer call,
            LongByReference size,
            PointerByReference error);

    int dmerp_client_done(
            Pointer client,
            dmerp_receipt[] receipts,
            SizeT count,
            int kind,
            int format,
            Pointer call,
            PointerByReference error);

    int dmerp_client_check(Pointer client, Pointer call, PointerByReference error);

    void dmerp_client_free(Pointer client);
}
