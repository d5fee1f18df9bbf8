package org.dmerp;

/** The portal does not let this API key use this app area, or does not know the area. */
public final class UnknownAppAreaException extends DmerpException {
    private static final long serialVersionUID = 1L;

    UnknownAppAreaException(ErrorDetails details) {
        super(details);
    }
}
