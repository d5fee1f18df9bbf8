package org.dmerp;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/** Text on its way to C and back. What C would take for another text is an error here. */
final class Text {
    private Text() {}

    /** The text as UTF-8 with a NUL after it. */
    static byte[] toNative(String argument, String text) {
        Objects.requireNonNull(text, argument);
        if (text.indexOf('\0') >= 0) {
            throw new InvalidArgumentException(
                    argument + " holds a NUL character, which cannot be sent");
        }
        ByteBuffer encoded;
        try {
            encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
        } catch (CharacterCodingException half) {
            throw new InvalidArgumentException(
                    argument + " holds half of a surrogate pair, which is no character");
        }
        byte[] bytes = new byte[encoded.remaining() + 1];
        encoded.get(bytes, 0, bytes.length - 1);
        return bytes;
    }

    /** As {@link #toNative(String, String)}; null stays null. */
    static byte[] toNativeOrNull(String argument, String text) {
        return text == null ? null : toNative(argument, text);
    }

    /** The path as Java understands it: relative to where Java was started. */
    static String ofPath(String argument, Path path) {
        if (Objects.requireNonNull(path, argument).getFileSystem() != FileSystems.getDefault()) {
            throw new InvalidArgumentException(
                    argument + " is not a path of this machine's file system; use a stream");
        }
        return path.toAbsolutePath().toString();
    }

    /** A copy of C's text. */
    static String fromNative(Pointer text) {
        return text.getString(0, "UTF-8");
    }

    /** A copy of C's text, or nothing for NULL. */
    static Optional<String> optionalFromNative(Pointer text) {
        return text == null ? Optional.empty() : Optional.of(fromNative(text));
    }
}
