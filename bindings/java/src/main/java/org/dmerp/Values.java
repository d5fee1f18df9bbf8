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
import java.util.Base64;
import java.util.Date;
import java.util.UUID;

/** Java's values as a packet has them, whatever the machine's locale. */
final class Values {
    private Values() {}

    /**
     * Puts the text of a value.
     *
     * @param zone of dates with a time that have none
     * @throws IllegalArgumentException if it has none
     */
    static void put(Texts to, Object value, ZoneId zone) {
        if (value instanceof Instant) {
            putInstant(to, (Instant) value);
        } else if (value instanceof LocalDate) {
            to.putDigits("0000-00-00", digits((LocalDate) value));
        } else if (value instanceof LocalTime) {
            putTime(to, (LocalTime) value);
        } else if (value instanceof LocalDateTime) {
            putInstant(to, ((LocalDateTime) value).atZone(zone).toInstant());
        } else if (value instanceof OffsetDateTime) {
            putInstant(to, ((OffsetDateTime) value).toInstant());
        } else if (value instanceof ZonedDateTime) {
            putInstant(to, ((ZonedDateTime) value).toInstant());
        } else if (value instanceof Date) {
            putDate(to, (Date) value, zone);
        } else {
            to.put(text(value));
        }
    }

    private static String text(Object value) {
        if (value instanceof CharSequence
                || value instanceof Character
                || value instanceof Boolean
                || value instanceof UUID) {
            return value.toString();
        }
        if (value instanceof Number) {
            return number((Number) value);
        }
        if (value instanceof Enum) {
            return ((Enum<?>) value).name();
        }
        if (value instanceof byte[]) {
            return Base64.getEncoder().encodeToString((byte[]) value);
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
    private static void putDate(Texts to, Date value, ZoneId zone) {
        if (value instanceof java.sql.Timestamp) {
            put(to, ((java.sql.Timestamp) value).toLocalDateTime(), zone);
        } else if (value instanceof java.sql.Date) {
            put(to, ((java.sql.Date) value).toLocalDate(), zone);
        } else {
            Instant instant = Instant.ofEpochMilli(value.getTime());
            if (value instanceof java.sql.Time) {
                // Its toLocalTime() loses the milliseconds.
                putTime(to, instant.atZone(ZoneId.systemDefault()).toLocalTime());
            } else {
                putInstant(to, instant);
            }
        }
    }

    // The texts that java.time makes of these would take a large part of a packet's time.

    private static void putTime(Texts to, LocalTime time) {
        long digits = digits(time);
        boolean whole = digits % 1000 == 0;
        to.putDigits(whole ? "00:00:00Z" : "00:00:00.000", whole ? digits / 1000 : digits);
    }

    private static void putInstant(Texts to, Instant instant) {
        LocalDateTime utc = LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
        long digits = digits(utc.toLocalDate()) * 1_000_000_000 + digits(utc.toLocalTime());
        boolean whole = digits % 1000 == 0;
        to.putDigits(
                whole ? "0000-00-00T00:00:00Z" : "0000-00-00T00:00:00.000Z",
                whole ? digits / 1000 : digits);
    }

    /** 20261124 of 2026-11-24. */
    private static long digits(LocalDate date) {
        if (date.getYear() < 1 || date.getYear() > 9999) {
            throw new IllegalArgumentException(
                    "the date " + date + " is not of the years 1 to 9999");
        }
        return date.getYear() * 10_000 + date.getMonthValue() * 100 + date.getDayOfMonth();
    }

    /** 94219382 of 09:42:19.382. */
    private static long digits(LocalTime time) {
        int seconds = time.getHour() * 10_000 + time.getMinute() * 100 + time.getSecond();
        return seconds * 1000L + time.getNano() / 1_000_000;
    }
}
