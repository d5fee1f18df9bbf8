package org.dmerp;

import java.time.Duration;
import java.util.Objects;

/** Durations on their way to C. */
final class Milliseconds {
    private Milliseconds() {}

    /** What is beyond a long is as far beyond every limit of the library as the largest long. */
    static long of(String argument, Duration duration) {
        Objects.requireNonNull(duration, argument);
        try {
            return duration.toMillis();
        } catch (ArithmeticException beyond) {
            return duration.isNegative() ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }
}
