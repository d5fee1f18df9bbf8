package org.dmerp;

/** No connection could be made: refused, unreachable, or stopped by a proxy. Try again later. */
public final class ConnectException extends DmerpException {
    private static final long serialVersionUID = 1L;

    ConnectException(ErrorDetails details) {
        super(details);
    }
}
