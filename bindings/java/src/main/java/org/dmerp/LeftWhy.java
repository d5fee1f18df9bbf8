package org.dmerp;

/** Why a receiver left a packet behind. */
public enum LeftWhy {
    /** It was kept in the queue: {@link Received#keep(String)}. */
    KEPT(1),
    /** It was handed over, and neither done nor kept. */
    UNSETTLED(2),
    /** Its download failed. */
    NOT_DOWNLOADED(3),
    /** It was not handed over within {@link Config#receiveLease} of its listing. */
    LAPSED(4),
    /** The run ended before it was handed over. */
    NOT_HANDED_OVER(5),
    /** Its entry in the list cannot be read. */
    UNREADABLE(6),
    /**
     * It was handled, but it is not marked: the portal refused, or the request failed. If the
     * client receives it again, it marks it and does not hand it over again.
     */
    NOT_MARKED(7),
    /**
     * Like {@link #NOT_MARKED}; but the portal may have marked it: it was asked, and did not
     * answer.
     */
    MARK_UNKNOWN(8),
    /** A reason that only a newer version of this package knows. */
    UNKNOWN(-1);

    final int number;

    LeftWhy(int number) {
        this.number = number;
    }

    static LeftWhy of(int number) {
        for (LeftWhy why : values()) {
            if (why.number == number) {
                return why;
            }
        }
        return UNKNOWN;
    }
}
