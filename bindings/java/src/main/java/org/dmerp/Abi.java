package org.dmerp;

import com.sun.jna.Callback;
import com.sun.jna.IntegerType;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.StringArray;
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
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The C ABI, as in dmerp.h and under its names. Handles are {@link Pointer}s that point nowhere.
 * JNA passes a String as UTF-8 with a NUL after it, and copies one that is returned; {@link
 * LibraryFinder} tells it so.
 */
interface Abi extends Library {
    int DMERP_ABI_VERSION = 1;

    int DMERP_VALUE_NULL = 0;
    int DMERP_VALUE_TEXT = 1;
    int DMERP_VALUE_BOOL = 2;
    int DMERP_VALUE_INTEGER = 3;
    int DMERP_VALUE_DECIMAL = 4;
    int DMERP_VALUE_REAL = 5;
    int DMERP_VALUE_DATE = 6;
    int DMERP_VALUE_TIME = 7;
    int DMERP_VALUE_INSTANT = 8;
    int DMERP_VALUE_BYTES = 9;

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

        static SizeT at(Pointer place, long offset) {
            return new SizeT(Pointer.nativeValue(place.getPointer(offset)));
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
            return SizeT.at(getPointer(), 0);
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
    class dmerp_attribute extends Structure {
        public String name, value;

        /** A copy of an array, which for JNA is one of texts: name, value, name, value. */
        static Map<String, String> map(Pointer first, SizeT count) {
            Map<String, String> map = new LinkedHashMap<>();
            if (count.intValue() > 0) {
                String[] texts = first.getStringArray(0, 2 * count.intValue(), "UTF-8");
                for (int i = 0; i < texts.length; i += 2) {
                    map.put(texts[i], texts[i + 1]);
                }
            }
            return Collections.unmodifiableMap(map);
        }

        /** Such an array, to be kept while the library reads it; null of no attributes. */
        static Pointer array(Map<String, String> attributes) {
            List<String> texts = new ArrayList<>();
            attributes.forEach(
                    (name, value) -> {
                        if (name == null || value == null) {
                            String what = name == null ? "an attribute's name" : "the attribute " + name;
                            throw new IllegalArgumentException(what + " is null");
                        }
                        texts.add(Arguments.text("an attribute's name", name));
                        texts.add(Arguments.text("the attribute " + name, value));
                    });
            return texts.isEmpty() ? null : new StringArray(texts.toArray(new String[0]), "UTF-8");
        }
    }

    // These two are read and written at their members' offsets: JNA's own way takes longer than all else that is done for a record.
    @FieldOrder({"kind", "scale", "integer", "real", "text", "len"})
    class dmerp_value extends Structure {
        static final int SIZE = new dmerp_value().size();
        static final int INTEGER = offset("integer");
        static final int REAL = offset("real");
        static final int TEXT = offset("text");
        static final int LEN = offset("len");

        public int kind, scale;
        public long integer;
        public double real;
        public Pointer text;
        public SizeT len = new SizeT();

        private static int offset(String member) {
            return new dmerp_value().fieldOffset(member);
        }
    }

    @FieldOrder({"name", "value", "attributes", "attributes_len"})
    class dmerp_field extends Structure {
        static final int SIZE = new dmerp_field().size();
        static final int VALUE = offset("value");
        static final int ATTRIBUTES = offset("attributes");
        static final int ATTRIBUTES_LEN = offset("attributes_len");

        public String name;
        public dmerp_value value;
        public Pointer attributes;
        public SizeT attributes_len = new SizeT();

        private static int offset(String member) {
            return new dmerp_field().fieldOffset(member);
        }
    }

    @FieldOrder({"table", "element", "status", "number", "line", "fields", "fields_len", "attributes", "attributes_len"})
    class dmerp_record extends Structure {
        public String table, element;
        public int status;
        @Unsigned public long number, line;
        public Pointer fields;
        public SizeT fields_len = new SizeT();
        public Pointer attributes;
        public SizeT attributes_len = new SizeT();
    }

    @FieldOrder({"table", "first", "count", "columns", "names", "names_len", "values", "values_len", "statuses", "lines"})
    class dmerp_rows extends Structure {
        public String table;
        @Unsigned public long first;
        public SizeT count = new SizeT();
        public SizeT columns = new SizeT();
        public Pointer names;
        public SizeT names_len = new SizeT();
        public Pointer values;
        public SizeT values_len = new SizeT();
        public Pointer statuses, lines;
    }

    @FieldOrder({"line", "table", "record", "field", "what"})
    class dmerp_mistake extends Structure {
        @Unsigned public long line;
        public String table;
        @Unsigned public long record;
        public String field, what;
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
    int dmerp_client_push_packet(Pointer client, String mobile_user, Pointer writer, String packet_id, Pointer call,
            PointerByReference pushed, PointerByReference error);
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

    int dmerp_value_read(Pointer text, int kind, Pointer value, Pointer error);
    int dmerp_value_bytes(Pointer text, dmerp_buffer bytes, Pointer error);

    int dmerp_packet_writer_new(String mobile_user, PointerByReference writer, PointerByReference error);
    int dmerp_packet_writer_new_file(String mobile_user, String path, PointerByReference writer, PointerByReference error);
    int dmerp_packet_writer_set(Pointer writer, String key, String value, PointerByReference error);
    int dmerp_packet_writer_attribute(Pointer writer, String name, String value, PointerByReference error);
    int dmerp_packet_writer_table(Pointer writer, String name, String row_id, PointerByReference error);
    int dmerp_packet_writer_record(Pointer writer, int status, dmerp_field[] fields, SizeT fields_len, Pointer attributes,
            SizeT attributes_len, PointerByReference error);
    int dmerp_packet_writer_rows(Pointer writer, int status, Pointer names, SizeT names_len, Pointer values, SizeT values_len,
            SizeT count, SizeTByReference written, PointerByReference error);
    int dmerp_packet_writer_csv(Pointer writer, int status, String path, byte delimiter, LongByReference written,
            PointerByReference error);
    @Unsigned long dmerp_packet_writer_count(Pointer writer);
    int dmerp_packet_writer_finish(Pointer writer, PointerByReference error);
    int dmerp_packet_writer_content(Pointer writer, dmerp_buffer content, PointerByReference error);
    void dmerp_packet_writer_free(Pointer writer);

    int dmerp_packet_reader_new(Pointer data, SizeT len, PointerByReference reader, PointerByReference error);
    int dmerp_packet_reader_new_file(String path, PointerByReference reader, PointerByReference error);
    int dmerp_packet_reader_new_received(Pointer received, PointerByReference reader, PointerByReference error);
    int dmerp_packet_reader_set(Pointer reader, String key, String value, PointerByReference error);
    int dmerp_packet_reader_root(Pointer reader, PointerByReference attributes, SizeTByReference len, PointerByReference error);
    int dmerp_packet_reader_mobile_user(Pointer reader, PointerByReference mobile_user, PointerByReference error);
    int dmerp_packet_reader_next(Pointer reader, dmerp_record record, SizeT size, PointerByReference error);
    Pointer dmerp_record_field(dmerp_record record, String name);
    int dmerp_packet_reader_rows(Pointer reader, dmerp_rows rows, SizeT size, PointerByReference error);
    @Unsigned long dmerp_packet_reader_skipped(Pointer reader);
    void dmerp_packet_reader_free(Pointer reader);

    int dmerp_packet_check(byte[] data, SizeT len, PointerByReference mistakes, PointerByReference error);
    int dmerp_packet_check_file(String path, PointerByReference mistakes, PointerByReference error);
    SizeT dmerp_mistakes_len(Pointer mistakes);
    int dmerp_mistakes_get(Pointer mistakes, SizeT index, dmerp_mistake mistake, PointerByReference error);
    void dmerp_mistakes_free(Pointer mistakes);

    // spotless:on
}
