package org.dmerp;

import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** The rows of a query, from the next one on. */
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

    private static final Column AS_IT_IS = ResultSet::getObject;

    private final ResultSet rows;
    private final Supplier<String> place;
    private final String[] names;
    private final Column[] columns;

    /** One for all rows. */
    private final Map<String, Object> row = new LinkedHashMap<>();

    private boolean ready;

    /**
     * @param place where a row's record will be
     */
    ResultSetRows(ResultSet rows, Supplier<String> place) throws SQLException {
        this.rows = rows;
        this.place = place;
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
                        AS_IT_IS);
            case Types.DATE:
                // A java.sql.Date counts by Julius's calendar before 1582.
                return unless(java.sql.Date.class, LocalDate.class, ResultSet::getDate);
            case Types.TIME:
                // A java.sql.Time often has no milliseconds.
                return unless(java.sql.Time.class, LocalTime.class, ResultSet::getTime);
            case Types.BOOLEAN:
                return ResultSetRows::truth;
            case Types.BLOB:
                return ResultSet::getBytes;
            case Types.CLOB:
            case Types.NCLOB:
            case Types.SQLXML:
                return ResultSet::getString;
            default:
                return AS_IT_IS;
        }
    }

    /**
     * As it is, unless it is of a class of java.sql's for which java.time has a better one. It is
     * not asked for the better one at once: of a text with a date and a time, which a DATETIME of
     * SQLite's is, the driver would give the date alone.
     */
    private static Column unless(Class<?> ofJavaSql, Class<?> better, Column ifItCannot) {
        Column way = new FirstOf((rows, number) -> rows.getObject(number, better), ifItCannot);
        return (rows, number) -> {
            Object value = AS_IT_IS.of(rows, number);
            return ofJavaSql.isInstance(value) ? way.of(rows, number) : value;
        };
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
     * The first of some ways that gives the value. Once one gave some, those before it are not
     * tried again: the driver cannot. But a value that comes only as it is, such as a text of
     * SQLite's that is no time, says nothing of the others.
     */
    private static final class FirstOf implements Column {
        private final Column[] ways;
        private int first;
        private boolean decided;

        FirstOf(Column... ways) {
            this.ways = ways;
        }

        @Override
        public Object of(ResultSet rows, int number) throws SQLException {
            for (int way = first; ; way++) {
                try {
                    Object value = ways[way].of(rows, number);
                    if (!decided && value != null && ways[way] != AS_IT_IS) {
                        first = way;
                        decided = true;
                    }
                    return value;
                } catch (SQLException | RuntimeException | AbstractMethodError cannot) {
                    if (way == ways.length - 1) {
                        throw cannot;
                    }
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
        for (int i = 0; i < names.length; i++) {
            try {
                row.put(names[i], columns[i].of(rows, i + 1));
            } catch (SQLException failure) {
                SQLException placed =
                        new SQLException(
                                cannotGive(i, failure.getMessage()),
                                failure.getSQLState(),
                                failure.getErrorCode(),
                                failure);
                throw RunningCall.<RuntimeException>unchanged(placed);
            } catch (RuntimeException | AbstractMethodError failure) {
                throw new IllegalArgumentException(cannotGive(i, "" + failure), failure);
            }
        }
        return row;
    }

    private String cannotGive(int column, String why) {
        return place.get() + ", field " + names[column] + ": the driver cannot give it: " + why;
    }
}
