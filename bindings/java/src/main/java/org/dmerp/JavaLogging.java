package org.dmerp;

import java.util.logging.Level;
import java.util.logging.Logger;

/** The log records' way into java.util.logging. */
final class JavaLogging implements LogListener {
    /** Held, because the logging system forgets a logger, and its level, that nobody holds. */
    private static final Logger LOGGER = Logger.getLogger("org.dmerp");

    @Override
    public void logged(LogLevel level, String message) {
        Level javaLevel = javaLevel(level);
        if (LOGGER.isLoggable(javaLevel)) {
            LOGGER.logp(javaLevel, Client.class.getName(), null, message);
        }
    }

    /**
     * A call that succeeded is FINE: java.util.logging shows INFO to everybody, and a library's
     * success is no news.
     */
    private static Level javaLevel(LogLevel level) {
        switch (level) {
            case ERROR:
                return Level.SEVERE;
            case WARNING:
                return Level.WARNING;
            case INFO:
                return Level.FINE;
            default:
                return Level.FINER;
        }
    }
}
