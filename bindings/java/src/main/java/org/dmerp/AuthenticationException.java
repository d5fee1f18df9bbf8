package org.dmerp;

/** The portal refused the API key. */
public final class AuthenticationException extends DmerpException {
    private static final long serialVersionUID = 1L;

    AuthenticationException(ErrorDetails details) {
        super(details);
    }
}
