package org.dmerp;

import java.lang.reflect.Proxy;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The result of a query of a database that is not there. Its driver knows no more than JDBC asks.
 * Of a column of the type {@code oracle} it gives objects of its own, as Oracle's does.
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
                                    return labels.get(arguments[0] - 1);
                                case "getColumnType":
                                    return types.get(arguments[0] - 1);
                                case "getColumnTypeName":
                                    return typeNames.get(arguments[0] - 1);
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
                            if ("oracle".equals(typeNames.get(arguments[0] - 1))) {
                                return new Object();
                            }
                            return rows.get(at)[arguments[0] - 1];
                        case "getTimestamp":
                        case "getBytes":
                        case "getString":
                            return rows.get(at)[arguments[0] - 1];
                        default:
                            throw new SQLFeatureNotSupportedException(method);
                    }
                });
    }

    private interface Method {
        Object of(String method, int... arguments) throws SQLException;
    }

    private static <T> T proxy(Class<T> type, Method method) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (self, called, arguments) -> {
                            int[] numbers =
                                    arguments == null
                                            ? new int[0]
                                            : Arrays.stream(arguments)
                                                    .filter(Integer.class::isInstance)
                                                    .mapToInt(number -> (int) number)
                                                    .toArray();
                            return method.of(called.getName(), numbers);
                        }));
    }
}
