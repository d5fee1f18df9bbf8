package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.extension.ExtendWith;
import org.w3c.dom.Element;

/** Random packets: Java's own XML parser and the reader both read what was given to the writer. */
@ExtendWith(WithSandbox.class)
class PacketJudgeTest {
    private static final String[] PIECES = {
        "\r",
        "\n",
        "\r\n",
        "\t",
        " ",
        "  ",
        "]]>",
        "<",
        ">",
        "&",
        "&amp;",
        "\"",
        "'",
        "<!--",
        "<![CDATA[",
        "&#10;",
        "\u0085",
        "\u2028",
        "\ufffd",
        "\u007f",
        "\ud7ff",
        "\ue000",
        "🚚",
        "ж",
        "plain"
    };

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(12); i > 0; i--) {
            if (random.nextBoolean()) {
                text.append(PIECES[random.nextInt(PIECES.length)]);
            } else {
                text.appendCodePoint(character(random));
            }
        }
        return text.toString();
    }

    /** Any character that XML 1.0 can carry. */
    private static int character(Random random) {
        int character = random.nextInt(random.nextBoolean() ? 0x110000 : 0x3000);
        return character < 0x20
                        || character >= 0xd800 && character < 0xe000
                        || character == 0xfffe
                        || character == 0xffff
                ? 'x'
                : character;
    }

    private static Map<String, String> fields(Random random, String names) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (String name : names.split(" ")) {
            if (random.nextInt(4) > 0) {
                fields.put(name, text(random));
            }
        }
        return fields;
    }

    @RepeatedTest(20)
    void readsWhatWasWritten(RepetitionInfo repetition) throws Exception {
        Random random = new Random(repetition.getCurrentRepetition());
        String user = text(random);
        List<Map<String, String>> given = new ArrayList<>();
        List<Map<String, String>> attributes = new ArrayList<>();
        byte[] content;
        try (PacketWriter packet = new PacketWriter(user)) {
            packet.table("ПРИМЕР.1");
            for (int i = 0; i < 200; i++) {
                given.add(fields(random, "NO NAME ИМЕ _x-1 É"));
                attributes.add(random.nextInt(10) > 0 ? Map.of() : fields(random, "a b"));
                if (attributes.get(i).isEmpty()) {
                    packet.record(given.get(i));
                } else {
                    packet.record(given.get(i), RecordStatus.INSERT, attributes.get(i), Map.of());
                }
            }
            content = packet.content();
        }

        Element root = JavaXml.root(content);
        assertEquals(user, root.getAttribute("salesmancode"));
        List<Element> records = JavaXml.children(JavaXml.children(root).get(0));
        assertEquals(given.size(), records.size());
        try (PacketReader reader = new PacketReader(content)) {
            assertEquals(user, reader.getMobileUser().orElse(""));
            for (int i = 0; i < given.size(); i++) {
                assertEquals(given.get(i), JavaXml.fields(records.get(i)));
                PacketRecord record = reader.next();
                assertEquals(given.get(i), record.getFields());
                assertEquals(attributes.get(i), record.getAttributes());
                for (Map.Entry<String, String> attribute : attributes.get(i).entrySet()) {
                    assertEquals(
                            attribute.getValue(), records.get(i).getAttribute(attribute.getKey()));
                }
            }
            assertNull(reader.next());
        }
        assertEquals(List.of(), PacketReader.check(content));
    }
}
