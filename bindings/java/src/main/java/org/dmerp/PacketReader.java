package org.dmerp;

import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;

/**
 * Reads a synchronization packet, record by record. It takes as much memory for a million records
 * as for ten.
 *
 * <pre>{@code
 * try (PacketReader records = received.read()) {
 *     for (PacketRecord record : records) {
 *         if (record.getTable().equals("ORDERS")) {
 *             order(record.get("CUSTOMERNO"), record.getDecimal("QUANTITY"));
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>It takes what mobile apps write: a status in either spelling, or none; further attributes;
 * elements that it does not know. Where data would be lost, it throws a {@link DmerpException} with
 * {@link Status#BAD_PACKET}, whose message names line, table and record: a field twice in a record,
 * text where a record should be, a packet that breaks off. The records before it were read then, so
 * read a packet to its end before you say that it is done.
 *
 * <p>Settings come before the first record. Any thread may use a reader, one at a time. Close it.
 * One that nobody closed is freed soon after it was garbage collected.
 */
public final class PacketReader implements Iterable<PacketRecord>, AutoCloseable {
    /**
     * The first of all, before anything of JNA's, so that the finder tells of JNA's own trouble.
     */
    private final Abi abi = abi();

    private final Handle handle;

    // The next records, as many as have the same fields: from `next` on, of `count`. Copies: the
    // library's own are good until its next call only.
    private final Abi.dmerp_rows rows = new Abi.dmerp_rows();
    private final Abi.dmerp_record record = new Abi.dmerp_record();
    private String[] names = {};
    private byte[] values = {};
    private byte[] statuses = {};
    private long[] lines = {};
    private int next;
    private int count;
    private int at;

    /** The next record, where an iterator has looked for it. The next one who asks gets it. */
    private PacketRecord ahead;

    /** False where the record before had attributes, as then the next one probably has some. */
    private boolean plain = true;

    /** Reads bytes, which are copied. */
    public PacketReader(byte[] content) throws IOException {
        Abi.SizeT len = new Abi.SizeT(Objects.requireNonNull(content, "content").length);
        Memory copy = new Memory(content.length + 1L);
        copy.write(0, content, 0, content.length);
        handle =
                open(
                        (reader, error) -> abi.dmerp_packet_reader_new(copy, len, reader, error),
                        copy::close);
    }

    /** Reads a file. */
    public PacketReader(Path file) throws IOException {
        String path = Arguments.path("file", file);
        handle =
                open(
                        (reader, error) -> abi.dmerp_packet_reader_new_file(path, reader, error),
                        () -> {});
    }

    private PacketReader(Open open, Runnable end) throws DmerpException {
        handle = open(open, end);
    }

    /** Of a packet that a receiver handed over, whatever becomes of its handle. */
    static PacketReader of(Pointer received) throws DmerpException {
        return new PacketReader(
                (reader, error) -> abi().dmerp_packet_reader_new_received(received, reader, error),
                () -> {});
    }

    private interface Open {
        int of(PointerByReference reader, PointerByReference error);
    }

    /** Opens a native reader. What it reads is held, and ended when it is freed. */
    private Handle open(Open open, Runnable end) throws DmerpException {
        PointerByReference reader = new PointerByReference();
        DmerpException.check(error -> open.of(reader, error));
        rows.setAutoWrite(false);
        record.setAutoWrite(false);
        return new Handle(
                this,
                reader.getValue(),
                pointer -> { // holds no reference to this
                    abi().dmerp_packet_reader_free(pointer);
                    end.run();
                },
                null,
                "this PacketReader was closed");
    }

    /**
     * Reads elements, too, that the format does not know, as records with another {@link
     * PacketRecord#getElement()}. Without this they are {@linkplain #getSkipped() skipped}.
     */
    public PacketReader keepUnknownElements(boolean wanted) {
        return set("unknown_elements", wanted ? "keep" : "skip");
    }

    /** Reads tables, too, whose names begin with {@code $}, such as {@code $metadata}. */
    public PacketReader systemTables(boolean wanted) {
        return set("system_tables", Boolean.toString(wanted));
    }

    /** The most that one record may take, 64 MiB without this. A larger one is an exception. */
    public PacketReader maxRecordBytes(long bytes) {
        return set("max_record_bytes", Long.toString(bytes));
    }

    private PacketReader set(String key, String value) {
        try {
            return handle.use(
                    reader -> {
                        DmerpException.check(
                                error -> abi.dmerp_packet_reader_set(reader, key, value, error));
                        return this;
                    });
        } catch (DmerpException defect) {
            throw new UncheckedIOException(defect);
        }
    }

    /**
     * The mobile user whom the packet names: the root's {@code salesmancode}, in either spelling.
     * Empty if it names none.
     */
    public Optional<String> getMobileUser() throws IOException {
        return handle.use(
                reader -> {
                    PointerByReference user = new PointerByReference();
                    DmerpException.check(
                            error -> abi.dmerp_packet_reader_mobile_user(reader, user, error));
                    return Optional.ofNullable(user.getValue())
                            .map(text -> text.getString(0, "UTF-8"));
                });
    }

    /** All attributes of the packet's root. They cannot be changed. */
    public Map<String, String> getAttributes() throws IOException {
        return handle.use(
                reader -> {
                    PointerByReference first = new PointerByReference();
                    Abi.SizeTByReference len = new Abi.SizeTByReference();
                    DmerpException.check(
                            error -> abi.dmerp_packet_reader_root(reader, first, len, error));
                    return Abi.dmerp_attribute.map(first.getValue(), len.getValue());
                });
    }

    /**
     * How many elements, which the format does not know, were skipped so far. Ask at the end of the
     * packet: before that it is up to 1,000 records ahead.
     */
    public long getSkipped() {
        return handle.use(abi::dmerp_packet_reader_skipped);
    }

    /**
     * The next record; null at the end of the packet.
     *
     * @throws DmerpException if the packet is not what the format allows ({@link
     *     Status#BAD_PACKET}), a record is too large ({@link Status#TOO_LARGE}), or the file cannot
     *     be read ({@link Status#FILE_ERROR})
     */
    public synchronized PacketRecord next() throws IOException {
        PacketRecord record = lookAhead();
        ahead = null;
        return record;
    }

    private synchronized PacketRecord lookAhead() throws IOException {
        if (ahead == null) {
            ahead =
                    handle.use(
                            reader -> {
                                if (next == count && plain) {
                                    fetch(reader);
                                }
                                return next == count ? single(reader) : ofRows();
                            });
        }
        return ahead;
    }

    /** Fetches the next records that have the same fields and no attributes; there may be none. */
    private void fetch(Pointer reader) throws DmerpException {
        Abi.SizeT size = new Abi.SizeT(rows.size());
        next = 0;
        count = 0;
        DmerpException.check(error -> abi.dmerp_packet_reader_rows(reader, rows, size, error));
        if (rows.count.intValue() > 0) {
            String all = new String(bytes(rows.names, rows.names_len), StandardCharsets.UTF_8);
            names = all.isEmpty() ? new String[0] : all.split("\0");
            values = bytes(rows.values, rows.values_len);
            statuses = bytes(rows.statuses, rows.count);
            lines = rows.lines.getLongArray(0, rows.count.intValue());
            count = rows.count.intValue();
            at = 0;
        }
    }

    private static byte[] bytes(Pointer first, Abi.SizeT len) {
        return len.intValue() == 0 ? new byte[0] : first.getByteArray(0, len.intValue());
    }

    private PacketRecord ofRows() {
        String[] texts = new String[names.length];
        for (int i = 0; i < texts.length; i++) {
            int start = at;
            while (values[at] != 0) {
                at++;
            }
            if (values[start] != Texts.NULL) {
                texts[i] = new String(values, start, at - start, StandardCharsets.UTF_8);
            }
            at++;
        }
        PacketRecord record =
                new PacketRecord(
                        rows.table,
                        "r",
                        RecordStatus.of(statuses[next]),
                        rows.first + next,
                        lines[next],
                        names,
                        texts,
                        Collections.emptyMap(),
                        Collections.emptyMap());
        next++;
        return record;
    }

    private PacketRecord single(Pointer reader) throws DmerpException {
        Abi.SizeT size = new Abi.SizeT(record.size());
        DmerpException.check(error -> abi.dmerp_packet_reader_next(reader, record, size, error));
        if (record.table == null) {
            return null;
        }
        String[] names = new String[record.fields_len.intValue()];
        String[] texts = new String[names.length];
        Map<String, Map<String, String>> fieldAttributes = new HashMap<>();
        for (int i = 0; i < names.length; i++) {
            long field = (long) i * Abi.dmerp_field.SIZE;
            long text = field + Abi.dmerp_field.VALUE + Abi.dmerp_value.TEXT;
            names[i] = record.fields.getPointer(field).getString(0, "UTF-8");
            texts[i] = record.fields.getPointer(text).getString(0, "UTF-8");
            Abi.SizeT len = Abi.SizeT.at(record.fields, field + Abi.dmerp_field.ATTRIBUTES_LEN);
            if (len.intValue() > 0) {
                Pointer attributes = record.fields.getPointer(field + Abi.dmerp_field.ATTRIBUTES);
                fieldAttributes.put(names[i], Abi.dmerp_attribute.map(attributes, len));
            }
        }
        plain = record.attributes_len.intValue() == 0 && fieldAttributes.isEmpty();
        return new PacketRecord(
                record.table,
                record.element,
                RecordStatus.of(record.status),
                record.number,
                record.line,
                names,
                texts,
                Abi.dmerp_attribute.map(record.attributes, record.attributes_len),
                fieldAttributes);
    }

    /**
     * The records, as {@link #next()} reads them. All iterators and {@link #next()} go through the
     * same records, so another loop goes on where the one before ended; {@link Iterator#hasNext()}
     * takes none. What {@link #next()} throws is an {@link UncheckedIOException} here, with it as
     * its cause.
     */
    @Override
    public Iterator<PacketRecord> iterator() {
        return new Iterator<PacketRecord>() {
            @Override
            public boolean hasNext() {
                return of(PacketReader.this::lookAhead) != null;
            }

            @Override
            public PacketRecord next() {
                PacketRecord record = of(PacketReader.this::next);
                if (record == null) {
                    throw new NoSuchElementException();
                }
                return record;
            }

            private PacketRecord of(Reading reading) {
                try {
                    return reading.next();
                } catch (IOException failure) {
                    throw new UncheckedIOException(failure.getMessage(), failure);
                }
            }
        };
    }

    private interface Reading {
        PacketRecord next() throws IOException;
    }

    /**
     * The mistakes in a packet, at most 1,000; then the last one says how many more there are. None
     * in a packet that the format allows.
     */
    public static List<Mistake> check(byte[] content) throws IOException {
        Abi abi = abi();
        Abi.SizeT len = new Abi.SizeT(Objects.requireNonNull(content, "content").length);
        return mistakes((mistakes, error) -> abi.dmerp_packet_check(content, len, mistakes, error));
    }

    /** The mistakes in a file's packet: as {@link #check(byte[])}. */
    public static List<Mistake> checkFile(Path file) throws IOException {
        Abi abi = abi();
        String path = Arguments.path("file", file);
        return mistakes((mistakes, error) -> abi.dmerp_packet_check_file(path, mistakes, error));
    }

    private static List<Mistake> mistakes(Open open) throws DmerpException {
        PointerByReference mistakes = new PointerByReference();
        try {
            DmerpException.check(error -> open.of(mistakes, error));
            List<Mistake> list = new ArrayList<>();
            int count = abi().dmerp_mistakes_len(mistakes.getValue()).intValue();
            for (int i = 0; i < count; i++) {
                Abi.dmerp_mistake mistake = new Abi.dmerp_mistake();
                mistake.setAutoWrite(false);
                Abi.SizeT index = new Abi.SizeT(i);
                DmerpException.check(
                        error ->
                                abi().dmerp_mistakes_get(
                                                mistakes.getValue(), index, mistake, error));
                list.add(new Mistake(mistake));
            }
            return Collections.unmodifiableList(list);
        } finally {
            abi().dmerp_mistakes_free(mistakes.getValue());
        }
    }

    /** Frees the reader. Its records can still be used. Closing again does nothing. */
    @Override
    public synchronized void close() {
        ahead = null;
        handle.close();
    }
}
