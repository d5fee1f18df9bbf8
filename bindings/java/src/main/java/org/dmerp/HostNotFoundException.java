package org.dmerp;

/** The server's name could not be resolved (DNS). Check the base URL, or try again later. */
public final class HostNotFoundException extends DmerpException {
    private static final long serialVersionUID = 1L;

    HostNotFoundException(ErrorDetails details) {
        super(details);
    }
}
