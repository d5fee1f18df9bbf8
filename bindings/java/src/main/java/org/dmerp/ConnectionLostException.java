package org.dmerp;

/** The connection broke before the answer began. Try again later: every call may be repeated. */
public final class ConnectionLostException extends DmerpException {
    private static final long serialVersionUID = 1L;

    ConnectionLostException(ErrorDetails details) {
        super(details);
    }
}
