package org.dmerp;

import java.util.Optional;
import java.util.OptionalInt;

/** An object was used after it was closed. Fix the calling code. */
public final class InvalidHandleException extends IllegalStateException implements DmerpError {
    private static final long serialVersionUID = 1L;

    /** All but the message, which Throwable keeps. */
    private final ErrorDetails details;

    InvalidHandleException(ErrorDetails details) {
        super(details.message);
        this.details = details;
    }

    InvalidHandleException(String message) {
        this(new ErrorDetails(Status.INVALID_HANDLE, message));
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
