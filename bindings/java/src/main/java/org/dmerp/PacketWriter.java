package org.dmerp;

import static org.dmerp.DmerpException.check;
import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;

/**
 * Writes a synchronization packet: tables, and in each its records. It takes as much memory for a
 * million records as for ten.
 *
 * <pre>{@code
 * try (PacketWriter packet = new PacketWriter("anna").state(true)) {
 *     packet.table("ITEMS", "NO");
 *     packet.records(statement.executeQuery("SELECT NO, DESCRIPTION, UNITPRICE FROM ITEMS"));
 *     erp.push(packet, PushOptions.xml().packetId("items-" + day));
 * }
 * }</pre>
 *
 * <p>A field's value is one of these. A null is left out.
 *
 * <table>
 *   <caption>Values</caption>
 *   <tr><th>of Java</th><th>in the packet</th></tr>
 *   <tr><td>String, another CharSequence, Character, UUID</td><td>its text</td></tr>
 *   <tr><td>an enum's constant</td><td>its name</td></tr>
 *   <tr><td>Boolean</td><td>{@code true} or {@code false}</td></tr>
 *   <tr><td>Byte, Short, Integer, Long, BigInteger</td><td>{@code -12}</td></tr>
 *   <tr><td>BigDecimal</td><td>{@code 12.50}, all its digits, never an exponent</td></tr>
 *   <tr><td>Double, Float</td><td>{@code 0.1}, never an exponent; neither NaN nor infinity</td></tr>
 *   <tr><td>LocalDate, java.sql.Date</td><td>{@code 2026-11-24}</td></tr>
 *   <tr><td>LocalTime, java.sql.Time</td><td>{@code 09:42:19Z}, or {@code 09:42:19.382}</td></tr>
 *   <tr><td>Instant, OffsetDateTime, ZonedDateTime, java.util.Date</td>
 *       <td>in UTC, {@code 2026-11-24T09:42:19Z}, or {@code 2026-11-24T09:42:19.382Z}</td></tr>
 *   <tr><td>LocalDateTime, java.sql.Timestamp</td>
 *       <td>the same; the date and time that it shows are of the {@link #timeZone}</td></tr>
 *   <tr><td>byte[]</td><td>base64</td></tr>
 * </table>
 *
 * <p>What is less than a millisecond is cut off. For other types, or other forms, give it a {@link
 * #converter}.
 *
 * <p>What cannot be written is an {@link IllegalArgumentException}, whose message names table,
 * record and field: a name that is no name in XML, a character that XML cannot carry, a table
 * twice, a field twice in a record, a value of another type. Nothing of that record is written, and
 * the writer can go on. A file that cannot be written is a {@link DmerpException} with {@link
 * Status#FILE_ERROR}.
 *
 * <p>Settings and root attributes come before the first table. Any thread may use a writer, one at
 * a time. Close it. A packet that was not finished is thrown away then: an exception in the middle
 * leaves no half of a packet.
 */
public final class PacketWriter implements AutoCloseable {
    /** Rows go to the library by so many bytes, since each call of it is dear. */
    private static final int FULL = 64 * 1024;

    /**
     * The first of all, before anything of JNA's, so that the finder tells of JNA's own trouble.
     */
    private final Abi abi = abi();

    private final Handle handle;

    /** One for all calls but those of a client's: it would take a quarter of the time of a call. */
    private final PointerByReference error = new PointerByReference();

    private ZoneId zone = ZoneOffset.UTC;
    private BiFunction<String, Object, ?> converter;

    /** The table, and how many records there were before it. */
    private String table;

    private long before;

    // Rows on their way to the library: so many, which take up so much of the values. None between
    // two calls.
    private String[] fields = {};
    private final Texts names = new Texts();
    private final Texts values = new Texts();
    private int packed;
    private int packedSize;

    /** While records are written, whose source or converter must not use this. */
    private boolean amidRecords;

    /** As {@link #PacketWriter(String)}, for a packet that names no mobile user. */
    public PacketWriter() throws IOException {
        this(null);
    }

    /**
     * Begins a packet that will be pushed. Up to 1 MiB of it is kept in memory, more in a temporary
     * file without a name, in the folder {@link #tempDir}.
     *
     * @param mobileUser whom the packet names (the root's {@code salesmancode}); null or empty for
     *     nobody
     */
    public PacketWriter(String mobileUser) throws IOException {
        this(mobileUser, null);
    }

    private PacketWriter(String mobileUser, Path file) throws IOException {
        String user = mobileUser == null ? null : Arguments.text("mobileUser", mobileUser);
        String path = file == null ? null : Arguments.path("file", file);
        PointerByReference writer = new PointerByReference();
        check(
                error ->
                        path == null
                                ? abi.dmerp_packet_writer_new(user, writer, error)
                                : abi.dmerp_packet_writer_new_file(user, path, writer, error));
        handle =
                new Handle(
                        this,
                        writer.getValue(),
                        abi::dmerp_packet_writer_free,
                        null,
                        "this PacketWriter was closed");
    }

    /** As {@link #toFile(Path, String)}, for a packet that names no mobile user. */
    public static PacketWriter toFile(Path file) throws IOException {
        return toFile(file, null);
    }

    /**
     * Begins a packet in a file. It appears under its name when the packet is {@linkplain #finish()
     * finished}, and replaces an older one. Until then it is a temporary file beside it.
     *
     * @param mobileUser whom the packet names (the root's {@code salesmancode}); null or empty for
     *     nobody
     */
    public static PacketWriter toFile(Path file, String mobileUser) throws IOException {
        return new PacketWriter(mobileUser, Objects.requireNonNull(file, "file"));
    }

    /** Writes a record's status as {@code insert} rather than {@code inserted}, and so on. */
    public PacketWriter shortStatus(boolean wanted) {
        return set("status", wanted ? "insert" : "inserted");
    }

    /** Writes a field {@code state} into each record: 1 inserted, 2 updated, 3 deleted. */
    public PacketWriter state(boolean wanted) {
        return set("state", Boolean.toString(wanted));
    }

    /** Writes the table {@code $metadata} at the end: how many records each table has. */
    public PacketWriter metadata(boolean wanted) {
        return set("metadata", Boolean.toString(wanted));
    }

    /** Leaves out empty texts, as nulls are. Without this they are empty elements. */
    public PacketWriter omitEmptyTexts(boolean wanted) {
        return set("empty_texts", wanted ? "omit" : "write");
    }

    /** Writes U+FFFD for a character that XML cannot carry, rather than refuse the record. */
    public PacketWriter replaceInvalidCharacters(boolean wanted) {
        return set("invalid_characters", wanted ? "replace" : "refuse");
    }

    /** The folder for the temporary file, if not the system's own. */
    public PacketWriter tempDir(Path folder) {
        return set("temp_dir", Arguments.path("folder", folder));
    }

    /**
     * The zone of a LocalDateTime or a java.sql.Timestamp. UTC without this, whatever the machine's
     * zone.
     *
     * <p>Of a Timestamp this takes the date and time that it shows, as a database's column has
     * them. One that was made as a point in time, such as {@code new
     * Timestamp(System.currentTimeMillis())}, shows the time of Java's own zone, and would be
     * written wrong by the difference of the two zones. Give an Instant then: {@code
     * timestamp.toInstant()}.
     */
    public synchronized PacketWriter timeZone(ZoneId zone) {
        this.zone = Objects.requireNonNull(zone, "zone");
        return this;
    }

    /**
     * Changes values on their way: called with the field and its value, which may be null. It
     * returns the value to be written, the same one or another, or null to leave it out. What it
     * throws ends the call, as the same object. The values of a CSV file do not go through it.
     */
    public synchronized PacketWriter converter(BiFunction<String, Object, ?> converter) {
        this.converter = Objects.requireNonNull(converter, "converter");
        return this;
    }

    private PacketWriter set(String key, String value) {
        try {
            return use((writer, error) -> abi.dmerp_packet_writer_set(writer, key, value, error));
        } catch (DmerpException defect) {
            throw new UncheckedIOException(defect);
        }
    }

    private interface Function {
        int of(Pointer writer, PointerByReference error);
    }

    private synchronized PacketWriter use(Function function) throws DmerpException {
        refuseAmidRecords();
        return call(function);
    }

    private void refuseAmidRecords() {
        if (amidRecords) {
            throw new IllegalStateException(
                    "this PacketWriter is amid the records of another call; their source and the"
                            + " converter cannot use it");
        }
    }

    /** The handle, once no other thread is amid records. */
    synchronized Handle handleToPush() {
        refuseAmidRecords();
        return handle;
    }

    private PacketWriter call(Function function) throws DmerpException {
        return handle.use(
                writer -> {
                    check(function.of(writer, error), error);
                    return this;
                });
    }

    /** Sets a further attribute of the packet's root, such as {@code synctype}. */
    public PacketWriter attribute(String name, String value) throws IOException {
        Arguments.text("name", name);
        Arguments.text("value", value);
        return use(
                (writer, error) -> abi.dmerp_packet_writer_attribute(writer, name, value, error));
    }

    /** Begins a table. Each name once. If it is refused, so are records until another begins. */
    public void table(String name) throws IOException {
        begin(name, null, false);
    }

    /**
     * Begins a table whose records have a primary key.
     *
     * @param rowId the field whose value is written as {@code DMS_ROWID}, too
     */
    public void table(String name, String rowId) throws IOException {
        begin(name, rowId, true);
    }

    private synchronized void begin(String name, String rowId, boolean hasRowId)
            throws DmerpException {
        refuseAmidRecords();
        table = null; // if this one is refused, its records are refused, too
        call(
                (writer, error) -> {
                    try {
                        Arguments.text("name", name);
                        if (hasRowId) {
                            Arguments.text("rowId", rowId);
                        }
                    } catch (IllegalArgumentException | NullPointerException unspeakable) {
                        // So that no record goes into the table before.
                        abi.dmerp_packet_writer_table(writer, null, null, null);
                        throw unspeakable;
                    }
                    return abi.dmerp_packet_writer_table(writer, name, rowId, error);
                });
        table = name;
        before = getCount();
    }

    /** Without a table the library tells that, before this would tell what else is wrong. */
    private void requireTable(RecordStatus status) throws DmerpException {
        if (table == null) {
            Abi.SizeT none = new Abi.SizeT();
            call(
                    (writer, error) ->
                            abi.dmerp_packet_writer_record(
                                    writer, status.number, null, none, null, none, error));
        }
    }

    /** As {@link #record(Map, RecordStatus)} with {@link RecordStatus#INSERT}. */
    public void record(Map<String, ?> fields) throws IOException {
        record(fields, RecordStatus.INSERT);
    }

    /**
     * Writes a record. The fields are written in the map's order; a LinkedHashMap keeps the one in
     * which they were put in.
     *
     * @param fields the fields' names and values
     */
    public void record(Map<String, ?> fields, RecordStatus status) throws IOException {
        records(Collections.singleton(Objects.requireNonNull(fields, "fields")), status);
    }

    /**
     * Writes a record with attributes of its own, such as {@code directresponse}, or of its fields,
     * such as {@code validate}.
     *
     * @param attributes the record's attributes; null for none
     * @param fieldAttributes the attributes of each field that has some; null for none
     */
    public synchronized void record(
            Map<String, ?> fields,
            RecordStatus status,
            Map<String, String> attributes,
            Map<String, Map<String, String>> fieldAttributes)
            throws IOException {
        Objects.requireNonNull(fields, "fields");
        Objects.requireNonNull(status, "status");
        Map<String, String> own = attributes == null ? Collections.emptyMap() : attributes;
        Map<String, Map<String, String>> ofFields =
                fieldAttributes == null ? Collections.emptyMap() : fieldAttributes;
        refuseAmidRecords();
        requireTable(status);
        for (String name : ofFields.keySet()) {
            if (!fields.containsKey(name)) {
                throw refused(name, "it has attributes, but the record has no such field", null);
            }
        }
        Pointer its = array(own, place());
        Abi.dmerp_field[] written =
                fields.isEmpty()
                        ? null
                        : (Abi.dmerp_field[]) new Abi.dmerp_field().toArray(fields.size());
        int count = 0;
        amidRecords = true;
        try {
            for (Map.Entry<String, ?> entry : fields.entrySet()) {
                String name = entry.getKey();
                Abi.dmerp_field field = written[count++];
                requireName(name);
                field.name = name;
                Texts text = new Texts();
                if (put(text, name, entry.getValue())) {
                    field.value.kind = Abi.DMERP_VALUE_TEXT;
                    field.value.len = new Abi.SizeT(text.size);
                    text.end();
                    field.value.text = text.copy(text.size);
                }
                Map<String, String> attributesOfIt = ofFields.get(name);
                if (attributesOfIt != null) {
                    field.attributes = array(attributesOfIt, place() + ", field " + name);
                    field.attributes_len = new Abi.SizeT(attributesOfIt.size());
                }
            }
        } finally {
            amidRecords = false;
        }
        Abi.SizeT fieldsLen = new Abi.SizeT(count);
        Abi.SizeT attributesLen = new Abi.SizeT(own.size());
        use(
                (writer, error) ->
                        abi.dmerp_packet_writer_record(
                                writer,
                                status.number,
                                written,
                                fieldsLen,
                                its,
                                attributesLen,
                                error));
    }

    private static Pointer array(Map<String, String> attributes, String place) {
        try {
            return Abi.dmerp_attribute.array(attributes);
        } catch (IllegalArgumentException problem) {
            throw new IllegalArgumentException(place + ": " + problem.getMessage(), problem);
        }
    }

    /** As {@link #records(ResultSet, RecordStatus)} with {@link RecordStatus#INSERT}. */
    public long records(ResultSet rows) throws IOException, SQLException {
        return records(rows, RecordStatus.INSERT);
    }

    /**
     * Writes the rows of a query as records, from the next one on. The fields are named as the
     * columns are labelled. The result set is not closed.
     *
     * <p>A column of a type with a time zone is an instant, but for MySQL's TIMESTAMP: that shows
     * the time of the session's time zone, which mostly is the server's. Ask for it with {@code
     * SELECT @@session.time_zone}, and give it to {@link #timeZone}. A date or time that the driver
     * has as a text or a number, as SQLite's has a DATETIME, is written as that. A large column
     * (BLOB, CLOB) is read into memory, one row at a time.
     *
     * <p>Rows are read ahead, by 64 KiB of values. So do not go on with the same result set after
     * an exception: rows that were read are not written, and would be missing.
     *
     * @return how many. On an exception the records before it stay written.
     * @throws SQLException as the driver throws it. If it cannot give a value, this has the
     *     driver's as its cause, and names table, record and field.
     */
    public long records(ResultSet rows, RecordStatus status) throws IOException, SQLException {
        ResultSetRows all = new ResultSetRows(Objects.requireNonNull(rows, "rows"), this::place);
        return records(() -> all, status);
    }

    /** As {@link #records(Iterable, RecordStatus)} with {@link RecordStatus#INSERT}. */
    public long records(Iterable<? extends Map<String, ?>> rows) throws IOException {
        return records(rows, RecordStatus.INSERT);
    }

    /**
     * Writes many records, each a map of the fields' names and values, in the map's order. Faster
     * than one by one if they have the same fields in the same order. A map is copied before the
     * next one is asked for, so one can serve for all. Maps are read ahead, by 64 KiB of values. So
     * do not go on with the same source after an exception: maps that were read are not written,
     * and would be missing.
     *
     * @return how many. On an exception the records before it stay written.
     * @throws IllegalStateException if the source of these, or the converter, uses this writer
     */
    public synchronized long records(Iterable<? extends Map<String, ?>> rows, RecordStatus status)
            throws IOException {
        Objects.requireNonNull(rows, "rows");
        Objects.requireNonNull(status, "status");
        refuseAmidRecords();
        amidRecords = true;
        try {
            return packAll(rows, status);
        } finally {
            amidRecords = false;
        }
    }

    private long packAll(Iterable<? extends Map<String, ?>> rows, RecordStatus status)
            throws DmerpException {
        long count = 0;
        try {
            for (Iterator<? extends Map<String, ?>> each = rows.iterator(); each.hasNext(); ) {
                requireTable(status);
                pack(each.next(), status);
                count++;
            }
        } finally {
            // Also before what was thrown. If one of these is refused, that is what came first.
            flush(status);
        }
        return count;
    }

    private void pack(Map<String, ?> row, RecordStatus status) throws DmerpException {
        if (row == null) {
            throw new IllegalArgumentException(place() + ": it is null");
        }
        if (packedSize > FULL || !hasThePackedFields(row)) {
            flush(status);
            String[] next = row.keySet().toArray(new String[0]);
            for (String name : next) {
                requireName(name);
            }
            fields = next;
            names.size = 0;
            for (String name : fields) {
                names.put(name);
                names.end();
            }
        }
        // Where a row was not packed to its end, it is overwritten.
        values.size = packedSize;
        for (Map.Entry<String, ?> field : row.entrySet()) {
            if (!put(values, field.getKey(), field.getValue())) {
                values.putNull();
            }
            values.end();
        }
        packedSize = values.size;
        packed++;
    }

    private boolean hasThePackedFields(Map<String, ?> row) {
        int place = 0;
        for (String name : row.keySet()) {
            if (place == fields.length || !fields[place++].equals(name)) {
                return false;
            }
        }
        return place == fields.length;
    }

    private void flush(RecordStatus status) throws DmerpException {
        if (packed == 0) {
            return;
        }
        Pointer rows = values.copy(packedSize);
        Abi.SizeT size = new Abi.SizeT(packedSize);
        Abi.SizeT count = new Abi.SizeT(packed);
        packedSize = 0;
        packed = 0;
        call(
                (writer, error) ->
                        abi.dmerp_packet_writer_rows(
                                writer,
                                status.number,
                                names.copy(names.size),
                                new Abi.SizeT(names.size),
                                rows,
                                size,
                                count,
                                null,
                                error));
    }

    /** Refuses a field's name that C cannot be given. */
    private void requireName(String field) {
        if (field == null || !Arguments.isText(field)) {
            String problem = "a name can be neither null nor have a NUL or half a surrogate pair";
            throw refused(field == null ? null : field.replace("\0", "\\0"), problem, null);
        }
    }

    /** Puts a value as the packet has it; false for one to be left out. */
    private boolean put(Texts to, String field, Object value) {
        Object given = converter == null ? value : converter.apply(field, value);
        if (given == null) {
            return false;
        }
        try {
            Values.put(to, given, zone);
        } catch (IllegalArgumentException problem) {
            throw refused(field, problem.getMessage(), problem);
        } catch (DateTimeException tooFar) {
            throw refused(field, given + " is not of the years 1 to 9999", tooFar);
        }
        return true;
    }

    private IllegalArgumentException refused(String field, String problem, Throwable cause) {
        return new IllegalArgumentException(place() + ", field " + field + ": " + problem, cause);
    }

    /** Where the next record is. */
    private String place() {
        return "table " + table + ", record " + (getCount() - before + packed + 1);
    }

    /** As {@link #csv(Path, RecordStatus, char)}, inserted records of a file with commas. */
    public long csv(Path file) throws IOException {
        return csv(file, RecordStatus.INSERT, ',');
    }

    /**
     * Writes all records of a CSV file: RFC 4180, UTF-8 with or without a byte order mark. Its
     * first line has the fields' names. An empty value is a null.
     *
     * @param delimiter what stands between two values, an ASCII character
     * @return how many. On an exception the records before it stay written.
     */
    public long csv(Path file, RecordStatus status, char delimiter) throws IOException {
        String path = Arguments.path("file", file);
        int number = Objects.requireNonNull(status, "status").number;
        if (delimiter > 0x7f) {
            throw new IllegalArgumentException("delimiter is no ASCII character: " + delimiter);
        }
        LongByReference written = new LongByReference();
        use(
                (writer, error) ->
                        abi.dmerp_packet_writer_csv(
                                writer, number, path, (byte) delimiter, written, error));
        return written.getValue();
    }

    /** How many records were written so far, those of {@code $metadata} not counted. */
    public long getCount() {
        return handle.use(abi::dmerp_packet_writer_count);
    }

    /**
     * Ends the packet; a file gets its name. No record can follow. A second call does nothing.
     *
     * @throws DmerpException if the file could not be written
     */
    public void finish() throws IOException {
        use((writer, error) -> abi.dmerp_packet_writer_finish(writer, error));
    }

    /** Finishes the packet and copies it. Not of a packet in a file. */
    public byte[] content() throws IOException {
        Abi.dmerp_buffer content = new Abi.dmerp_buffer();
        try {
            use((writer, error) -> abi.dmerp_packet_writer_content(writer, content, error));
            return content.bytes();
        } finally {
            abi.dmerp_buffer_free(content);
        }
    }

    /** Frees the packet. One in a file that is not finished is removed. */
    @Override
    public void close() {
        handle.close();
    }
}
