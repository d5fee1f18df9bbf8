package org.dmerp;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Date;
import java.util.UUID;

/** Java's values as a packet has them, whatever the machine's locale. */
final class Values {
    private Values() {}

    /**
     * The text of a value.
     *
     * @param zone of dates with a time that have none
     * @throws IllegalArgumentException if there is none
     */
    static String text(Object value, ZoneId zone) {
        if (value instanceof CharSequence || value instanceof Character || value instanceof UUID) {
            return value.toString();
        }
        if (value instanceof Number) {
            return number((Number) value);
        }
        if (value instanceof Boolean) {
            return value.toString();
        }
        if (value instanceof Enum) {
            return ((Enum<?>) value).name();
        }
        if (value instanceof byte[]) {
            return Base64.getEncoder().encodeToString((byte[]) value);
        }
        if (value instanceof LocalDate) {
            return date((LocalDate) value);
        }
        if (value instanceof LocalTime) {
            return time((LocalTime) value);
        }
        if (value instanceof LocalDateTime) {
            return instant(((LocalDateTime) value).atZone(zone).toInstant());
        }
        if (value instanceof Instant) {
            return instant((Instant) value);
        }
        if (value instanceof OffsetDateTime) {
            return instant(((OffsetDateTime) value).toInstant());
        }
        if (value instanceof ZonedDateTime) {
            return instant(((ZonedDateTime) value).toInstant());
        }
        if (value instanceof Date) {
            return date((Date) value, zone);
        }
        throw new IllegalArgumentException(
                "a "
                        + value.getClass().getName()
                        + " cannot be written; give the packet a converter that makes a text of it");
    }

    private static String number(Number value) {
        if (value instanceof BigDecimal) {
            return ((BigDecimal) value).toPlainString();
        }
        if (value instanceof Integer
                || value instanceof Long
                || value instanceof Short
                || value instanceof Byte
                || value instanceof BigInteger) {
            return value.toString();
        }
        if (value instanceof Double || value instanceof Float) {
            double real = value.doubleValue();
            if (Double.isNaN(real) || Double.isInfinite(real)) {
                throw new IllegalArgumentException(real + " is no number that can be written");
            }
            String text = value.toString();
            return text.indexOf('E') >= 0
                    ? new BigDecimal(text).stripTrailingZeros().toPlainString()
                    : text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
        }
        throw new IllegalArgumentException(
                "a "
                        + value.getClass().getName()
                        + " cannot be written; give the packet a converter that makes a BigDecimal of it");
    }

    /** Dates of java.sql hold what a clock shows, in Java's time zone; other ones an instant. */
    private static String date(Date value, ZoneId zone) {
        if (value instanceof java.sql.Timestamp) {
            return text(((java.sql.Timestamp) value).toLocalDateTime(), zone);
        }
        if (value instanceof java.sql.Date) {
            return date(((java.sql.Date) value).toLocalDate());
        }
        Instant instant = Instant.ofEpochMilli(value.getTime());
        if (value instanceof java.sql.Time) {
            // Its toLocalTime() loses the milliseconds.
            return time(instant.atZone(ZoneId.systemDefault()).toLocalTime());
        }
        return instant(instant);
    }

    private static String date(LocalDate date) {
        if (date.getYear() < 1 || date.getYear() > 9999) {
            throw new IllegalArgumentException(
                    "the date " + date + " is not of the years 1 to 9999");
        }
        return date.toString();
    }

    private static String time(LocalTime time) {
        // toString() leaves out seconds that are 0.
        String text = time.truncatedTo(ChronoUnit.MILLIS).toString();
        return text.length() == 5 ? text + ":00Z" : text.length() == 8 ? text + "Z" : text;
    }

    private static String instant(Instant instant) {
        LocalDateTime utc = LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
        String time = time(utc.toLocalTime());
        return date(utc.toLocalDate()) + "T" + time + (time.endsWith("Z") ? "" : "Z");
    }
}
