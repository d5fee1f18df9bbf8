package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.function.Executable;

/** Contents and names that are easily damaged on their way. */
final class Samples {
    /**
     * Cyrillic, Greek, an emoji, quotes, XML's and JSON's own characters, and what a path could
     * trip over.
     */
    static final String NAME = "../Иван Αθήνα 🚚 \"o'K\" <&> \\ %20";

    private Samples() {}

    /** The exception of a call that must fail so. */
    static DmerpException fails(Status status, Executable call) {
        DmerpException failure = assertThrows(DmerpException.class, call);
        assertEquals(status, failure.getStatus(), failure.getMessage());
        return failure;
    }

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
