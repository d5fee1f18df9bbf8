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
     * <p>One method of more than 325 bytes of bytecode, so that HotSpot does not inline it into the
     * loop over a record's fields. Inlined, it takes the compiler several times as long, and 8 MiB
     * more.
     *
     * @param zone of dates with a time that have none
     * @throws IllegalArgumentException if it has none
     */
    static void put(Texts to, Object value, ZoneId zone) {
        if (value instanceof CharSequence
                || value instanceof Character
                || value instanceof Boolean
                || value instanceof BigInteger
                || value instanceof UUID) {
            to.put(value.toString());
        } else if (value instanceof Enum) {
            to.put(((Enum<?>) value).name());
        } else if (value instanceof Integer
                || value instanceof Long
                || value instanceof Short
                || value instanceof Byte) {
            to.putNumber(((Number) value).longValue(), 0);
        } else if (value instanceof BigDecimal) {
            BigDecimal decimal = (BigDecimal) value;
            int scale = decimal.scale();
            if (scale >= 0 && scale <= 18 && decimal.precision() <= 18) {
                to.putNumber(decimal.unscaledValue().longValue(), scale);
            } else {
                to.put(decimal.toPlainString());
            }
        } else if (value instanceof Double || value instanceof Float) {
            to.put(real((Number) value));
        } else if (value instanceof LocalDate) {
            to.putDigits("0000-00-00", digits((LocalDate) value));
        } else if (value instanceof LocalTime) {
            putTime(to, (LocalTime) value);
        } else if (value instanceof LocalDateTime) {
            putInstant(to, ((LocalDateTime) value).atZone(zone).toInstant());
        } else if (value instanceof Instant) {
            putInstant(to, (Instant) value);
        } else if (value instanceof OffsetDateTime) {
            putInstant(to, ((OffsetDateTime) value).toInstant());
        } else if (value instanceof ZonedDateTime) {
            putInstant(to, ((ZonedDateTime) value).toInstant());
        } else if (value instanceof Date) {
            putDate(to, (Date) value, zone);
        } else if (value instanceof byte[]) {
            to.put(Base64.getEncoder().encode((byte[]) value));
        } else {
            throw new IllegalArgumentException(
                    "a "
                            + value.getClass().getName()
                            + " cannot be written; give the packet a converter that makes "
                            + (value instanceof Number ? "a BigDecimal" : "a text")
                            + " of it");
        }
    }

    private static String real(Number value) {
        double real = value.doubleValue();
        if (Double.isNaN(real) || Double.isInfinite(real)) {
            throw new IllegalArgumentException(real + " is no number that can be written");
        }
        String text = value.toString();
        return text.indexOf('E') >= 0
                ? new BigDecimal(text).stripTrailingZeros().toPlainString()
                : text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
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

    // With the texts that java.time makes of them, a packet takes a quarter longer.

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
