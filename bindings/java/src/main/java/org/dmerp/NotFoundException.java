package org.dmerp;

/**
 * What was asked for does not exist. For a packet, pull again: it may have been taken or removed.
 */
public final class NotFoundException extends DmerpException {
    private static final long serialVersionUID = 1L;

    NotFoundException(ErrorDetails details) {
        super(details);
    }
}
