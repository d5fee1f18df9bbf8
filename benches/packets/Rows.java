// What both programs in Java write: maps of native values, most of them made before the first record.

import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

final class Rows implements Iterable<Map<String, Object>> {
    private static final int POOL = 1000;

    private final List<String> texts;
    private final long count;

    Rows(String texts, long count) throws Exception {
        this.texts = Files.readAllLines(Path.of(texts));
        this.count = count;
    }

    private Map<String, Object> row(int i) {
        int half = texts.size() / 2;
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("NO", null);
        row.put("DESCRIPTION", texts.get(i % half));
        row.put("QUANTITY", i * 7L % 1000 - 100);
        row.put("PRICE", BigDecimal.valueOf(i * 3737L % 100000, 2));
        row.put("DUEDATE", LocalDate.of(2026, 1, 1).plusDays(i % 365));
        row.put("CHANGED", Instant.parse("2026-01-01T00:00:00Z").plusSeconds(i * 30011L));
        row.put("BLOCKED", i % 3 == 0);
        row.put("NOTE", texts.get(half + i % half));
        return row;
    }

    private static String no(long number) {
        char[] text = "I0000000".toCharArray();
        for (int at = text.length - 1; number > 0; number /= 10) {
            text[at--] = (char) ('0' + number % 10);
        }
        return new String(text);
    }

    @Override
    public Iterator<Map<String, Object>> iterator() {
        List<Map<String, Object>> pool = IntStream.range(0, POOL).mapToObj(this::row).toList();
        return new Iterator<>() {
            private long number;

            @Override
            public boolean hasNext() {
                return number < count;
            }

            @Override
            public Map<String, Object> next() {
                Map<String, Object> row = pool.get((int) (number % POOL));
                row.put("NO", no(number++));
                return row;
            }
        };
    }
}
