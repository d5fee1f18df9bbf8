package org.dmerp;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * Values of each type, and what they are in a packet on any machine; as a program it tells what
 * they are on this one.
 */
final class PacketValues {
    enum Kind {
        RETAIL {
            @Override
            public String toString() {
                return "what a user is shown";
            }
        }
    }

    static final Map<Object, String> ALL = new LinkedHashMap<>();

    static {
        ALL.put("Кисело мляко <2 %> & \"more\"", "Кисело мляко <2 %> & \"more\"");
        ALL.put(new StringBuilder("built"), "built");
        ALL.put('İ', "İ");
        ALL.put(
                UUID.fromString("3C351F97-c29e-4024-9313-35d493624ea4"),
                "3c351f97-c29e-4024-9313-35d493624ea4");
        ALL.put(Kind.RETAIL, "RETAIL");
        ALL.put(true, "true");
        ALL.put(false, "false");
        ALL.put((byte) -12, "-12");
        ALL.put((short) 1234, "1234");
        ALL.put(1234567, "1234567");
        ALL.put(Long.MIN_VALUE, "-9223372036854775808");
        ALL.put(new BigInteger("92233720368547758080"), "92233720368547758080");
        ALL.put(new BigDecimal("1234567.50"), "1234567.50");
        ALL.put(new BigDecimal("-0.05"), "-0.05");
        ALL.put(new BigDecimal("0.00"), "0.00");
        ALL.put(new BigDecimal("9999999999999999.99"), "9999999999999999.99");
        ALL.put(new BigDecimal("-92233720368547758.08"), "-92233720368547758.08");
        ALL.put(new BigDecimal("1.5E+10"), "15000000000");
        ALL.put(new BigDecimal("-1E-7"), "-0.0000001");
        ALL.put(0.1, "0.1");
        ALL.put(1234567.0, "1234567");
        ALL.put(-0.0, "-0");
        ALL.put(1e-5, "0.00001");
        ALL.put(1.5e300 / 1e285, "1500000000000000");
        ALL.put(2.5e-7, "0.00000025");
        ALL.put(0.1f, "0.1");
        ALL.put(LocalDate.of(2026, 11, 24), "2026-11-24");
        ALL.put(LocalDate.of(33, 4, 3), "0033-04-03");
        ALL.put(java.sql.Date.valueOf("2026-11-24"), "2026-11-24");
        ALL.put(LocalTime.of(9, 42, 19), "09:42:19Z");
        ALL.put(LocalTime.of(9, 0), "09:00:00Z");
        ALL.put(LocalTime.MAX, "23:59:59.999");
        ALL.put(LocalTime.of(9, 42, 19, 382_999_999), "09:42:19.382");
        ALL.put(java.sql.Time.valueOf("09:42:19"), "09:42:19Z");
        ALL.put(new java.sql.Time(java.sql.Time.valueOf("09:42:19").getTime() + 5), "09:42:19.005");
        ALL.put(Instant.parse("2026-11-24T09:42:19Z"), "2026-11-24T09:42:19Z");
        ALL.put(Instant.parse("0001-01-01T00:00:00.001Z"), "0001-01-01T00:00:00.001Z");
        ALL.put(Instant.parse("9999-12-31T23:59:59.999Z"), "9999-12-31T23:59:59.999Z");
        ALL.put(Instant.parse("1969-12-31T23:59:59.9995Z"), "1969-12-31T23:59:59.999Z");
        ALL.put(OffsetDateTime.parse("2026-11-24T11:42:19.3821+02:00"), "2026-11-24T09:42:19.382Z");
        ALL.put(
                ZonedDateTime.parse("2026-07-24T12:00:00+03:00[Europe/Sofia]"),
                "2026-07-24T09:00:00Z");
        ALL.put(new java.util.Date(1_795_513_339_000L), "2026-11-24T09:42:19Z");
        ALL.put(LocalDateTime.of(2026, 11, 24, 9, 42, 19), "2026-11-24T09:42:19Z");
        ALL.put(java.sql.Timestamp.valueOf("2026-11-24 09:42:19.3829"), "2026-11-24T09:42:19.382Z");
        ALL.put(new byte[] {0, -1, 62}, "AP8+");
        ALL.put(new byte[0], "");
    }

    private PacketValues() {}

    /** The packet of one record for each value. */
    static byte[] packet() throws Exception {
        try (PacketWriter packet = new PacketWriter()) {
            packet.table("VALUES");
            for (Object value : ALL.keySet()) {
                packet.record(Map.of("VALUE", value));
            }
            return packet.content();
        }
    }

    public static void main(String[] arguments) throws Exception {
        System.out.write(packet());
        System.out.flush();
    }
}
