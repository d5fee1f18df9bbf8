package org.dmerp;

/**
 * The call's deadline passed, or nothing moved for longer than the idle or connect time-out. Try
 * again later.
 */
public final class TimedOutException extends DmerpException {
    private static final long serialVersionUID = 1L;

    TimedOutException(ErrorDetails details) {
        super(details);
    }
}
