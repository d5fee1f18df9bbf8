package org.dmerp;

import static org.dmerp.LibraryFinder.abi;

import java.util.function.Function;

/**
 * How a call ended. The numbers never change; a newer native library may add some, which are {@link
 * #UNKNOWN} here. Decide by the status, and by whether it is worth repeating the call, never by the
 * text of a message.
 */
public enum Status {
    /** The call did what it was asked. */
    OK(0, null),
    /** An argument cannot be used. */
    INVALID_ARGUMENT(1, InvalidArgumentException::new),
    /** An object was used after it was closed. */
    INVALID_HANDLE(2, InvalidHandleException::new),
    /** A configuration option is unknown, missing, malformed, or contradicts another. */
    INVALID_CONFIG(3, InvalidConfigException::new),
    /** A local file could not be read or written. */
    FILE_ERROR(4, FileException::new),
    /** The call was cancelled, or its thread interrupted. */
    CANCELLED(5, CancelledException::new),
    /**
     * The call's deadline passed, or nothing moved for longer than the idle or connect time-out.
     */
    TIMED_OUT(6, TimedOutException::new),
    /** The server's name could not be resolved (DNS). */
    HOST_NOT_FOUND(7, HostNotFoundException::new),
    /** No connection could be made: refused, unreachable, or stopped by a proxy. */
    CONNECT_FAILED(8, ConnectException::new),
    /** The server's certificate was not accepted, or the TLS handshake failed. */
    TLS_FAILED(9, TlsException::new),
    /** The connection broke before the answer began. */
    CONNECTION_LOST(10, ConnectionLostException::new),
    /** An answer ended before its announced length; nothing of it was kept. */
    TRUNCATED(11, TruncatedException::new),
    /** The portal refused the API key. */
    AUTHENTICATION_FAILED(12, AuthenticationException::new),
    /** The portal does not let this API key use this app area, or does not know the area. */
    UNKNOWN_APP_AREA(13, UnknownAppAreaException::new),
    /** The portal asks for fewer requests (HTTP 429), and went on asking through every retry. */
    THROTTLED(14, ThrottledException::new),
    /** The portal or the storage failed (HTTP 5xx) through every retry. */
    SERVER_ERROR(15, ServerException::new),
    /** The portal understood the request and said no. */
    REJECTED(16, RejectedException::new),
    /** What was asked for does not exist (HTTP 404). */
    NOT_FOUND(17, NotFoundException::new),
    /** The storage refused a temporary link, also after a fresh one was fetched. */
    STORAGE_REFUSED(18, StorageRefusedException::new),
    /**
     * The answer is not one the portal gives, such as a web page, a redirect, or broken JSON or
     * XML.
     */
    BAD_ANSWER(19, BadAnswerException::new),
    /** A body is larger than its configured limit; nothing of it was kept. */
    TOO_LARGE(20, TooLargeException::new),
    /** A defect in the native library; the client stays usable. */
    INTERNAL(21, InternalException::new),
    /**
     * A status of a native library that is newer than this package: see {@link
     * DmerpError#getStatusNumber()}.
     */
    UNKNOWN(-1, DmerpException::new);

    final int number;

    /** Makes the exception of a call that ended so; null for OK. */
    final Function<ErrorDetails, Exception> exception;

    Status(int number, Function<ErrorDetails, Exception> exception) {
        this.number = number;
        this.exception = exception;
    }

    static Status of(int number) {
        for (Status status : values()) {
            if (status.number == number) {
                return status;
            }
        }
        return UNKNOWN;
    }

    /**
     * The number that the native library has for the status.
     *
     * @return such as 6 for {@link #TIMED_OUT}; -1 for {@link #UNKNOWN}
     */
    public int getNumber() {
        return number;
    }

    /**
     * What happened.
     *
     * @return a sentence
     */
    public String getMeaning() {
        return Text.optionalFromNative(abi().dmerp_status_meaning(number))
                .orElse("A status that this version of the Java package does not know.");
    }

    /**
     * What to do about it.
     *
     * @return a sentence
     */
    public String getAction() {
        return Text.optionalFromNative(abi().dmerp_status_action(number))
                .orElse("Read the message; take a newer version of the Java package.");
    }

    /**
     * Whether a call that ended so can succeed when it is made later, unchanged.
     *
     * @return true if it is worth repeating
     */
    public boolean isRetryable() {
        return abi().dmerp_status_is_retryable(number) != 0;
    }
}
