package org.dmerp;

import java.util.Optional;

/**
 * An entry of the portal's list without an id, receipt handle or url. It can be neither downloaded
 * nor marked done. Immutable.
 */
public final class UnreadablePacket {
    private final int place;
    private final String reason;
    private final String id;
    private final String receiptHandle;
    private final String url;

    UnreadablePacket(Abi.dmerp_unreadable entry) {
        this.place = entry.place.intValue();
        this.reason = entry.reason;
        this.id = entry.id;
        this.receiptHandle = entry.receipt_handle;
        this.url = entry.url;
    }

    /** Its place in the portal's list, counted from 1. */
    public int getPlace() {
        return place;
    }

    /** What is wrong with it, on one line. */
    public String getReason() {
        return reason;
    }

    /** The packet's id, if it could be read. */
    public Optional<String> getId() {
        return Optional.ofNullable(id);
    }

    /** The proof of this delivery, if it could be read. */
    public Optional<String> getReceiptHandle() {
        return Optional.ofNullable(receiptHandle);
    }

    /** The storage path, if it could be read. */
    public Optional<String> getUrl() {
        return Optional.ofNullable(url);
    }

    @Override
    public String toString() {
        return "UnreadablePacket[place=" + place + ", reason=" + reason + ", id=" + id + "]";
    }
}
