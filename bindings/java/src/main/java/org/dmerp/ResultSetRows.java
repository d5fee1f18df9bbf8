package org.dmerp;

import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.regex.Pattern;

/** The rows of a query, from the next one on. What the driver throws is thrown as it is. */
final class ResultSetRows implements Iterator<Map<String, ?>> {
    // The names of types with a time zone, of drivers that have no number of their own for them.
    private static final Pattern ZONED_TIMESTAMP =
            Pattern.compile(
                    "timestamp_?l?tz.*|datetimeoffset.*|timestamp.* with .*time zone",
                    Pattern.CASE_INSENSITIVE);
    private static final Pattern ZONED_TIME =
            Pattern.compile("timetz.*|time\\b.* with time zone", Pattern.CASE_INSENSITIVE);

    /** How a column's value is read. */
    private interface Column {
        Object of(ResultSet rows, int number) throws SQLException;
    }

    private final ResultSet rows;
    private final String[] names;
    private final Column[] columns;

    /** One for all rows. */
    private final Map<String, Object> row = new LinkedHashMap<>();

    private boolean ready;

    ResultSetRows(ResultSet rows) throws SQLException {
        this.rows = rows;
        ResultSetMetaData told = rows.getMetaData();
        names = new String[told.getColumnCount()];
        columns = new Column[names.length];
        Set<String> unique = new HashSet<>();
        for (int i = 0; i < names.length; i++) {
            names[i] = told.getColumnLabel(i + 1);
            columns[i] = column(told.getColumnType(i + 1), told.getColumnTypeName(i + 1));
            if (!unique.add(names[i])) {
                throw new IllegalArgumentException(
                        "the query has two columns " + names[i] + "; name one of them AS another");
            }
        }
    }

    private static Column column(int type, String typeName) {
        String name = typeName == null ? "" : typeName;
        if (type == Types.TIMESTAMP_WITH_TIMEZONE || ZONED_TIMESTAMP.matcher(name).matches()) {
            return new FirstOf(
                    (rows, number) -> rows.getObject(number, OffsetDateTime.class),
                    ResultSetRows::instant);
        }
        if (type == Types.TIME_WITH_TIMEZONE || ZONED_TIME.matcher(name).matches()) {
            // It has no form in a packet, so it is refused. A java.sql.Time would lose the zone.
            return (rows, number) -> rows.getObject(number, OffsetTime.class);
        }
        switch (type) {
            case Types.TIMESTAMP:
                // A Timestamp has no hour that Java's own zone leaves out where its clocks change.
                return new FirstOf(
                        (rows, number) -> rows.getObject(number, LocalDateTime.class),
                        ResultSet::getTimestamp,
                        ResultSet::getObject);
            case Types.BOOLEAN:
                return ResultSetRows::truth;
            case Types.BLOB:
                return ResultSet::getBytes;
            case Types.CLOB:
            case Types.NCLOB:
            case Types.SQLXML:
                return ResultSet::getString;
            default:
                return ResultSet::getObject;
        }
    }

    private static Object instant(ResultSet rows, int number) throws SQLException {
        Timestamp value = rows.getTimestamp(number);
        return value == null ? null : value.toInstant();
    }

    /** SQLite's driver gives a number. */
    private static Object truth(ResultSet rows, int number) throws SQLException {
        Object value = rows.getObject(number);
        return value instanceof Number ? (Object) (((Number) value).intValue() != 0) : value;
    }

    /**
     * The first of some ways that the driver can. It is the column's once it gave a value that is
     * no null.
     */
    private static final class FirstOf implements Column {
        private final Column[] ways;
        private int way;
        private boolean decided;

        FirstOf(Column... ways) {
            this.ways = ways;
        }

        @Override
        public Object of(ResultSet rows, int number) throws SQLException {
            while (true) {
                try {
                    Object value = ways[way].of(rows, number);
                    decided |= value != null;
                    return value;
                } catch (SQLException | RuntimeException | AbstractMethodError cannot) {
                    if (decided || way == ways.length - 1) {
                        throw cannot;
                    }
                    way++;
                }
            }
        }
    }

    @Override
    public boolean hasNext() {
        try {
            ready = ready || rows.next();
            return ready;
        } catch (SQLException failure) {
            throw RunningCall.<RuntimeException>unchanged(failure);
        }
    }

    @Override
    public Map<String, ?> next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        ready = false;
        try {
            for (int i = 0; i < names.length; i++) {
                row.put(names[i], columns[i].of(rows, i + 1));
            }
        } catch (SQLException failure) {
            throw RunningCall.<RuntimeException>unchanged(failure);
        }
        return row;
    }
}
