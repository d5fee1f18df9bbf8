package org.dmerp;

import java.nio.charset.StandardCharsets;

/** Contents and names that are easily damaged on their way. */
final class Samples {
    /**
     * Cyrillic, Greek, an emoji, quotes, XML's and JSON's own characters, and what a path could
     * trip over.
     */
    static final String NAME = "../Иван Αθήνα 🚚 \"o'K\" <&> \\ %20";

    private Samples() {}

    /** Every byte value, NUL included. */
    static byte[] binary(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i * 7 + i / 256);
        }
        return bytes;
    }

    static byte[] xml(String text) {
        return ("<p>" + text + "</p>").getBytes(StandardCharsets.UTF_8);
    }
}
