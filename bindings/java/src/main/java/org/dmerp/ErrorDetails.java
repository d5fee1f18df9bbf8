package org.dmerp;

import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.Pointer;
import java.io.Serializable;
import java.util.Optional;
import java.util.OptionalInt;

/** What the library tells of a failure, copied. */
final class ErrorDetails implements Serializable {
    private static final long serialVersionUID = 1L;

    final String message;
    final int statusNumber;
    private final int httpStatus;
    private final String serverMessage;
    private final String packetId;
    final int attempts;
    final boolean retryable;

    /** Of a failure that was found before the library saw the call. */
    ErrorDetails(Status status, String message) {
        this.message = message;
        this.statusNumber = status.number;
        this.httpStatus = 0;
        this.serverMessage = null;
        this.packetId = null;
        this.attempts = 0;
        this.retryable = false;
    }

    /** Of a failure with this status; {@code error} stays the caller's. */
    ErrorDetails(int statusNumber, Pointer error) {
        Abi abi = abi();
        this.message =
                Text.optionalFromNative(abi.dmerp_error_message(error))
                        .orElseGet(() -> Status.of(statusNumber).getMeaning());
        this.statusNumber = statusNumber;
        this.httpStatus = abi.dmerp_error_http_status(error);
        this.serverMessage =
                Text.optionalFromNative(abi.dmerp_error_server_message(error)).orElse(null);
        this.packetId = Text.optionalFromNative(abi.dmerp_error_packet_id(error)).orElse(null);
        this.attempts = abi.dmerp_error_attempts(error);
        this.retryable = abi.dmerp_error_is_retryable(error) != 0;
    }

    Status status() {
        return Status.of(statusNumber);
    }

    OptionalInt httpStatus() {
        return httpStatus == 0 ? OptionalInt.empty() : OptionalInt.of(httpStatus);
    }

    Optional<String> serverMessage() {
        return Optional.ofNullable(serverMessage);
    }

    Optional<String> packetId() {
        return Optional.ofNullable(packetId);
    }

    /** The exception of this failure. */
    Exception toException() {
        return status().exception.apply(this);
    }
}
