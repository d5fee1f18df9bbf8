package org.dmerp;

import java.util.logging.Level;

/** How much a log record matters, the most important first. */
public enum LogLevel {
    /** A call failed. */
    ERROR(1, Level.SEVERE),
    /** Something failed and is tried again. */
    WARNING(2, Level.WARNING),
    /** A call succeeded. */
    INFO(3, Level.FINE),
    /** Every request and its answer. */
    DEBUG(4, Level.FINER);

    final int number;

    /**
     * Its level in java.util.logging. That shows INFO to everybody, and a library's success is no
     * news.
     */
    final Level java;

    LogLevel(int number, Level java) {
        this.number = number;
        this.java = java;
    }

    /** The level with this number; one of a newer library is as good as {@link #DEBUG}. */
    static LogLevel of(int number) {
        return values()[Math.min(number, DEBUG.number) - 1];
    }
}
