package org.dmerp;

/** The portal understood the request and said no: see {@link #getServerMessage()}. */
public final class RejectedException extends DmerpException {
    private static final long serialVersionUID = 1L;

    RejectedException(ErrorDetails details) {
        super(details);
    }
}
