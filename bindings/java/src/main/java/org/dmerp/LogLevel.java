package org.dmerp;

/** How much a log record matters, the most important first. */
public enum LogLevel {
    /** A call failed. */
    ERROR(1),
    /** Something failed and is tried again. */
    WARNING(2),
    /** A call succeeded. */
    INFO(3),
    /** Every request and its answer. */
    DEBUG(4);

    final int number;

    LogLevel(int number) {
        this.number = number;
    }

    /** The level with this number; one of a newer library is as good as {@link #DEBUG}. */
    static LogLevel of(int number) {
        for (LogLevel level : values()) {
            if (level.number == number) {
                return level;
            }
        }
        return DEBUG;
    }
}
