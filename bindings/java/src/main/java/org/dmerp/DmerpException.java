package org.dmerp;

import static org.dmerp.LibraryFinder.abi;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A call failed. {@link #getStatus()} tells how. The message is one line: what was tried, what came
 * back, and what to do. It never holds the API key.
 */
public final class DmerpException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int statusNumber;
    private final int httpStatus;
    private final String serverMessage;
    private final String packetId;
    private final int attempts;
    private final long retryAfter;
    private final boolean retryable;
    private final boolean outcomeUnknown;
    private final List<DmerpException> results;

    /** Copies what the library tells of a failure. The handles stay the caller's. */
    private DmerpException(String place, int statusNumber, Pointer error, Pointer results) {
        super(
                place
                        + Optional.ofNullable(abi().dmerp_error_message(error))
                                .orElseGet(() -> Status.of(statusNumber).getMeaning()));
        this.statusNumber = statusNumber;
        this.httpStatus = abi().dmerp_error_http_status(error);
        this.serverMessage = abi().dmerp_error_server_message(error);
        this.packetId = abi().dmerp_error_packet_id(error);
        this.attempts = abi().dmerp_error_attempts(error);
        this.retryAfter = abi().dmerp_error_retry_after_ms(error);
        this.retryable = abi().dmerp_error_is_retryable(error) != 0;
        this.outcomeUnknown = abi().dmerp_error_is_outcome_unknown(error) != 0;
        DmerpException[] each = new DmerpException[abi().dmerp_results_len(results).intValue()];
        for (int i = 0; i < each.length; i++) {
            Abi.SizeT index = new Abi.SizeT(i);
            each[i] =
                    of(
                            abi().dmerp_results_status(results, index),
                            abi().dmerp_results_error(results, index),
                            null);
        }
        this.results = Collections.unmodifiableList(Arrays.asList(each));
    }

    /** The exception of a call that ended so; null for OK. Frees the error. */
    static DmerpException of(int statusNumber, Pointer error, Pointer results) {
        return of("", statusNumber, error, results);
    }

    /** The same, with a message that begins with the place. */
    static DmerpException of(String place, int statusNumber, Pointer error, Pointer results) {
        try {
            return statusNumber == Status.OK.number
                    ? null
                    : new DmerpException(place, statusNumber, error, results);
        } finally {
            if (error != null) { // which costs a call less, and mostly it is null
                abi().dmerp_error_free(error);
            }
        }
    }

    /** A function of the library that can fail. */
    interface Function {
        int of(PointerByReference error);
    }

    /** Calls a function of the library, and throws if it fails. */
    static void check(Function function) throws DmerpException {
        PointerByReference error = new PointerByReference();
        check(function.of(error), error);
    }

    /** Throws if a call failed. Frees the error. */
    static void check(int statusNumber, PointerByReference error) throws DmerpException {
        DmerpException failure = of(statusNumber, error.getValue(), null);
        if (failure != null) {
            throw failure.unlessMistake();
        }
    }

    /** Calls a function of the library that fails only if an object is in no state for it. */
    static void checkState(Function function) {
        PointerByReference error = new PointerByReference();
        DmerpException failure = of(function.of(error), error.getValue(), null);
        if (failure != null) {
            throw new IllegalStateException(failure.getMessage(), failure);
        }
    }

    /** This; but what the calling code did wrong is thrown as Java has it, with this as cause. */
    DmerpException unlessMistake() {
        switch (getStatus()) {
            case INVALID_ARGUMENT:
            case INVALID_CONFIG:
                throw new IllegalArgumentException(getMessage(), this);
            case INVALID_HANDLE:
                throw new IllegalStateException(getMessage(), this);
            default:
                return this;
        }
    }

    /**
     * How the call ended. {@link Status#UNKNOWN} is a status that only a newer version of this
     * package knows.
     */
    public Status getStatus() {
        return Status.of(statusNumber);
    }

    /** The native library's number of the status, also of one that is {@link Status#UNKNOWN}. */
    public int getStatusNumber() {
        return statusNumber;
    }

    /** The HTTP status of the answer that decided. Empty where there was none, or it broke off. */
    public OptionalInt getHttpStatus() {
        return httpStatus == 0 ? OptionalInt.empty() : OptionalInt.of(httpStatus);
    }

    /** What the portal or the storage said, on one line of at most 300 characters. */
    public Optional<String> getServerMessage() {
        return Optional.ofNullable(serverMessage);
    }

    /**
     * The packet that the call was about: the unique id of a push, the storage path of a link or
     * download. Repeat a failed push under this id, and the portal knows both for one packet.
     */
    public Optional<String> getPacketId() {
        return Optional.ofNullable(packetId);
    }

    /** How many HTTP requests the call made. */
    public int getAttempts() {
        return attempts;
    }

    /** How long the server asked to wait before the next try. Empty where it did not. */
    public Optional<Duration> getRetryAfter() {
        return retryAfter == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(retryAfter));
    }

    /** Whether the same call, made later and unchanged, can succeed. */
    public boolean isRetryable() {
        return retryable;
    }

    /**
     * Whether the server may have done what was asked: a request was sent whole, and no answer
     * came. A push may be stored then. Repeat it under the same packet id.
     */
    public boolean isOutcomeUnknown() {
        return outcomeUnknown;
    }

    /**
     * What became of each receipt of a {@link Client#done(Iterable) done}, or of each packet of a
     * {@link Client#pushMany(List) pushMany}, in their order. Null: it is marked, or stored. An
     * exception with {@link #isOutcomeUnknown()}: it may be. Any other: it is not. Empty for every
     * other call, and where nothing was sent. The list cannot be changed.
     */
    public List<DmerpException> getResults() {
        return results;
    }
}
