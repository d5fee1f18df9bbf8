package org.dmerp;

/** Takes log records: see {@link Config#log(LogLevel, LogListener)}. */
@FunctionalInterface
public interface LogListener {
    /**
     * Takes one record. It runs on the thread that made the call the record is about, on several
     * threads at once when several use a client, and may use this library. What it throws ends that
     * call and comes out of it, as the same object; also when the call had done its work by then. A
     * push that it ended may be stored, and can be repeated safely under the same packet id.
     *
     * @param level how much the record matters
     * @param message one line, which never holds the API key or a temporary link's signature
     */
    void logged(LogLevel level, String message);
}
