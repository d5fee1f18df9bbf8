package org.dmerp;

import static org.dmerp.LibraryFinder.abi;

import java.util.Optional;

/**
 * How a call ended. The numbers never change; a newer native library may add some, which are {@link
 * #UNKNOWN} here. Decide by the status, and by whether it is worth repeating the call, never by the
 * text of a message.
 */
public enum Status {
    /** The call did what it was asked. */
    OK(0),
    /** An argument cannot be used. */
    INVALID_ARGUMENT(1),
    /** An object was used after it was closed. */
    INVALID_HANDLE(2),
    /** A configuration option is unknown, missing, malformed, or contradicts another. */
    INVALID_CONFIG(3),
    /** A local file, or a stream that was given, could not be read or written. */
    FILE_ERROR(4),
    /**
     * The call was cancelled, or its thread interrupted. The exception of such a call has a {@link
     * DmerpException} with this status as its cause.
     */
    CANCELLED(5),
    /** The call's timeout passed, or nothing moved for the idle or connect timeout. */
    TIMED_OUT(6),
    /** The server's name could not be resolved (DNS). */
    HOST_NOT_FOUND(7),
    /** No connection could be made: refused, unreachable, or stopped by a proxy. */
    CONNECT_FAILED(8),
    /** The server's certificate was not accepted, or the TLS handshake failed. */
    TLS_FAILED(9),
    /** The connection broke before the answer began. */
    CONNECTION_LOST(10),
    /** An answer ended before its announced length; nothing of it was kept. */
    TRUNCATED(11),
    /** The portal refused the API key. */
    AUTHENTICATION_FAILED(12),
    /** The portal does not let this API key use this app area, or does not know the area. */
    UNKNOWN_APP_AREA(13),
    /**
     * The portal or the storage asks for fewer requests (HTTP 429, or S3's SlowDown), and went on
     * asking through every retry.
     */
    THROTTLED(14),
    /** The portal or the storage failed (HTTP 5xx) through every retry. */
    SERVER_ERROR(15),
    /** The portal understood the request and said no. */
    REJECTED(16),
    /** What was asked for does not exist (HTTP 404). */
    NOT_FOUND(17),
    /** The storage refused a temporary link, also after a fresh one was fetched. */
    STORAGE_REFUSED(18),
    /** The answer is not one the portal gives, such as a web page or broken JSON or XML. */
    BAD_ANSWER(19),
    /** A body is larger than its configured limit; nothing of it was kept. */
    TOO_LARGE(20),
    /** A defect in the native library; the client stays usable. */
    INTERNAL(21),
    /** Memory for a content or a list could not be had; nothing of it was kept. */
    OUT_OF_MEMORY(22),
    /** The proxy did not accept the user and password, or asks for them (HTTP 407). */
    PROXY_REFUSED(23),
    /** A synchronization packet is not what the format allows, so it cannot be read. */
    BAD_PACKET(24),
    /**
     * A status of a native library that is newer than this package: see {@link
     * DmerpException#getStatusNumber()}.
     */
    UNKNOWN(-1);

    final int number;

    Status(int number) {
        this.number = number;
    }

    static Status of(int number) {
        for (Status status : values()) {
            if (status.number == number) {
                return status;
            }
        }
        return UNKNOWN;
    }

    /** The native library's number of the status, such as 6 for {@link #TIMED_OUT}. */
    public int getNumber() {
        return number;
    }

    /** What happened, in a sentence. */
    public String getMeaning() {
        return Optional.ofNullable(abi().dmerp_status_meaning(number))
                .orElse("A status that this version of the Java package does not know.");
    }

    /** What to do about it, in a sentence. */
    public String getAction() {
        return Optional.ofNullable(abi().dmerp_status_action(number))
                .orElse("Read the message; take a newer version of the Java package.");
    }

    /** Whether a call that ended so can succeed when it is made later, unchanged. */
    public boolean isRetryable() {
        return abi().dmerp_status_is_retryable(number) != 0;
    }
}
