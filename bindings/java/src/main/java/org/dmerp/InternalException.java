package org.dmerp;

/** A defect in the native library. Report it with the message; the client stays usable. */
public final class InternalException extends DmerpException {
    private static final long serialVersionUID = 1L;

    InternalException(ErrorDetails details) {
        super(details);
    }
}
