package org.dmerp;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * Why a call failed: what every exception of this package tells. The exception's message is what
 * was tried, what came back, and what to do, on one line; it never holds the API key.
 */
public interface DmerpError {
    /**
     * How the call ended.
     *
     * @return never {@link Status#OK}; {@link Status#UNKNOWN} for a status that only a newer
     *     version of this package knows
     */
    Status getStatus();

    /**
     * The number of {@link #getStatus()}.
     *
     * @return the native library's number, also for a status that is {@link Status#UNKNOWN} here
     */
    int getStatusNumber();

    /**
     * The HTTP status of the answer that decided.
     *
     * @return such as 403; empty where there was no answer, or it broke off
     */
    OptionalInt getHttpStatus();

    /**
     * What the portal or the storage said.
     *
     * @return one line of at most 300 characters; empty where it said nothing
     */
    Optional<String> getServerMessage();

    /**
     * The packet the call was about. A failed push that is repeated with this id is the same packet
     * at the portal.
     *
     * @return the unique id of a push, the storage path of a link or download; empty where there is
     *     none
     */
    Optional<String> getPacketId();

    /**
     * How many HTTP requests the call made.
     *
     * @return 0 when it failed before the first
     */
    int getAttempts();

    /**
     * Whether the same call, made later and unchanged, can succeed.
     *
     * @return true if it is worth repeating
     */
    boolean isRetryable();
}
