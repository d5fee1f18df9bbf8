package org.dmerp;

import java.util.Objects;

/**
 * One delivery of a packet, as {@link Client#done(Iterable)} takes it. Immutable. It can be kept as
 * its two texts, and made again from them.
 */
public final class Receipt {
    private final String id;
    private final String receiptHandle;

    /** Makes one of what a list said. */
    public Receipt(String id, String receiptHandle) {
        this.id = Objects.requireNonNull(id, "id");
        this.receiptHandle = Objects.requireNonNull(receiptHandle, "receiptHandle");
    }

    /** The packet's id. */
    public String getId() {
        return id;
    }

    /** The proof of this delivery. It belongs to one listing and grows stale. */
    public String getReceiptHandle() {
        return receiptHandle;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Receipt
                && id.equals(((Receipt) other).id)
                && receiptHandle.equals(((Receipt) other).receiptHandle);
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, receiptHandle);
    }

    @Override
    public String toString() {
        return "Receipt[id=" + id + ", receiptHandle=" + receiptHandle + "]";
    }
}
