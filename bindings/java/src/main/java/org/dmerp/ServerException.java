package org.dmerp;

/** The portal or the storage failed through every retry. Try again later. */
public final class ServerException extends DmerpException {
    private static final long serialVersionUID = 1L;

    ServerException(ErrorDetails details) {
        super(details);
    }
}
