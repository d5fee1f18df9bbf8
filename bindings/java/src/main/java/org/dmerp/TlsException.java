package org.dmerp;

/** The server's certificate was not accepted, or the TLS handshake failed. */
public final class TlsException extends DmerpException {
    private static final long serialVersionUID = 1L;

    TlsException(ErrorDetails details) {
        super(details);
    }
}
