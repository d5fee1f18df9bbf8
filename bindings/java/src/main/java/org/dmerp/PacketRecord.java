package org.dmerp;

import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.Memory;
import java.io.UncheckedIOException;
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
 * for an empty text. A text that is none of that type is an {@link IllegalArgumentException}, whose
 * message names the place and quotes the text. White space around it does not matter.
 */
public final class PacketRecord {
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
    public Map<String, String> getAttributes(String field) {
        Objects.requireNonNull(field, "field");
        return fieldAttributes.getOrDefault(field, Collections.emptyMap());
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
    public Boolean getBoolean(String field) {
        return read(field, Abi.DMERP_VALUE_BOOL, value -> value.integer != 0);
    }

    /** A whole number, or null. */
    public Long getLong(String field) {
        return read(field, Abi.DMERP_VALUE_INTEGER, value -> value.integer);
    }

    /** A decimal with all its digits, such as {@code 12.50}, or null. */
    public BigDecimal getDecimal(String field) {
        return read(
                field,
                Abi.DMERP_VALUE_DECIMAL,
                value -> {
                    byte[] digits = value.text.getByteArray(0, value.len.intValue());
                    return new BigDecimal(new String(digits, StandardCharsets.US_ASCII));
                });
    }

    /** A number as the nearest double, or null. */
    public Double getDouble(String field) {
        return read(field, Abi.DMERP_VALUE_REAL, value -> value.real);
    }

    /** A date, such as {@code 2026-11-24}, or null. */
    public LocalDate getDate(String field) {
        return read(field, Abi.DMERP_VALUE_DATE, value -> LocalDate.ofEpochDay(value.integer));
    }

    /** A time of a day, such as {@code 09:42:19Z} or {@code 09:42:19.382}, or null. */
    public LocalTime getTime(String field) {
        return read(
                field,
                Abi.DMERP_VALUE_TIME,
                value -> LocalTime.ofNanoOfDay(value.integer * 1_000_000));
    }

    /** An instant, such as {@code 2026-11-24T09:42:19Z}, with milliseconds or without, or null. */
    public Instant getInstant(String field) {
        return read(field, Abi.DMERP_VALUE_INSTANT, value -> Instant.ofEpochMilli(value.integer));
    }

    /** Bytes, from base64 or what stands after the comma of a data URL, or null. */
    public byte[] getBytes(String field) {
        String text = get(field);
        if (text == null) {
            return null;
        }
        Abi.dmerp_buffer bytes = new Abi.dmerp_buffer();
        try (Memory memory = memory(text)) {
            Abi.dmerp_value given = value(memory);
            check(field, error -> abi().dmerp_value_bytes(given, bytes, error));
            return bytes.bytes();
        } finally {
            abi().dmerp_buffer_free(bytes);
        }
    }

    private interface Value<T> {
        T of(Abi.dmerp_value value);
    }

    private <T> T read(String field, int kind, Value<T> of) {
        String text = get(field);
        if (text == null) {
            return null;
        }
        Abi.dmerp_value value = new Abi.dmerp_value();
        value.setAutoWrite(false);
        try (Memory memory = memory(text)) {
            Abi.dmerp_value given = value(memory);
            check(field, error -> abi().dmerp_value_read(given, kind, value, error));
            return value.kind == Abi.DMERP_VALUE_NULL ? null : of.of(value);
        }
    }

    /** A text for the library, with a NUL after it. */
    private static Memory memory(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Memory memory = new Memory(bytes.length + 1L);
        memory.write(0, bytes, 0, bytes.length);
        memory.setByte(bytes.length, (byte) 0);
        return memory;
    }

    private static Abi.dmerp_value value(Memory text) {
        Abi.dmerp_value value = new Abi.dmerp_value();
        value.setAutoRead(false);
        value.kind = Abi.DMERP_VALUE_TEXT;
        value.text = text;
        value.len = new Abi.SizeT(text.size() - 1);
        return value;
    }

    private void check(String field, DmerpException.Function function) {
        try {
            DmerpException.check(function);
        } catch (IllegalArgumentException problem) {
            throw new IllegalArgumentException(
                    place() + ", field " + field + ": " + problem.getMessage(), problem.getCause());
        } catch (DmerpException defect) {
            throw new UncheckedIOException(defect);
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
