package org.dmerp;

import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A record of a synchronization packet, which a {@link PacketReader} read. Immutable.
 *
 * <p>A field's value is text. {@link #getDecimal} and the others like it read the text as another
 * type. They, and {@link #get}, answer null where the record does not have the field; so do they
 * for an empty text. A text that is none of that type is a {@link DmerpException} with {@link
 * Status#INVALID_ARGUMENT}, whose message names the place and quotes the text: it came from
 * outside, as what a reader throws. White space around it does not matter.
 */
public final class PacketRecord {
    // Where each is in the memory for a call that reads a value; the text is at 0.
    private static final int VALUE = Abi.dmerp_value.SIZE;
    private static final int ERROR = 2 * Abi.dmerp_value.SIZE;
    private static final int BYTES = ERROR + Native.POINTER_SIZE;

    private final String table;
    private final String element;
    private final RecordStatus status;
    private final long number;
    private final long line;
    private final String[] names;
    private final String[] texts;
    private final Map<String, String> attributes;
    private final Map<String, Map<String, String>> fieldAttributes;

    PacketRecord(
            String table,
            String element,
            RecordStatus status,
            long number,
            long line,
            String[] names,
            String[] texts,
            Map<String, String> attributes,
            Map<String, Map<String, String>> fieldAttributes) {
        this.table = table;
        this.element = element;
        this.status = status;
        this.number = number;
        this.line = line;
        this.names = names;
        this.texts = texts;
        this.attributes = attributes;
        this.fieldAttributes = fieldAttributes;
    }

    /** The name of its table. */
    public String getTable() {
        return table;
    }

    /** Its element's name: "r", but for what {@link PacketReader#keepUnknownElements} keeps. */
    public String getElement() {
        return element;
    }

    /** What is to be done with it. */
    public RecordStatus getStatus() {
        return status;
    }

    /** Its number in its table, counted from 1. */
    public long getNumber() {
        return number;
    }

    /** The packet's line in which it begins, counted from 1. */
    public long getLine() {
        return line;
    }

    /** Its attributes, without a status that is known. They cannot be changed. */
    public Map<String, String> getAttributes() {
        return attributes;
    }

    /** The attributes of a field, such as {@code validate}. They cannot be changed. */
    public Map<String, String> getFieldAttributes(String name) {
        Objects.requireNonNull(name, "name");
        return fieldAttributes.getOrDefault(name, Collections.emptyMap());
    }

    /** The names and texts of the fields that it has, in their order: a copy. */
    public Map<String, String> getFields() {
        Map<String, String> fields = new LinkedHashMap<>();
        for (int i = 0; i < names.length; i++) {
            if (texts[i] != null) {
                fields.put(names[i], texts[i]);
            }
        }
        return fields;
    }

    /** The text of a field; null if the record does not have it. */
    public String get(String field) {
        Objects.requireNonNull(field, "field");
        for (int i = 0; i < names.length; i++) {
            if (names[i].equals(field)) {
                return texts[i];
            }
        }
        return null;
    }

    /** A truth value: {@code true}, {@code false}, {@code 1} or {@code 0}, in any case; or null. */
    public Boolean getBoolean(String field) throws DmerpException {
        return read(field, Abi.DMERP_VALUE_BOOL, value -> integer(value) != 0);
    }

    /** A whole number, or null. */
    public Long getLong(String field) throws DmerpException {
        String text = get(field);
        return text != null && text.length() < 19 && isPlain(text, false)
                ? (Long) Long.parseLong(text)
                : read(field, Abi.DMERP_VALUE_INTEGER, PacketRecord::integer);
    }

    /** A decimal with all its digits, such as {@code 12.50}, or null. */
    public BigDecimal getDecimal(String field) throws DmerpException {
        String text = get(field);
        return text != null && isPlain(text, true)
                ? new BigDecimal(text)
                : read(
                        field,
                        Abi.DMERP_VALUE_DECIMAL,
                        value -> {
                            int len = Abi.SizeT.at(value, Abi.dmerp_value.LEN).intValue();
                            byte[] digits =
                                    value.getPointer(Abi.dmerp_value.TEXT).getByteArray(0, len);
                            return new BigDecimal(new String(digits, StandardCharsets.US_ASCII));
                        });
    }

    /**
     * Whether a text is digits, with a minus before them or a point among them. Java reads that as
     * the library does, in a twentieth of the time that a call of the library takes.
     */
    private static boolean isPlain(String text, boolean point) {
        boolean digit = false;
        boolean pointAllowed = point;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '.' && pointAllowed && digit) {
                pointAllowed = false;
                digit = false;
            } else if (c >= '0' && c <= '9') {
                digit = true;
            } else if (c != '-' || i > 0) {
                return false;
            }
        }
        return digit;
    }

    /** A number as the nearest double, or null. */
    public Double getDouble(String field) throws DmerpException {
        return read(field, Abi.DMERP_VALUE_REAL, value -> value.getDouble(Abi.dmerp_value.REAL));
    }

    /** A date, such as {@code 2026-11-24}, or null. */
    public LocalDate getDate(String field) throws DmerpException {
        return read(field, Abi.DMERP_VALUE_DATE, value -> LocalDate.ofEpochDay(integer(value)));
    }

    /** A time of a day, such as {@code 09:42:19Z} or {@code 09:42:19.382}, or null. */
    public LocalTime getTime(String field) throws DmerpException {
        return read(
                field,
                Abi.DMERP_VALUE_TIME,
                value -> LocalTime.ofNanoOfDay(integer(value) * 1_000_000));
    }

    /** An instant, such as {@code 2026-11-24T09:42:19Z}, with milliseconds or without, or null. */
    public Instant getInstant(String field) throws DmerpException {
        return read(field, Abi.DMERP_VALUE_INSTANT, value -> Instant.ofEpochMilli(integer(value)));
    }

    /** Bytes, from base64 or what stands after the comma of a data URL, or null. */
    public byte[] getBytes(String field) throws DmerpException {
        String text = get(field);
        if (text == null || text.trim().isEmpty()) { // the library makes zero bytes of it
            return null;
        }
        Abi.dmerp_buffer bytes = new Abi.dmerp_buffer();
        try (Memory memory = memory(text)) {
            Pointer error = memory.share(ERROR);
            check(field, abi().dmerp_value_bytes(memory, bytes, error), error);
            return bytes.bytes();
        } finally {
            abi().dmerp_buffer_free(bytes);
        }
    }

    private interface Value<T> {
        T of(Pointer value);
    }

    private static long integer(Pointer value) {
        return value.getLong(Abi.dmerp_value.INTEGER);
    }

    private <T> T read(String field, int kind, Value<T> of) throws DmerpException {
        String text = get(field);
        if (text == null) {
            return null;
        }
        try (Memory memory = memory(text)) {
            Pointer value = memory.share(VALUE);
            Pointer error = memory.share(ERROR);
            check(field, abi().dmerp_value_read(memory, kind, value, error), error);
            return value.getInt(0) == Abi.DMERP_VALUE_NULL ? null : of.of(value);
        }
    }

    /** A text as a value for the library; room for the value that it reads, and for an error. */
    private static Memory memory(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Memory memory = new Memory(BYTES + bytes.length + 1);
        memory.write(BYTES, bytes, 0, bytes.length);
        memory.setByte(memory.size() - 1, (byte) 0);
        memory.setInt(0, Abi.DMERP_VALUE_TEXT);
        memory.setPointer(Abi.dmerp_value.TEXT, memory.share(BYTES));
        Abi.SizeT.put(memory.share(Abi.dmerp_value.LEN), bytes.length);
        memory.setPointer(ERROR, null);
        return memory;
    }

    private void check(String field, int status, Pointer error) throws DmerpException {
        if (status != Status.OK.number) {
            String place = place() + ", field " + field + ": ";
            throw DmerpException.of(place, status, error.getPointer(0), null);
        }
    }

    private String place() {
        return "line " + line + ", table " + table + ", record " + number;
    }

    @Override
    public String toString() {
        return "PacketRecord[" + place() + ", status=" + status + ", fields=" + getFields() + "]";
    }
}
