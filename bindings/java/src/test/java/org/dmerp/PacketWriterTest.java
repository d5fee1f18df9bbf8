package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.stream.IntStream;
import javax.sql.rowset.CachedRowSet;
import javax.sql.rowset.RowSetMetaDataImpl;
import javax.sql.rowset.RowSetProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;

@ExtendWith(WithSandbox.class)
class PacketWriterTest {
    /** A record's fields in their order: name, value, name, value. */
    private static Map<String, Object> fields(Object... namesAndValues) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return fields;
    }

    private static String refused(Executable call) {
        return assertThrows(IllegalArgumentException.class, call).getMessage();
    }

    private static void assertTells(String message, String... parts) {
        for (String part : parts) {
            assertTrue(message.contains(part), message);
        }
    }

    @Test
    void writesTablesAndRecordsInTheirOrder() throws Exception {
        try (PacketWriter packet = new PacketWriter("anna")) {
            packet.attribute("synctype", "full \"1\"");
            packet.table("ITEMS");
            packet.record(fields("NO", 1, "NAME", "a", "NOTE", null, "GROUP", ""));
            packet.record(fields("NO", 2), RecordStatus.UPDATE);
            packet.record(fields(), RecordStatus.DELETE);
            packet.table("ПРИМЕР");
            packet.record(fields("NO", 3), RecordStatus.READ);
            assertEquals(4, packet.getCount());
            byte[] content = packet.content();
            assertEquals(
                    List.of(
                            "ITEMS inserted {NO=1, NAME=a, GROUP=}",
                            "ITEMS updated {NO=2}",
                            "ITEMS deleted {}",
                            "ПРИМЕР read {NO=3}"),
                    JavaXml.records(content));
            Element root = JavaXml.root(content);
            assertEquals("NavMobileSync", root.getTagName());
            assertEquals("anna", root.getAttribute("salesmancode"));
            assertEquals("full \"1\"", root.getAttribute("synctype"));
            packet.finish();
            assertArrayEquals(content, packet.content());
        }
    }

    @Test
    void namesNobodyUnlessTold() throws Exception {
        for (String nobody : Arrays.asList(null, "")) {
            try (PacketWriter packet = new PacketWriter(nobody)) {
                assertFalse(JavaXml.root(packet.content()).hasAttribute("salesmancode"));
            }
        }
    }

    @Test
    void hasTheVendorsSpellingsOnRequest() throws Exception {
        try (PacketWriter packet =
                new PacketWriter()
                        .shortStatus(true)
                        .state(true)
                        .metadata(true)
                        .omitEmptyTexts(true)) {
            packet.table("ITEMS", "NO");
            packet.record(fields("NO", "1", "NAME", ""));
            packet.record(fields("NO", "2"), RecordStatus.UPDATE);
            packet.record(fields("NO", "3"), RecordStatus.DELETE);
            List<String> records = JavaXml.records(packet.content());
            assertEquals(
                    List.of(
                            "ITEMS insert {NO=1, DMS_ROWID=1, state=1}",
                            "ITEMS update {NO=2, DMS_ROWID=2, state=2}",
                            "ITEMS delete {NO=3, DMS_ROWID=3, state=3}"),
                    records.subList(0, 3));
            assertTrue(records.get(3).startsWith("$metadata "), records.get(3));
            assertEquals(3, packet.getCount());
        }
    }

    @Test
    void givesRecordsAndFieldsTheirAttributes() throws Exception {
        try (PacketWriter packet = new PacketWriter()) {
            packet.table("ORDERS");
            packet.record(
                    fields("NO", 7, "NAME", "Иван & 🚚", "NOTE", null),
                    RecordStatus.UPDATE,
                    Map.of("directresponse", "true"),
                    Map.of("NAME", Map.of("x", "\"yes\" <&>")));
            Element record = JavaXml.children(JavaXml.root(packet.content())).get(0);
            record = JavaXml.children(record).get(0);
            assertEquals("updated", record.getAttribute("status"));
            assertEquals("true", record.getAttribute("directresponse"));
            assertEquals(Map.of("NO", "7", "NAME", "Иван & 🚚"), JavaXml.fields(record));
            Element name = JavaXml.children(record).get(1);
            assertEquals("\"yes\" <&>", name.getAttribute("x"));
            assertFalse(JavaXml.children(record).get(0).hasAttributes());
        }
    }

    @Test
    void refusesAttributesOfAFieldThatIsNotThere() throws Exception {
        try (PacketWriter packet = new PacketWriter()) {
            packet.table("ORDERS");
            packet.record(fields("NO", 6));
            assertTells(
                    refused(
                            () ->
                                    packet.record(
                                            fields("NO", 7),
                                            RecordStatus.INSERT,
                                            Map.of(),
                                            Map.of("NAME", Map.of("validate", "true")))),
                    "table ORDERS, record 2, field NAME: ");
            assertEquals(1, packet.getCount());
        }
    }

    @Test
    void tellsWhereAnAttributeIsThatCannotBe() throws Exception {
        List<Map<String, String>> bad = new ArrayList<>();
        for (String text : Arrays.asList("a\0", "\ud800", null)) {
            bad.add(Collections.singletonMap("x", text));
            bad.add(Collections.singletonMap(text, "y"));
        }
        try (PacketWriter packet = new PacketWriter()) {
            packet.table("ORDERS");
            packet.record(fields("NO", 6));
            RecordStatus read = RecordStatus.READ;
            for (Map<String, String> attributes : bad) {
                assertTells(
                        refused(() -> packet.record(fields("NO", 7), read, attributes, null)),
                        "table ORDERS, record 2: ",
                        "attribute");
                assertTells(
                        refused(
                                () ->
                                        packet.record(
                                                fields("NO", 7),
                                                read,
                                                null,
                                                Map.of("NO", attributes))),
                        "table ORDERS, record 2, field NO: ",
                        "attribute");
            }
            assertEquals(List.of("ORDERS inserted {NO=6}"), JavaXml.records(packet.content()));
        }
    }

    @Test
    void takesNullForNoAttributes() throws Exception {
        try (PacketWriter packet = new PacketWriter()) {
            packet.table("ORDERS");
            packet.record(fields("NO", 7), RecordStatus.UPDATE, null, null);
            assertEquals(List.of("ORDERS updated {NO=7}"), JavaXml.records(packet.content()));
        }
    }

    @Test
    void asksForATableBeforeARecord() throws Exception {
        String message = "a record is in a table: begin one first";
        try (PacketWriter packet = new PacketWriter()) {
            for (Executable call : recordsOf(packet)) {
                String told = refused(call);
                assertTells(told, message);
                assertFalse(told.contains("null"), told);
            }
        }
    }

    /** Ways to write a record: good ones, and some that would be refused in a table, too. */
    private static List<Executable> recordsOf(PacketWriter packet) {
        Map<String, Map<String, String>> ofAnother = Map.of("NAME", Map.of("validate", "true"));
        RecordStatus read = RecordStatus.READ;
        return List.of(
                () -> packet.record(fields("NO", 1)),
                () -> packet.record(fields("NO", new Object())),
                () -> packet.record(fields("N\0", 1)),
                () -> packet.records(List.of(fields("NO", 1), fields("NO", List.of()))),
                () -> packet.records(Collections.singleton(null)),
                () -> packet.records(new Query().column("NO", Types.INTEGER, "int").row(1).open()),
                () -> packet.record(fields("NO", 1), read, null, null),
                () -> packet.record(fields("NO", 1), read, Map.of("x", "\0"), null),
                () -> packet.record(fields("NO", Double.NaN), read, null, ofAnother));
    }

    /** Also what Java itself cannot send. */
    @Test
    void takesNoRecordsAfterATableThatWasRefused() throws Exception {
        try (PacketWriter packet = new PacketWriter()) {
            packet.table("OLD");
            List<Executable> tables =
                    List.of(
                            () -> packet.table("OLD"),
                            () -> packet.table("A\0"),
                            () -> packet.table("\ud800"),
                            () -> packet.table(null),
                            () -> packet.table("A", "B\0"),
                            () -> packet.table("A", "\udc00"),
                            () -> packet.table("A", null));
            for (Executable table : tables) {
                RuntimeException refusal = assertThrows(RuntimeException.class, table);
                assertTrue(
                        refusal instanceof IllegalArgumentException
                                || refusal instanceof NullPointerException,
                        refusal::toString);
                for (Executable record : recordsOf(packet)) {
                    String told = refused(record);
                    assertTells(told, "the last table was refused");
                    assertFalse(told.contains("OLD"), told);
                }
                packet.table("NEW" + tables.indexOf(table));
            }
            packet.record(fields("NO", 1));
            assertEquals(List.of("NEW6 inserted {NO=1}"), JavaXml.records(packet.content()));
        }
    }

    @Test
    void writesValuesOfEachType() throws Exception {
        List<String> texts = new ArrayList<>();
        for (Element record :
                JavaXml.children(JavaXml.children(JavaXml.root(PacketValues.packet())).get(0))) {
            texts.add(JavaXml.fields(record).get("VALUE"));
        }
        assertEquals(new ArrayList<>(PacketValues.ALL.values()), texts);
    }

    /**
     * Turkish has another small i, Bulgarian a decimal comma; Arabic and Thai have other digits and
     * years.
     */
    @Test
    void writesThemAlikeOnEachMachine() throws Exception {
        byte[] expected = PacketValues.packet();
        for (List<String> culture :
                List.of(
                        List.of("-Duser.language=de", "-Duser.country=DE"),
                        List.of("-Duser.language=bg", "-Duser.country=BG"),
                        List.of("-Duser.language=tr", "-Duser.country=TR"),
                        List.of("-Duser.language=ar", "-Duser.extensions=u-nu-arab"),
                        List.of("-Duser.language=th", "-Duser.extensions=u-ca-buddhist-nu-thai"))) {
            List<String> options = new ArrayList<>(culture);
            options.add("-Duser.timezone=Asia/Kolkata");
            options.add("-Dfile.encoding=US-ASCII");
            Process process =
                    ChildJvm.of(ChildJvm.classPath(), options, PacketValues.class.getName());
            String output = ChildJvm.output(process);
            assertEquals(new String(expected, StandardCharsets.UTF_8), output, "" + culture);
        }
    }

    @Test
    void takesTimesWithoutAZoneInTheOneThatItWasGiven() throws Exception {
        try (PacketWriter packet = new PacketWriter().timeZone(ZoneId.of("Europe/Sofia"))) {
            packet.table("VISITS");
            packet.record(fields("AT", LocalDateTime.of(2026, 11, 24, 9, 42, 19)));
            packet.record(fields("AT", Timestamp.valueOf("2026-07-24 09:42:19")));
            packet.record(fields("AT", OffsetDateTime.parse("2026-07-24T09:42:19Z")));
            assertEquals(
                    List.of(
                            "VISITS inserted {AT=2026-11-24T07:42:19Z}",
                            "VISITS inserted {AT=2026-07-24T06:42:19Z}",
                            "VISITS inserted {AT=2026-07-24T09:42:19Z}"),
                    JavaXml.records(packet.content()));
        }
    }

    @Test
    void refusesAValueWithoutAForm() throws Exception {
        try (PacketWriter packet = new PacketWriter()) {
            packet.table("ITEMS");
            packet.record(fields("NO", 1));
            for (Object value :
                    Arrays.asList(Double.NaN, Float.NEGATIVE_INFINITY, List.of(), this)) {
                String message = refused(() -> packet.record(fields("NO", 2, "PRICE", value)));
                assertTells(message, "table ITEMS, record 2, field PRICE: ");
            }
            for (Object far : List.of(Instant.MAX, OffsetDateTime.MAX, LocalDateTime.MIN)) {
                for (Map<String, Map<String, String>> ofFields :
                        Arrays.<Map<String, Map<String, String>>>asList(null, Map.of())) {
                    String message =
                            refused(
                                    () ->
                                            packet.record(
                                                    fields("AT", far),
                                                    RecordStatus.INSERT,
                                                    null,
                                                    ofFields));
                    assertTells(message, "table ITEMS, record 2, field AT: ", "1 to 9999");
                }
                assertTells(
                        refused(() -> packet.records(List.of(fields("AT", far)))),
                        "table ITEMS, record 2, field AT: ",
                        "1 to 9999");
            }
            assertTells(
                    refused(() -> packet.record(fields("NO", new Object()))),
                    "java.lang.Object",
                    "converter");
            packet.record(fields("NO", 2));
            assertEquals(
                    List.of("ITEMS inserted {NO=1}", "ITEMS inserted {NO=2}"),
                    JavaXml.records(packet.content()));
        }
    }

    @Test
    void asksTheConverterForEachValue() throws Exception {
        IllegalStateException own = new IllegalStateException("own");
        Map<String, Object> seen = new LinkedHashMap<>();
        Map<String, Object> given =
                fields("NO", 1, "BLOCKED", true, "NAME", null, "NOTE", "", "UNIT", null);
        try (PacketWriter packet =
                new PacketWriter()
                        .converter(
                                (field, value) -> {
                                    seen.put(field, value);
                                    if (value instanceof Exception) {
                                        throw own;
                                    }
                                    return value instanceof Boolean
                                            ? (Boolean) value ? 1 : 0
                                            : field.equals("UNIT")
                                                    ? "none"
                                                    : "".equals(value) ? null : value;
                                })) {
            packet.table("ITEMS");
            packet.record(given);
            assertEquals(given, seen);
            assertSame(
                    own,
                    assertThrows(
                            IllegalStateException.class,
                            () -> packet.record(fields("NO", new Exception()))));
            assertEquals(
                    List.of("ITEMS inserted {NO=1, BLOCKED=1, UNIT=none}"),
                    JavaXml.records(packet.content()));
        }
    }

    @Test
    void refusesWhereItHappens() throws Exception {
        try (PacketWriter packet = new PacketWriter()) {
            refused(() -> packet.record(fields("NO", 1)));
            packet.table("ITEMS", "NO");
            packet.record(fields("NO", 1));
            packet.record(fields("NO", 2));
            String place = "table ITEMS, record 3, field ";
            assertTells(refused(() -> packet.record(fields("NAME", 1))), place + "NO");
            assertTells(refused(() -> packet.record(fields("NO", null))), place + "NO");
            assertTells(refused(() -> packet.record(fields("UNIT PRICE", 1))), "UNIT PRICE");
            assertTells(refused(() -> packet.record(fields("", 1))), "table ITEMS, record 3");
            assertTells(refused(() -> packet.record(fields("NO", "a\0b"))), place + "NO");
            assertTells(refused(() -> packet.record(fields("NO", "\ud800"))), place + "NO");
            assertTells(refused(() -> packet.record(fields("NO", "\udc00x"))), place + "NO");
            assertTells(refused(() -> packet.record(fields("NO", "\uffff"))), place + "NO");
            refused(() -> packet.record(fields("NO", 3), RecordStatus.NONE));
            refused(() -> packet.record(fields("NO", 3), RecordStatus.OTHER));
            refused(() -> packet.table("ITEMS"));
            // None of a refused table comes into the one before it.
            for (Object value : List.of(3, new Object())) {
                assertTells(
                        refused(() -> packet.record(fields("NO", value))),
                        "the last table was refused");
            }
            refused(() -> packet.attribute("late", "x"));
            refused(() -> packet.state(true));
            assertEquals(
                    List.of(
                            "ITEMS inserted {NO=1, DMS_ROWID=1}",
                            "ITEMS inserted {NO=2, DMS_ROWID=2}"),
                    JavaXml.records(packet.content()));
        }
    }

    @Test
    void tellsWhereANameIsThatCannotBe() throws Exception {
        try (PacketWriter packet = new PacketWriter()) {
            packet.table("ITEMS");
            packet.record(fields("A", 1));
            for (String name : Arrays.asList(null, "N\0", "N\ud800", "\udc00N")) {
                String told = "N\0".equals(name) ? "N\\0" : name;
                String place = "table ITEMS, record 2, field " + told + ": ";
                Map<String, Object> bad = fields("A", 1, name, 2);
                assertTells(refused(() -> packet.record(bad)), place);
                assertTells(
                        refused(() -> packet.record(bad, RecordStatus.INSERT, null, null)), place);
            }
            // None of them is taken for the names of this one.
            packet.record(fields("A", 1, "B", 2));
            assertEquals(
                    List.of("ITEMS inserted {A=1}", "ITEMS inserted {A=1, B=2}"),
                    JavaXml.records(packet.content()));
        }
    }

    /** What makes a writer's records cannot use it: they would get into another table, or mixed. */
    @Test
    void isOfNoUseAmidItsRecords(Sandbox sandbox, @TempDir Path folder) throws Exception {
        Path csv = Files.writeString(folder.resolve("a.csv"), "NO\n1\n");
        Map<String, Object> row = fields("NO", 1);
        try (Client client = sandbox.client();
                PacketWriter packet = new PacketWriter("anna")) {
            List<Executable> uses =
                    List.of(
                            () -> packet.table("TWO"),
                            () -> packet.record(row),
                            () -> packet.record(row, RecordStatus.INSERT, null, null),
                            () -> packet.records(List.of(row)),
                            () -> packet.csv(csv),
                            packet::finish,
                            packet::content,
                            () -> client.push(packet),
                            () -> client.push("anna", packet));
            List<Executable> refused = new ArrayList<>();
            Runnable useIt =
                    () -> {
                        for (Executable use : uses) {
                            assertTells(
                                    assertThrows(IllegalStateException.class, use).getMessage(),
                                    "amid");
                            refused.add(use);
                        }
                    };
            packet.converter(
                    (field, value) -> {
                        if (field.equals("CONVERTED")) {
                            useIt.run();
                        }
                        return value;
                    });
            packet.table("ONE");
            Iterator<Map<String, Object>> rows = List.of(row, row).iterator();
            Iterable<Map<String, Object>> source =
                    () ->
                            new Iterator<Map<String, Object>>() {
                                @Override
                                public boolean hasNext() {
                                    return rows.hasNext();
                                }

                                @Override
                                public Map<String, Object> next() {
                                    useIt.run();
                                    return rows.next();
                                }
                            };
            assertEquals(2, packet.records(source));
            packet.record(fields("CONVERTED", 2));
            packet.record(fields("CONVERTED", 3), RecordStatus.INSERT, null, null);
            assertEquals(4 * uses.size(), refused.size());

            // It can go on after an exception, too.
            assertThrows(
                    ArithmeticException.class,
                    () ->
                            packet.records(
                                    () -> {
                                        throw new ArithmeticException();
                                    }));
            packet.table("TWO");
            packet.record(row);
            assertEquals(
                    List.of(
                            "ONE inserted {NO=1}",
                            "ONE inserted {NO=1}",
                            "ONE inserted {CONVERTED=2}",
                            "ONE inserted {CONVERTED=3}",
                            "TWO inserted {NO=1}"),
                    JavaXml.records(packet.content()));
            assertEquals(0, sandbox.pushed("anna").size());
        }
    }

    @Test
    void replacesWhatXmlCannotCarryOnRequest() throws Exception {
        try (PacketWriter packet = new PacketWriter().replaceInvalidCharacters(true)) {
            packet.table("ITEMS");
            packet.record(fields("NO", "a\0b\u0001\ud800c\udc00\ufffe🚚"));
            packet.record(fields("NO", "\0"), RecordStatus.INSERT, Map.of(), Map.of());
            assertEquals(
                    List.of(
                            "ITEMS inserted {NO=a\ufffdb\ufffd\ufffdc\ufffd\ufffd🚚}",
                            "ITEMS inserted {NO=\ufffd}"),
                    JavaXml.records(packet.content()));
        }
    }

    @Test
    void writesMapsOfAnyFields() throws Exception {
        List<Map<String, Object>> rows = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            // Runs of rows with the same fields, of different lengths; texts of all sizes.
            Map<String, Object> row = fields("NO", i);
            if (i / 7 % 3 == 0) {
                row.put("NAME", "ж".repeat(i % 300));
            }
            if (i / 100 % 2 == 0) {
                row.put("NOTE", i % 5 == 0 ? null : "n");
            }
            rows.add(row);
            Map<String, Object> written = new LinkedHashMap<>(row);
            written.values().removeIf(value -> value == null);
            expected.add("ITEMS inserted " + written);
        }
        try (PacketWriter packet = new PacketWriter()) {
            packet.table("ITEMS");
            assertEquals(5000, packet.records(rows));
            assertEquals(0, packet.records(List.of()));
            assertEquals(5000, packet.getCount());
            assertEquals(expected, JavaXml.records(packet.content()));
        }
    }

    @Test
    void writesALargeText() throws Exception {
        String large = "🚚ж<".repeat(1_000_000);
        try (PacketWriter packet = new PacketWriter()) {
            packet.table("ITEMS");
            packet.records(List.of(fields("NO", 1), fields("NO", large), fields("NO", 3)));
            try (PacketReader reader = new PacketReader(packet.content())) {
                assertEquals("1", reader.next().get("NO"));
                assertEquals(large, reader.next().get("NO"));
                assertEquals("3", reader.next().get("NO"));
            }
        }
    }

    @Test
    void keepsWhatWasWrittenBeforeAnError() throws Exception {
        try (PacketWriter packet = new PacketWriter()) {
            packet.table("ITEMS");
            List<Map<String, Object>> rows = new ArrayList<>();
            IntStream.range(1, 2000).forEach(i -> rows.add(fields("NO", i)));
            rows.set(1500, fields("NO", "\0"));
            assertTells(refused(() -> packet.records(rows)), "table ITEMS, record 1501, field NO");
            assertEquals(1500, packet.getCount());

            // What comes first is told: the third record, not the iterator's own exception after
            // it.
            Iterator<Map<String, Object>> three =
                    List.of(fields("NO", 1), fields("NO", 2), fields("NO", "\0")).iterator();
            Iterable<Map<String, Object>> breaks =
                    () ->
                            new Iterator<Map<String, Object>>() {
                                @Override
                                public boolean hasNext() {
                                    if (!three.hasNext()) {
                                        throw new IllegalStateException("breaks");
                                    }
                                    return true;
                                }

                                @Override
                                public Map<String, Object> next() {
                                    return three.next();
                                }
                            };
            assertTells(refused(() -> packet.records(breaks)), "table ITEMS, record 1503");
            assertEquals(1502, packet.getCount());
            assertEquals(
                    "breaks",
                    assertThrows(IllegalStateException.class, () -> packet.records(breaks))
                            .getMessage());

            assertTells(
                    refused(
                            () ->
                                    packet.records(
                                            List.of(fields("NO", 1), fields("NO", List.of())))),
                    "table ITEMS, record 1504, field NO");
            assertEquals(1503, packet.getCount());

            assertTells(
                    refused(() -> packet.records(Arrays.asList(fields("NO", 1), null))),
                    "table ITEMS, record 1505: ",
                    "null");
            assertEquals(1504, packet.getCount());
        }
    }

    @Test
    void writesTheRowsOfAQuery() throws Exception {
        ResultSet rows =
                new Query()
                        .column("NO", Types.INTEGER, "int4")
                        .column("PRICE", Types.NUMERIC, "numeric")
                        .column("DAY", Types.DATE, "date")
                        .column("AT", Types.TIMESTAMP, "timestamp")
                        .column("AT_ORACLE", Types.TIMESTAMP, "oracle")
                        .column("AT_MYSQL", Types.TIMESTAMP, "DATETIME")
                        .column("AT_ZONE", Types.TIMESTAMP_WITH_TIMEZONE, null)
                        .column("AT_POSTGRES", Types.TIMESTAMP, "timestamptz")
                        .column("PHOTO", Types.BLOB, "BLOB")
                        .column("NOTE", Types.CLOB, "CLOB")
                        .row(
                                1,
                                new BigDecimal("12.50"),
                                java.sql.Date.valueOf("2026-11-24"),
                                Timestamp.valueOf("2026-11-24 09:42:19"),
                                Timestamp.valueOf("2026-11-24 09:42:20"),
                                LocalDateTime.of(2026, 11, 24, 9, 42, 21),
                                OffsetDateTime.parse("2026-11-24T09:42:19+02:00"),
                                OffsetDateTime.parse("2026-11-24T09:42:19+03:00"),
                                new byte[] {1, 2},
                                "long")
                        .row(2, null, null, null, null, null, null, null, null, null)
                        .open();
        try (PacketWriter packet = new PacketWriter()) {
            packet.table("ITEMS");
            assertEquals(2, packet.records(rows, RecordStatus.UPDATE));
            assertEquals(
                    List.of(
                            "ITEMS updated {NO=1, PRICE=12.50, DAY=2026-11-24,"
                                    + " AT=2026-11-24T09:42:19Z, AT_ORACLE=2026-11-24T09:42:20Z,"
                                    + " AT_MYSQL=2026-11-24T09:42:21Z, AT_ZONE=2026-11-24T07:42:19Z,"
                                    + " AT_POSTGRES=2026-11-24T06:42:19Z, PHOTO=AQI=, NOTE=long}",
                            "ITEMS updated {NO=2}"),
                    JavaXml.records(packet.content()));
        }
    }

    /** Sets the zone for all of this Java: no other test runs meanwhile. */
    @Test
    void writesTheHourThatJavasOwnZoneDoesNotHave() throws Exception {
        LocalDateTime inTheGap = LocalDateTime.of(2026, 3, 29, 3, 30);
        Query query = new Query().column("AT", Types.TIMESTAMP, "timestamp");
        TimeZone before = TimeZone.getDefault();
        try (PacketWriter packet = new PacketWriter()) {
            TimeZone.setDefault(TimeZone.getTimeZone("Europe/Sofia"));
            packet.table("VISITS");
            packet.records(query.row((Object) null).row(inTheGap).open());
            assertEquals(
                    List.of("VISITS inserted {}", "VISITS inserted {AT=2026-03-29T03:30:00Z}"),
                    JavaXml.records(packet.content()));
        } finally {
            TimeZone.setDefault(before);
        }
    }

    @Test
    void writesTheTimesOfADriverThatHasNoneOfJavaTime() throws Exception {
        ResultSet rows =
                new Query()
                        .column("AT", Types.TIMESTAMP, "jtds")
                        .column("TEXT", Types.TIMESTAMP, "sqlite")
                        .column("ZONED", Types.TIMESTAMP_WITH_TIMEZONE, "jtds")
                        .column("DAY", Types.DATE, "jtds")
                        .column("TIME", Types.TIME, "jtds")
                        .row(
                                Timestamp.valueOf("2026-11-24 09:42:19"),
                                "2026-11-24T09:42:20Z",
                                OffsetDateTime.parse("2026-11-24T09:42:21+02:00"),
                                java.sql.Date.valueOf("2026-11-24"),
                                java.sql.Time.valueOf("09:42:19"))
                        .row(null, null, null, null, null)
                        .row(Timestamp.valueOf("2026-11-25 09:42:19"), "", null, null, null)
                        .open();
        try (PacketWriter packet = new PacketWriter()) {
            packet.table("VISITS");
            packet.records(rows);
            assertEquals(
                    List.of(
                            "VISITS inserted {AT=2026-11-24T09:42:19Z, TEXT=2026-11-24T09:42:20Z,"
                                    + " ZONED=2026-11-24T07:42:21Z, DAY=2026-11-24,"
                                    + " TIME=09:42:19Z}",
                            "VISITS inserted {}",
                            "VISITS inserted {AT=2026-11-25T09:42:19Z, TEXT=}"),
                    JavaXml.records(packet.content()));
        }
    }

    /** Whatever row is the first: as SQLite's driver, which reads some texts as times. */
    @Test
    void writesAValueAlikeAfterEachOther() throws Exception {
        Map<Object, String> all = new LinkedHashMap<>();
        all.put("2026-07-24T09:42:19Z", "2026-07-24T09:42:19Z"); // none of the driver's forms
        all.put("2026-07-24T09:42:20", "2026-07-24T06:42:20Z");
        all.put(Timestamp.valueOf("2026-07-24 09:42:21"), "2026-07-24T06:42:21Z");
        for (Object first : all.keySet()) {
            Query query = new Query().column("AT", Types.TIMESTAMP, "TIMESTAMP").row(first);
            List<String> expected = new ArrayList<>();
            expected.add("VISITS inserted {AT=" + all.get(first) + "}");
            all.forEach(
                    (value, written) -> {
                        query.row(value);
                        expected.add("VISITS inserted {AT=" + written + "}");
                    });
            try (PacketWriter packet = new PacketWriter().timeZone(ZoneId.of("Europe/Sofia"))) {
                packet.table("VISITS");
                packet.records(query.open());
                assertEquals(expected, JavaXml.records(packet.content()));
            }
        }
    }

    /**
     * Those of java.sql have another calendar before 1582, and often no milliseconds. But nothing
     * is cut off a text, which is how SQLite's driver has dates and times.
     */
    @Test
    void asksForDatesAndTimesOfJavaTime() throws Exception {
        ResultSet rows =
                new Query()
                        .column("DAY", Types.DATE, "DATE")
                        .column("AT", Types.TIME, "TIME")
                        .row(LocalDate.of(1, 1, 1), LocalTime.of(9, 42, 19, 382_000_000))
                        .row("2026-11-24 09:42:19", "late")
                        .row(null, null)
                        .row(LocalDate.of(1, 1, 2), LocalTime.of(9, 42, 20))
                        .open();
        try (PacketWriter packet = new PacketWriter()) {
            packet.table("VISITS");
            packet.records(rows);
            assertEquals(
                    List.of(
                            "VISITS inserted {DAY=0001-01-01, AT=09:42:19.382}",
                            "VISITS inserted {DAY=2026-11-24 09:42:19, AT=late}",
                            "VISITS inserted {}",
                            "VISITS inserted {DAY=0001-01-02, AT=09:42:20Z}"),
                    JavaXml.records(packet.content()));
        }
    }

    @Test
    void knowsTheColumnsWithATimeZone() throws Exception {
        OffsetDateTime at = OffsetDateTime.parse("2026-11-24T09:42:19+02:00");
        for (String type :
                List.of(
                        "timestamptz",
                        "TIMESTAMPTZ(6)",
                        "TIMESTAMP_TZ",
                        "TIMESTAMP_LTZ",
                        "TIMESTAMPLTZ",
                        "datetimeoffset(7)",
                        "TIMESTAMP WITH LOCAL TIME ZONE",
                        "timestamp(3) with time zone")) {
            ResultSet rows = new Query().column("AT", Types.TIMESTAMP, type).row(at).open();
            try (PacketWriter packet = new PacketWriter()) {
                packet.table("VISITS");
                packet.records(rows);
                assertEquals(
                        List.of("VISITS inserted {AT=2026-11-24T07:42:19Z}"),
                        JavaXml.records(packet.content()),
                        type);
            }
        }
        for (String type : List.of("TIMESTAMP_NTZ", "timestamp without time zone")) {
            LocalDateTime local = at.toLocalDateTime();
            ResultSet rows = new Query().column("AT", Types.TIMESTAMP, type).row(local).open();
            try (PacketWriter packet = new PacketWriter()) {
                packet.table("VISITS");
                packet.records(rows);
                assertEquals(
                        List.of("VISITS inserted {AT=2026-11-24T09:42:19Z}"),
                        JavaXml.records(packet.content()),
                        type);
            }
        }
        try (PacketWriter packet = new PacketWriter()) {
            packet.table("VISITS");
            for (String type : List.of("timetz", "TIME WITH TIME ZONE", "time(3) with time zone")) {
                OffsetTime time = at.toOffsetTime();
                ResultSet rows = new Query().column("AT", Types.TIME, type).row(time).open();
                assertTells(refused(() -> packet.records(rows)), "field AT", "OffsetTime");
            }
            java.sql.Time time = java.sql.Time.valueOf("09:42:19");
            for (String type : List.of("time", "time without time zone")) {
                packet.records(new Query().column("AT", Types.TIME, type).row(time).open());
            }
            String written = "VISITS inserted {AT=09:42:19Z}";
            assertEquals(List.of(written, written), JavaXml.records(packet.content()));
        }
    }

    /** As SQLite's driver gives it. */
    @Test
    void writesANumberOfABooleanColumnAsATruth() throws Exception {
        Query query = new Query().column("BLOCKED", Types.BOOLEAN, "BOOLEAN");
        try (PacketWriter packet = new PacketWriter()) {
            packet.table("ITEMS");
            packet.records(query.row(1).row(0).row(true).row((Object) null).open());
            assertEquals(
                    List.of(
                            "ITEMS inserted {BLOCKED=true}",
                            "ITEMS inserted {BLOCKED=false}",
                            "ITEMS inserted {BLOCKED=true}",
                            "ITEMS inserted {}"),
                    JavaXml.records(packet.content()));
        }
    }

    @Test
    void writesARowSetOfJavasOwn() throws Exception {
        RowSetMetaDataImpl columns = new RowSetMetaDataImpl();
        columns.setColumnCount(2);
        columns.setColumnName(1, "ITEM_NO");
        columns.setColumnLabel(1, "NO");
        columns.setColumnType(1, Types.INTEGER);
        columns.setColumnName(2, "PRICE");
        columns.setColumnLabel(2, "PRICE");
        columns.setColumnType(2, Types.DECIMAL);
        try (CachedRowSet rows = RowSetProvider.newFactory().createCachedRowSet();
                PacketWriter packet = new PacketWriter()) {
            rows.setMetaData(columns);
            for (int i = 0; i < 3; i++) {
                rows.moveToInsertRow();
                rows.updateInt(1, i);
                rows.updateBigDecimal(2, BigDecimal.valueOf(i, 2));
                rows.insertRow();
            }
            rows.moveToCurrentRow();
            rows.beforeFirst();
            packet.table("ITEMS");
            assertEquals(3, packet.records(rows));
            assertEquals(
                    List.of("0.00", "0.01", "0.02"),
                    JavaXml.records(packet.content()).stream()
                            .map(record -> record.replaceAll(".*PRICE=|}", ""))
                            .sorted()
                            .toList());
        }
    }

    @Test
    void tellsWhatIsWrongWithAQuery() throws Exception {
        try (PacketWriter packet = new PacketWriter()) {
            packet.table("ITEMS");
            SQLException broken = new SQLException("the connection broke");
            ResultSet breaks =
                    new Query().column("NO", Types.INTEGER, "int").row(1).breaks(broken).open();
            assertSame(broken, assertThrows(SQLException.class, () -> packet.records(breaks)));
            assertEquals(1, packet.getCount());
            ResultSet twice =
                    new Query()
                            .column("NO", Types.INTEGER, "int")
                            .column("NO", Types.INTEGER, "int")
                            .row(1, 2)
                            .open();
            assertTells(refused(() -> packet.records(twice)), "NO");
            OffsetDateTime at = OffsetDateTime.parse("2026-11-24T09:42:19+02:00");
            ResultSet unreadable =
                    new Query()
                            .column("AT", Types.TIMESTAMP_WITH_TIMEZONE, "timestamptz")
                            .row(at)
                            .row("soon")
                            .open();
            SQLException failure =
                    assertThrows(SQLException.class, () -> packet.records(unreadable));
            assertTells(failure.getMessage(), "table ITEMS, record 3, field AT: ", "soon");
            assertEquals("22007", failure.getSQLState());
            ResultSet unparsable =
                    new Query().column("AT", Types.TIME, "timetz").row("soon").open();
            assertTells(
                    refused(() -> packet.records(unparsable)),
                    "table ITEMS, record 3, field AT: ",
                    "soon");
            ResultSet strange =
                    new Query().column("TAGS", Types.ARRAY, "_text").row(new Object()).open();
            assertTells(
                    refused(() -> packet.records(strange)), "table ITEMS, record 3, field TAGS");
        }
    }

    @Test
    void writesACsvFile(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("Иван.csv");
        Files.writeString(file, "\ufeffNO;NAME\r\n1;\"a;\"\"b\"\"\"\r\n2;\r\n");
        try (PacketWriter packet = new PacketWriter()) {
            packet.table("ITEMS");
            assertEquals(2, packet.csv(file, RecordStatus.UPDATE, ';'));
            Files.writeString(file, "NO,NAME\n3,c\n");
            assertEquals(1, packet.csv(file));
            refused(() -> packet.csv(file, RecordStatus.INSERT, 'ж'));
            Path none = folder.resolve("none");
            Samples.fails(Status.FILE_ERROR, () -> packet.csv(none));
            assertEquals(
                    List.of(
                            "ITEMS updated {NO=1, NAME=a;\"b\"}",
                            "ITEMS updated {NO=2}",
                            "ITEMS inserted {NO=3, NAME=c}"),
                    JavaXml.records(packet.content()));
        }
    }

    @Test
    void makesAFileWhole(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("Иван 🚚.xml");
        Files.writeString(file, "an older one");
        try (PacketWriter packet = PacketWriter.toFile(file, "anna")) {
            packet.table("ITEMS");
            packet.record(fields("NO", 1));
            assertEquals("an older one", Files.readString(file));
            refused(packet::content);
            packet.finish();
            assertEquals(
                    List.of("ITEMS inserted {NO=1}"), JavaXml.records(Files.readAllBytes(file)));
            packet.finish();
        }
        assertArrayEquals(new File[] {file.toFile()}, folder.toFile().listFiles());
    }

    @Test
    void leavesNoHalfOfAFile(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("packet.xml");
        assertThrows(
                ArithmeticException.class,
                () -> {
                    try (PacketWriter packet = PacketWriter.toFile(file)) {
                        packet.table("ITEMS");
                        packet.records(Collections.nCopies(100_000, fields("NO", "x")));
                        throw new ArithmeticException();
                    }
                });
        assertEquals(0, folder.toFile().list().length);
        Path nowhere = folder.resolve("missing").resolve("packet.xml");
        DmerpException failure =
                Samples.fails(
                        Status.FILE_ERROR,
                        () -> {
                            try (PacketWriter packet = PacketWriter.toFile(nowhere)) {
                                packet.finish();
                            }
                        });
        assertTells(failure.getMessage(), "missing");
    }

    @Test
    void isOfNoUseAfterItsEnd() throws Exception {
        PacketWriter packet = new PacketWriter();
        packet.table("ITEMS");
        packet.finish();
        refused(() -> packet.record(fields("NO", 1)));
        packet.close();
        packet.close();
        assertEquals(
                "this PacketWriter was closed",
                assertThrows(IllegalStateException.class, packet::getCount).getMessage());
        assertThrows(IllegalStateException.class, () -> packet.record(fields("NO", 1)));
    }

    @Test
    void keepsAMapsOwnOrder() throws Exception {
        try (PacketWriter packet = new PacketWriter()) {
            packet.table("ITEMS");
            packet.record(new TreeMap<>(Map.of("B", 1, "A", 2, "C", 3)));
            assertEquals(
                    List.of("ITEMS inserted {A=2, B=1, C=3}"), JavaXml.records(packet.content()));
        }
    }
}
