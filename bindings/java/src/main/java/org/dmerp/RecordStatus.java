package org.dmerp;

/** What is to be done with a record of a synchronization packet. */
public enum RecordStatus {
    /** The record has no status. Read only. */
    NONE(0),
    /**
     * The record is new. The vendor's own extension says so of every record that it sends to a
     * mobile user.
     */
    INSERT(1),
    /** The record has changed. */
    UPDATE(2),
    /** The record was deleted. */
    DELETE(3),
    /** The record was read. */
    READ(4),
    /** A status that is none of these; it is among the record's attributes. Read only. */
    OTHER(5);

    private static final RecordStatus[] ALL = values();

    final int number;

    RecordStatus(int number) {
        this.number = number;
    }

    static RecordStatus of(int number) {
        return number < ALL.length ? ALL[number] : OTHER;
    }
}
