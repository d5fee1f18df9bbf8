package org.dmerp;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.Arrays;

/** Texts one after the other, each with a NUL after it, as the library takes rows. */
final class Texts {
    /** A text of this one byte, which UTF-8 does not have, is a null. */
    static final byte NULL = (byte) 0xff;

    private byte[] bytes = new byte[1024];
    int size;

    private Memory copy;

    /**
     * A copy of the first so many bytes in native memory, good until the next copy. JNA would copy
     * an array twice, and all that it has room for.
     */
    Pointer copy(int count) {
        if (copy == null || copy.size() < count) {
            copy = new Memory(Math.max(count, 1));
        }
        copy.write(0, bytes, 0, count);
        return copy;
    }

    void putNull() {
        reserve(1);
        bytes[size++] = NULL;
    }

    /** Puts the NUL after a text. */
    void end() {
        reserve(1);
        bytes[size++] = 0;
    }

    /** Puts a form such as 0000-00-00, with the digits of a number in place of its zeros. */
    void putDigits(String form, long number) {
        int length = form.length();
        reserve(length);
        long rest = number;
        for (int i = length - 1; i >= 0; i--) {
            char c = form.charAt(i);
            if (c == '0') {
                c += rest % 10;
                rest /= 10;
            }
            bytes[size + i] = (byte) c;
        }
        size += length;
    }

    /** Puts a number. So many of its digits stand after the point. */
    void putNumber(long unscaled, int scale) {
        int digits = 1;
        for (long rest = unscaled / 10; rest != 0 || digits <= scale; rest /= 10) {
            digits++;
        }
        int length = digits + (unscaled < 0 ? 1 : 0) + (scale > 0 ? 1 : 0);
        reserve(length);
        int at = size + length;
        long rest = unscaled;
        for (int i = 0; i < digits; i++) {
            if (i == scale && scale > 0) {
                bytes[--at] = '.';
            }
            bytes[--at] = (byte) ('0' + Math.abs(rest % 10));
            rest /= 10;
        }
        if (unscaled < 0) {
            bytes[--at] = '-';
        }
        size += length;
    }

    void put(byte[] ascii) {
        reserve(ascii.length);
        System.arraycopy(ascii, 0, bytes, size, ascii.length);
        size += ascii.length;
    }

    /**
     * Puts a text as UTF-8, a U+0000 in it as the two bytes C0 80. Half of a surrogate pair becomes
     * three bytes that are no UTF-8, so that the library refuses it; Java's own encoder would make
     * a question mark of it.
     */
    void put(String text) {
        int length = text.length();
        reserve(Math.multiplyExact(3, length));
        byte[] to = bytes;
        int at = size;
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c < 0x80 && c != 0) {
                to[at++] = (byte) c;
            } else if (c < 0x800) {
                to[at++] = (byte) (0xc0 | c >> 6);
                to[at++] = (byte) (0x80 | c & 0x3f);
            } else {
                int point = text.codePointAt(i);
                if (point > 0xffff) {
                    i++;
                    to[at++] = (byte) (0xf0 | point >> 18);
                    to[at++] = (byte) (0x80 | point >> 12 & 0x3f);
                } else {
                    to[at++] = (byte) (0xe0 | point >> 12);
                }
                to[at++] = (byte) (0x80 | point >> 6 & 0x3f);
                to[at++] = (byte) (0x80 | point & 0x3f);
            }
        }
        size = at;
    }

    private void reserve(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, more), 2 * bytes.length));
        }
    }
}
