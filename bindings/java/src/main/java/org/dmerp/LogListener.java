package org.dmerp;

/** Takes log records: see {@link Config#log(LogLevel, LogListener)}. */
@FunctionalInterface
public interface LogListener {
    /**
     * Takes one record. It runs on the thread that made the call which the record is about, on
     * several threads at once when several use a client; for a receiver that nobody closed on a
     * thread of this package. It may use this package. What it throws goes to the thread's {@link
     * Thread#getUncaughtExceptionHandler()}, and the call goes on.
     *
     * @param message one line, which never holds the API key or a temporary link's signature
     */
    void logged(LogLevel level, String message);
}
