package org.dmerp;

import java.lang.reflect.Proxy;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;

/**
 * The result of a query of a database that is not there. Its driver knows no more than JDBC asks,
 * and gives the classes of java.sql unless it is asked for another. Of a column of the type {@code
 * oracle} it gives objects of its own, as Oracle's does; of one of the type {@code jtds} no class
 * that it is asked for, as that of jTDS.
 */
final class Query {
    private final List<String> labels = new ArrayList<>();
    private final List<Integer> types = new ArrayList<>();
    private final List<String> typeNames = new ArrayList<>();
    private final List<Object[]> rows = new ArrayList<>();
    private SQLException end;
    private int at = -1;

    Query column(String label, int type, String typeName) {
        labels.add(label);
        types.add(type);
        typeNames.add(typeName);
        return this;
    }

    Query row(Object... values) {
        rows.add(values);
        return this;
    }

    /** The connection breaks after the last row. */
    Query breaks(SQLException end) {
        this.end = end;
        return this;
    }

    ResultSet open() {
        ResultSetMetaData columns =
                proxy(
                        ResultSetMetaData.class,
                        (method, arguments) -> {
                            switch (method) {
                                case "getColumnCount":
                                    return labels.size();
                                case "getColumnLabel":
                                    return labels.get((int) arguments[0] - 1);
                                case "getColumnType":
                                    return types.get((int) arguments[0] - 1);
                                case "getColumnTypeName":
                                    return typeNames.get((int) arguments[0] - 1);
                                default:
                                    throw new SQLFeatureNotSupportedException(method);
                            }
                        });
        return proxy(
                ResultSet.class,
                (method, arguments) -> {
                    switch (method) {
                        case "getMetaData":
                            return columns;
                        case "next":
                            at++;
                            if (at >= rows.size() && end != null) {
                                throw end;
                            }
                            return at < rows.size();
                        case "getObject":
                            int column = (int) arguments[0] - 1;
                            Object value = rows.get(at)[column];
                            if (arguments.length == 2) {
                                return as((Class<?>) arguments[1], value, typeNames.get(column));
                            }
                            return "oracle".equals(typeNames.get(column))
                                    ? new Object()
                                    : ofJavaSql(value);
                        case "getDate":
                        case "getTime":
                            return ofJavaSql(rows.get(at)[(int) arguments[0] - 1]);
                        case "getTimestamp":
                            return timestamp(rows.get(at)[(int) arguments[0] - 1]);
                        case "getBytes":
                        case "getString":
                            return rows.get(at)[(int) arguments[0] - 1];
                        default:
                            throw new SQLFeatureNotSupportedException(method);
                    }
                });
    }

    private static Object as(Class<?> type, Object value, String typeName) throws SQLException {
        if ("jtds".equals(typeName)) {
            throw new AbstractMethodError();
        }
        Object as = value;
        if (type == LocalDateTime.class && value instanceof Timestamp) {
            as = ((Timestamp) value).toLocalDateTime();
        } else if (type == LocalDateTime.class && value instanceof String) {
            as = LocalDateTime.parse((String) value);
        } else if (type == LocalDate.class && value instanceof String) {
            as = LocalDate.parse(((String) value).substring(0, 10));
        } else if (type == LocalDate.class && value instanceof java.sql.Date) {
            as = ((java.sql.Date) value).toLocalDate();
        } else if (type == OffsetTime.class && value instanceof String) {
            as = OffsetTime.parse((String) value);
        }
        if (as != null && !type.isInstance(as)) {
            throw new SQLException("no " + type + ": " + value);
        }
        return as;
    }

    private static Object ofJavaSql(Object value) throws SQLException {
        if (value instanceof OffsetTime) {
            return Time.valueOf(((OffsetTime) value).toLocalTime());
        }
        if (value instanceof LocalTime) {
            return Time.valueOf((LocalTime) value);
        }
        if (value instanceof LocalDate) {
            return date((LocalDate) value);
        }
        return value instanceof LocalDateTime || value instanceof OffsetDateTime
                ? timestamp(value)
                : value;
    }

    /** As H2 has it: by Gregory's calendar. A java.sql.Date shows it by Julius's before 1582. */
    private static java.sql.Date date(LocalDate value) {
        return new java.sql.Date(
                value.atStartOfDay(ZoneId.systemDefault()).toInstant().toEpochMilli());
    }

    private static Timestamp timestamp(Object value) throws SQLException {
        if (value instanceof String) {
            throw new SQLException("no time stamp: " + value, "22007");
        }
        return value instanceof LocalDateTime
                ? Timestamp.valueOf((LocalDateTime) value)
                : value instanceof OffsetDateTime
                        ? Timestamp.from(((OffsetDateTime) value).toInstant())
                        : (Timestamp) value;
    }

    private interface Method {
        Object of(String method, Object... arguments) throws SQLException;
    }

    private static <T> T proxy(Class<T> type, Method method) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (self, called, arguments) -> method.of(called.getName(), arguments)));
    }
}
