package org.dmerp;

import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.regex.Pattern;

/** The rows of a query, from the next one on. What the driver throws is thrown as it is. */
final class ResultSetRows implements Iterator<Map<String, ?>> {
    /** Columns with a time zone, of drivers that have no type of their own for them. */
    private static final Pattern ZONED =
            Pattern.compile(
                    "timestamptz|datetimeoffset|timestamp.* with .*time zone",
                    Pattern.CASE_INSENSITIVE);

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
        for (int i = 0; i < names.length; i++) {
            names[i] = told.getColumnLabel(i + 1);
            columns[i] = column(told.getColumnType(i + 1), told.getColumnTypeName(i + 1));
            if (row.put(names[i], columns[i]) != null) {
                throw new IllegalArgumentException(
                        "the query has two columns " + names[i] + "; name one of them AS another");
            }
        }
    }

    private static Column column(int type, String typeName) {
        switch (type) {
            case Types.BLOB:
                return ResultSet::getBytes;
            case Types.CLOB:
            case Types.NCLOB:
            case Types.SQLXML:
                return ResultSet::getString;
            default:
                return type == Types.TIMESTAMP_WITH_TIMEZONE
                                || typeName != null && ZONED.matcher(typeName).matches()
                        ? (rows, number) -> rows.getObject(number, OffsetDateTime.class)
                        : type == Types.TIMESTAMP ? ResultSetRows::timestamp : ResultSet::getObject;
        }
    }

    /**
     * Oracle's driver gives a class of its own unless it is asked for a Timestamp. A LocalDateTime
     * stays, which MySQL's gives: as a Timestamp it would be another hour where clocks change.
     */
    private static Object timestamp(ResultSet rows, int number) throws SQLException {
        Object value = rows.getObject(number);
        return value instanceof LocalDateTime ? value : rows.getTimestamp(number);
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
