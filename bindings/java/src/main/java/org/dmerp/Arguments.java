package org.dmerp;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.time.Duration;
import java.util.Objects;

/** Arguments on their way to C. What C would take for something else is refused here. */
final class Arguments {
    private Arguments() {}

    /** The text itself. C would cut it at a NUL, and JNA would send a question mark for half. */
    static String text(String argument, String text) {
        if (!isText(Objects.requireNonNull(text, argument))) {
            throw new IllegalArgumentException(
                    argument + " holds a NUL or half of a surrogate pair, which cannot be sent");
        }
        return text;
    }

    static boolean isText(String text) {
        return text.indexOf('\0') < 0 && StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }

    /** The path as Java understands it: relative to where Java was started. */
    static String path(String argument, Path path) {
        Path absolute = Objects.requireNonNull(path, argument).toAbsolutePath();
        String text = absolute.toString();
        if (!isPath(text, absolute)) {
            throw new IllegalArgumentException(
                    argument
                            + " is no path of this machine that the encoding of its file names, "
                            + System.getProperty("sun.jnu.encoding")
                            + ", can tell: "
                            + text
                            + "; start Java with LC_ALL=C.UTF-8, or use a stream");
        }
        return text(argument, text);
    }

    /** Whether the text is that path's, rather than another one's with question marks in it. */
    private static boolean isPath(String text, Path path) {
        try {
            return Paths.get(text).equals(path);
        } catch (InvalidPathException unspeakable) {
            return false;
        }
    }

    /**
     * Part of a millisecond counts as a whole one. What is beyond a long, such as Java's "for
     * ever", is as far beyond every limit as a long.
     */
    static long milliseconds(String argument, Duration duration) {
        return Objects.requireNonNull(duration, argument).getSeconds() > Long.MAX_VALUE / 1000 - 1
                ? Long.MAX_VALUE
                : duration.plusNanos(999_999).toMillis();
    }
}
