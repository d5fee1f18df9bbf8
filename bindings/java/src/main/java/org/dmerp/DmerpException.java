package org.dmerp;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A call failed. The class tells the status; {@link InvalidArgumentException} and {@link
 * InvalidHandleException}, which are the calling code's mistakes, are unchecked and not among its
 * subclasses. This class itself is thrown for a status that only a newer version of this package
 * knows.
 */
public class DmerpException extends IOException implements DmerpError {
    private static final long serialVersionUID = 1L;

    /** All but the message, which Throwable keeps. */
    private final ErrorDetails details;

    DmerpException(ErrorDetails details) {
        super(details.message);
        this.details = details;
    }

    @Override
    public Status getStatus() {
        return details.status();
    }

    @Override
    public int getStatusNumber() {
        return details.statusNumber;
    }

    @Override
    public OptionalInt getHttpStatus() {
        return details.httpStatus();
    }

    @Override
    public Optional<String> getServerMessage() {
        return details.serverMessage();
    }

    @Override
    public Optional<String> getPacketId() {
        return details.packetId();
    }

    @Override
    public int getAttempts() {
        return details.attempts;
    }

    @Override
    public boolean isRetryable() {
        return details.retryable;
    }
}
