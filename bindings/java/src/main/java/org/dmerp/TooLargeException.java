package org.dmerp;

/**
 * A body is larger than its limit; nothing of it was kept. Raise the limit that the message names,
 * or download to a file.
 */
public final class TooLargeException extends DmerpException {
    private static final long serialVersionUID = 1L;

    TooLargeException(ErrorDetails details) {
        super(details);
    }
}
