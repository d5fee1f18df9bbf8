package org.dmerp;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One listed packet; a {@link Received} is one with its content. Immutable. All of it comes from
 * outside: use none of it as a file's path. Two are equal when they are the same delivery: when
 * their receipts are equal.
 */
public class Packet {
    private final Receipt receipt;
    private final String url;
    private final String mobileUser;
    private final String companyId;
    private final String appCode;
    private final String packetType;
    private final String onDate;
    private final long size;
    private final Map<String, String> other;

    Packet(Abi.dmerp_packet packet) {
        this.receipt = new Receipt(packet.id, packet.receipt_handle);
        this.url = packet.url;
        this.mobileUser = packet.mobile_user;
        this.companyId = packet.company_id;
        this.appCode = packet.app_code;
        this.packetType = packet.packet_type;
        this.onDate = packet.on_date;
        this.size = packet.size;
        this.other = Abi.dmerp_attribute.map(packet.other, packet.other_len);
    }

    /** The packet's id. The same packet can be listed again, so one id can be seen twice. */
    public String getId() {
        return receipt.getId();
    }

    /** The proof of this delivery. It belongs to this listing and grows stale. */
    public String getReceiptHandle() {
        return receipt.getReceiptHandle();
    }

    /** What marks this delivery as done: the id and the receipt handle. */
    public Receipt getReceipt() {
        return receipt;
    }

    /** The storage path, for the link and the downloads. */
    public String getUrl() {
        return url;
    }

    /** The mobile user who sent the packet. Empty where the portal did not tell. */
    public Optional<String> getMobileUser() {
        return Optional.ofNullable(mobileUser);
    }

    /** The company. Empty where the portal did not tell. */
    public Optional<String> getCompanyId() {
        return Optional.ofNullable(companyId);
    }

    /** The mobile app. Empty where the portal did not tell. */
    public Optional<String> getAppCode() {
        return Optional.ofNullable(appCode);
    }

    /** What the content is: "data" or "image", as far as is known. Empty where not told. */
    public Optional<String> getPacketType() {
        return Optional.ofNullable(packetType);
    }

    /** When it was sent, such as "2021-07-14T09:42:19.382Z". Empty where not told. */
    public Optional<String> getOnDate() {
        return Optional.ofNullable(onDate);
    }

    /** The content's size in bytes. Empty where the portal did not tell. */
    public OptionalLong getSize() {
        return size < 0 ? OptionalLong.empty() : OptionalLong.of(size);
    }

    /** Further fields by the portal's names: it can add some without notice. Unmodifiable. */
    public Map<String, String> getOther() {
        return other;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Packet && receipt.equals(((Packet) other).receipt);
    }

    @Override
    public int hashCode() {
        return receipt.hashCode();
    }

    @Override
    public String toString() {
        return "Packet[id=" + getId() + ", url=" + url + ", mobileUser=" + mobileUser + "]";
    }
}
