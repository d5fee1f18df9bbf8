package org.dmerp;

/** An answer ended before its announced length; nothing of it was kept. Try again later. */
public final class TruncatedException extends DmerpException {
    private static final long serialVersionUID = 1L;

    TruncatedException(ErrorDetails details) {
        super(details);
    }
}
