package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(WithSandbox.class)
class PacketReaderTest {
    private static byte[] packet(String... tables) {
        return ("<NavMobileSync salesmanCode='anna' syncid=\"1 &amp; 2\">\n"
                        + String.join("\n", tables)
                        + "\n</NavMobileSync>")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String table(String name, String... records) {
        return "<table tablename='" + name + "'>\n" + String.join("\n", records) + "\n</table>";
    }

    private static List<PacketRecord> all(PacketReader reader) {
        List<PacketRecord> records = new ArrayList<>();
        reader.forEach(records::add);
        return records;
    }

    /** The records of a packet, which can be used when their reader is closed. */
    private static List<PacketRecord> all(byte[] packet) throws Exception {
        try (PacketReader reader = new PacketReader(packet)) {
            return all(reader);
        }
    }

    /** A record of this one field, which has no attributes. */
    private static PacketRecord record(String value) throws Exception {
        return all(packet(table("ITEMS", "<r><X>" + value + "</X></r>"))).get(0);
    }

    private static String refused(Executable call) {
        return Samples.fails(Status.INVALID_ARGUMENT, call).getMessage();
    }

    @Test
    void readsRecordsInTheirOrder() throws Exception {
        byte[] content =
                packet(
                        table(
                                "ITEMS",
                                "<r status='insert'><NO>1</NO><NAME>Иван &lt;&#x1F69A;</NAME></r>",
                                "<r status='updated'><NO>2</NO><NOTE/></r>",
                                "<r status='DELETE'><NO>3</NO></r>"),
                        table("ORDERS", "<r status='read'/>", "<r><NO>4</NO></r>"));
        try (PacketReader reader = new PacketReader(content)) {
            assertEquals(Optional.of("anna"), reader.getMobileUser());
            assertEquals(Map.of("salesmanCode", "anna", "syncid", "1 & 2"), reader.getAttributes());
            PacketRecord first = reader.next();
            assertEquals("ITEMS", first.getTable());
            assertEquals("r", first.getElement());
            assertEquals(RecordStatus.INSERT, first.getStatus());
            assertEquals(1, first.getNumber());
            assertEquals(3, first.getLine());
            assertEquals(Map.of(), first.getAttributes());
            assertEquals(Map.of(), first.getFieldAttributes("NO"));
            assertEquals("Иван <🚚", first.get("NAME"));
            assertNull(first.get("NOTE"));
            assertNull(first.get("name"));
            assertEquals("{NO=1, NAME=Иван <🚚}", first.getFields().toString());
            PacketRecord second = reader.next();
            assertEquals(RecordStatus.UPDATE, second.getStatus());
            assertEquals("{NO=2, NOTE=}", second.getFields().toString());
            assertEquals(RecordStatus.DELETE, reader.next().getStatus());
            PacketRecord fourth = reader.next();
            assertEquals("ORDERS", fourth.getTable());
            assertEquals(RecordStatus.READ, fourth.getStatus());
            assertEquals(1, fourth.getNumber());
            assertEquals(Map.of(), fourth.getFields());
            PacketRecord last = reader.next();
            assertEquals(RecordStatus.NONE, last.getStatus());
            assertEquals(2, last.getNumber());
            assertEquals(9, last.getLine());
            assertNull(reader.next());
            assertNull(reader.next());
            assertEquals(0, reader.getSkipped());
            assertEquals(Optional.of("anna"), reader.getMobileUser());
            assertTrue(last.toString().contains("ORDERS"), last.toString());
        }
    }

    @Test
    void keepsAttributes() throws Exception {
        List<PacketRecord> records =
                all(
                        packet(
                                table(
                                        "ORDERS",
                                        "<r status='inserted'><NO>1</NO></r>",
                                        "<r status='insert' directresponse='true'><NO validate='1' x=''>2</NO><NAME>n</NAME></r>",
                                        "<r status='moved'><NO>3</NO></r>",
                                        "<r status='inserted'><NO>4</NO></r>")));
        assertEquals(4, records.size());
        PacketRecord second = records.get(1);
        assertEquals(RecordStatus.INSERT, second.getStatus());
        assertEquals(Map.of("directresponse", "true"), second.getAttributes());
        assertEquals(Map.of("validate", "1", "x", ""), second.getFieldAttributes("NO"));
        assertEquals(Map.of(), second.getFieldAttributes("NAME"));
        assertEquals("{NO=2, NAME=n}", second.getFields().toString());
        assertEquals(2, second.getNumber());
        assertEquals(RecordStatus.OTHER, records.get(2).getStatus());
        assertEquals(Map.of("status", "moved"), records.get(2).getAttributes());
        assertEquals(4, records.get(3).getNumber());
        assertThrows(
                UnsupportedOperationException.class, () -> second.getAttributes().put("a", "b"));
    }

    @Test
    void passesOverWhatItDoesNotKnowUnlessAsked() throws Exception {
        byte[] content =
                packet(
                        "<hint><TEXT>x</TEXT></hint>",
                        table("ITEMS", "<r><NO>1</NO></r>", "<other a='1'><NO>2</NO></other>"),
                        table("$context", "<r><NO>3</NO></r>"));
        try (PacketReader reader = new PacketReader(content)) {
            List<PacketRecord> records = all(reader);
            assertEquals(1, records.size());
            assertEquals("1", records.get(0).get("NO"));
            assertEquals(2, reader.getSkipped());
        }
        try (PacketReader reader = new PacketReader(content).systemTables(true)) {
            List<PacketRecord> records = all(reader);
            assertEquals(2, records.size());
            assertEquals("$context", records.get(1).getTable());
        }
        try (PacketReader reader = new PacketReader(content).keepUnknownElements(true)) {
            List<PacketRecord> records = all(reader);
            PacketRecord other =
                    records.stream()
                            .filter(record -> record.getElement().equals("other"))
                            .findFirst()
                            .get();
            assertEquals("2", other.get("NO"));
            assertEquals(Map.of("a", "1"), other.getAttributes());
        }
    }

    @Test
    void readsValuesOfEachType() throws Exception {
        assertEquals(true, record(" TRUE ").getBoolean("X"));
        assertEquals(false, record("0").getBoolean("X"));
        assertEquals(Long.MIN_VALUE, record("-9223372036854775808").getLong("X"));
        assertEquals(
                new BigDecimal("-1234567890123456789012.50"),
                record("\n-1234567890123456789012.50").getDecimal("X"));
        assertEquals(new BigDecimal("7"), record("7").getDecimal("X"));
        assertEquals(0.1, record("0.1").getDouble("X"));
        assertEquals(LocalDate.of(2026, 11, 24), record("2026-11-24").getDate("X"));
        for (String text : List.of("09:42:19", "09:42:19Z")) {
            assertEquals(LocalTime.of(9, 42, 19), record(text).getTime("X"));
        }
        for (String text : List.of("09:42:19.382", "09:42:19.382Z")) {
            assertEquals(LocalTime.of(9, 42, 19, 382_000_000), record(text).getTime("X"));
        }
        for (String text : List.of("2026-11-24T09:42:19Z", "2026-11-24T09:42:19.382Z")) {
            assertEquals(Instant.parse(text), record(text).getInstant("X"));
        }
        for (String text : List.of("AP8+", "A P\n8+", "data:image/png;base64,AP8+")) {
            assertArrayEquals(new byte[] {0, -1, 62}, record(text).getBytes("X"));
        }
        assertArrayEquals(new byte[0], record("data:image/png;base64,").getBytes("X"));
    }

    @Test
    void readsWhatTheWriterMakesOfEachType() throws Exception {
        List<PacketRecord> records = all(PacketValues.packet());
        int place = 0;
        for (Object value : PacketValues.ALL.keySet()) {
            PacketRecord record = records.get(place++);
            Object read = value;
            if (value instanceof Long) {
                read = record.getLong("VALUE");
            } else if (value instanceof Boolean) {
                read = record.getBoolean("VALUE");
            } else if (value instanceof Double) {
                assertEquals((double) value, record.getDouble("VALUE"), 0.0);
            } else if (value instanceof LocalDate) {
                read = record.getDate("VALUE");
            }
            assertEquals(value, read);
        }
        assertEquals(PacketValues.ALL.size(), place);
    }

    @Test
    void knowsANullOfEachType() throws Exception {
        for (PacketRecord record : List.of(record(""), record(" "))) {
            for (String field : List.of("X", "NOT_THERE")) {
                assertNull(record.getBoolean(field));
                assertNull(record.getLong(field));
                assertNull(record.getDecimal(field));
                assertNull(record.getDouble(field));
                assertNull(record.getDate(field));
                assertNull(record.getTime(field));
                assertNull(record.getInstant(field));
                assertNull(record.getBytes(field));
            }
        }
    }

    @Test
    void quotesATextThatIsOfAnotherType() throws Exception {
        PacketRecord record = record("12,5");
        for (Executable read :
                List.<Executable>of(
                        () -> record.getBoolean("X"),
                        () -> record.getLong("X"),
                        () -> record.getDecimal("X"),
                        () -> record.getDouble("X"),
                        () -> record.getDate("X"),
                        () -> record.getTime("X"),
                        () -> record.getInstant("X"),
                        () -> record.getBytes("X"))) {
            String message = refused(read);
            assertTrue(message.startsWith("line 3, table ITEMS, record 1, field X: "), message);
            assertTrue(message.contains("12,5"), message);
        }
        refused(() -> record("9223372036854775808").getLong("X"));
        refused(() -> record("1.5").getLong("X"));
        refused(() -> record("1e5").getDecimal("X"));
        refused(() -> record("2026-02-30").getDate("X"));
        refused(() -> record("NaN").getDouble("X"));
    }

    @Test
    void throwsWhereDataWouldBeLost() throws Exception {
        String good = "<r><NO>1</NO></r>";
        for (byte[] content :
                List.of(
                        packet(table("ITEMS", good, "<r><NO>1</NO><NO>2</NO></r>")),
                        packet(table("ITEMS", good, "text")),
                        packet(table("ITEMS", good, "<r><NO>1<b/></NO></r>")),
                        packet(table("ITEMS", good, "<r><NO>&nosuch;</NO></r>")),
                        "<NavMobileSync><table tablename='ITEMS'><r><NO>1</NO></r><r>"
                                .getBytes())) {
            try (PacketReader reader = new PacketReader(content)) {
                assertEquals("1", reader.next().get("NO"));
                DmerpException bad = Samples.fails(Status.BAD_PACKET, reader::next);
                assertTrue(bad.getMessage().contains("line"), bad.getMessage());
                Samples.fails(Status.BAD_PACKET, reader::next);
            }
            try (PacketReader reader = new PacketReader(content)) {
                Iterator<PacketRecord> records = reader.iterator();
                records.next();
                UncheckedIOException thrown =
                        assertThrows(UncheckedIOException.class, records::hasNext);
                assertInstanceOf(DmerpException.class, thrown.getCause());
            }
        }
        try (PacketReader reader = new PacketReader("<html/>".getBytes())) {
            Samples.fails(Status.BAD_PACKET, reader::getMobileUser);
        }
        try (PacketReader reader = new PacketReader(new byte[0])) {
            Samples.fails(Status.BAD_PACKET, reader::next);
        }
    }

    @Test
    void limitsARecordsSize() throws Exception {
        byte[] content = packet(table("ITEMS", "<r><NO>" + "x".repeat(2000) + "</NO></r>"));
        try (PacketReader reader = new PacketReader(content).maxRecordBytes(1000)) {
            Samples.fails(Status.TOO_LARGE, reader::next);
        }
        try (PacketReader reader = new PacketReader(content)) {
            assertThrows(IllegalArgumentException.class, () -> reader.maxRecordBytes(-1));
            assertEquals(2000, reader.next().get("NO").length());
            assertThrows(IllegalArgumentException.class, () -> reader.systemTables(true));
        }
    }

    @Test
    void readsAFile(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("Иван 🚚.xml");
        Files.write(file, packet(table("ITEMS", "<r><NO>1</NO></r>")));
        try (PacketReader reader = new PacketReader(file)) {
            assertEquals("1", reader.next().get("NO"));
            assertNull(reader.next());
        }
        DmerpException missing =
                Samples.fails(
                        Status.FILE_ERROR, () -> new PacketReader(folder.resolve("none")).close());
        assertTrue(missing.getMessage().contains("none"), missing.getMessage());
    }

    @Test
    void readsManyRecordsOfChangingFields() throws Exception {
        try (PacketWriter packet = new PacketWriter()) {
            for (String table : List.of("A", "B")) {
                packet.table(table);
                for (int i = 1; i <= 3000; i++) {
                    String field = i % 10 == 0 ? "OTHER" : "NO";
                    if (i % 100 == 0) {
                        packet.record(
                                Map.of(field, i), RecordStatus.UPDATE, Map.of("a", "b"), Map.of());
                    } else {
                        packet.record(Map.of(field, i), RecordStatus.INSERT);
                    }
                }
            }
            List<PacketRecord> records = all(packet.content());
            assertEquals(6000, records.size());
            long line = 0;
            for (int i = 0; i < 6000; i++) {
                PacketRecord record = records.get(i);
                int number = i % 3000 + 1;
                assertEquals(i < 3000 ? "A" : "B", record.getTable());
                assertEquals(number, record.getNumber());
                assertEquals(
                        Map.of(number % 10 == 0 ? "OTHER" : "NO", "" + number), record.getFields());
                assertEquals(
                        number % 100 == 0 ? RecordStatus.UPDATE : RecordStatus.INSERT,
                        record.getStatus());
                assertTrue(record.getLine() >= line);
                line = record.getLine();
            }
        }
    }

    @Test
    void isAnIteratorAsOthersAre() throws Exception {
        byte[] content = packet(table("ITEMS", "<r><NO>1</NO></r>", "<r><NO>2</NO></r>"));
        try (PacketReader reader = new PacketReader(content)) {
            Iterator<PacketRecord> records = reader.iterator();
            assertTrue(records.hasNext());
            assertTrue(records.hasNext());
            assertEquals("1", records.next().get("NO"));
            assertEquals("2", records.next().get("NO"));
            assertFalse(records.hasNext());
            assertThrows(NoSuchElementException.class, records::next);
        }
    }

    @Test
    void losesNoRecordToALookAhead() throws Exception {
        byte[] content =
                packet(
                        table(
                                "ITEMS",
                                "<r><NO>1</NO></r>",
                                "<r><NO>2</NO></r>",
                                "<r><NO>3</NO></r>"));
        try (PacketReader reader = new PacketReader(content)) {
            assertTrue(reader.iterator().hasNext());
            assertTrue(reader.iterator().hasNext());
            assertEquals("1", reader.next().get("NO"));
            assertTrue(reader.iterator().hasNext());
            List<PacketRecord> rest = all(reader);
            assertEquals(2, rest.size());
            assertEquals("2", rest.get(0).get("NO"));
            assertFalse(reader.iterator().hasNext());
            assertNull(reader.next());
        }
    }

    @Test
    void isOfNoUseAfterItsEnd() throws Exception {
        PacketReader reader = new PacketReader(packet(table("ITEMS", "<r/>", "<r/>", "<r/>")));
        reader.next();
        assertTrue(reader.iterator().hasNext());
        reader.close();
        reader.close();
        assertEquals(
                "this PacketReader was closed",
                assertThrows(IllegalStateException.class, reader::next).getMessage());
        assertThrows(IllegalStateException.class, () -> reader.iterator().hasNext());
        assertThrows(IllegalStateException.class, reader::getMobileUser);
    }

    @Test
    void findsAllMistakes(@TempDir Path folder) throws Exception {
        byte[] good = packet(table("ITEMS", "<r status='insert'><NO>1</NO></r>"));
        assertEquals(List.of(), PacketReader.check(good));
        byte[] bad =
                packet(
                        table(
                                "ITEMS",
                                "<r status='insert'><NO>1</NO></r>",
                                "<r status='insert'><NO>1</NO><NO>2</NO></r>",
                                "text"),
                        table("ITEMS", "<r/>"));
        List<Mistake> mistakes = PacketReader.check(bad);
        assertTrue(mistakes.size() >= 3, mistakes.toString());
        Mistake first = mistakes.get(0);
        assertEquals(4, first.getLine());
        assertEquals(Optional.of("ITEMS"), first.getTable());
        assertEquals(OptionalLong.of(2), first.getRecord());
        assertEquals(Optional.of("NO"), first.getField());
        assertEquals(
                "line 4, table ITEMS, record 2, field NO: " + first.getWhat(), first.toString());
        Path file = folder.resolve("Иван.xml");
        Files.write(file, bad);
        assertEquals(mistakes.toString(), PacketReader.checkFile(file).toString());
        Samples.fails(Status.FILE_ERROR, () -> PacketReader.checkFile(folder.resolve("none")));
        assertEquals(Optional.empty(), PacketReader.check(new byte[0]).get(0).getTable());
    }
}
