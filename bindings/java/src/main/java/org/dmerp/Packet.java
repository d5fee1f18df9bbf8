package org.dmerp;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One listed packet. Immutable, and good after its list is closed. All of it comes from outside:
 * use none of it as a file's path.
 */
public final class Packet {
    private final Receipt receipt;
    private final String url;
    private final Optional<String> mobileUser;
    private final Optional<String> companyId;
    private final Optional<String> appCode;
    private final Optional<String> packetType;
    private final Optional<String> onDate;
    private final OptionalLong size;

    /** Copies what the library's list holds. */
    Packet(Abi.dmerp_packet packet) {
        this.receipt =
                new Receipt(Text.fromNative(packet.id), Text.fromNative(packet.receipt_handle));
        this.url = Text.fromNative(packet.url);
        this.mobileUser = Text.optionalFromNative(packet.mobile_user);
        this.companyId = Text.optionalFromNative(packet.company_id);
        this.appCode = Text.optionalFromNative(packet.app_code);
        this.packetType = Text.optionalFromNative(packet.packet_type);
        this.onDate = Text.optionalFromNative(packet.on_date);
        this.size = packet.size < 0 ? OptionalLong.empty() : OptionalLong.of(packet.size);
    }

    /**
     * The packet's id. The same packet can be listed again, so one id can be seen twice.
     *
     * @return never empty
     */
    public String getId() {
        return receipt.getId();
    }

    /**
     * Proof of this delivery. It belongs to this listing and grows stale.
     *
     * @return never empty
     */
    public String getReceiptHandle() {
        return receipt.getReceiptHandle();
    }

    /**
     * What marks this delivery as done.
     *
     * @return the id and the receipt handle
     */
    public Receipt getReceipt() {
        return receipt;
    }

    /**
     * The storage path, for the link and the downloads.
     *
     * @return never empty
     */
    public String getUrl() {
        return url;
    }

    /**
     * The mobile user who sent the packet.
     *
     * @return empty where the portal did not tell
     */
    public Optional<String> getMobileUser() {
        return mobileUser;
    }

    /**
     * The company.
     *
     * @return empty where the portal did not tell
     */
    public Optional<String> getCompanyId() {
        return companyId;
    }

    /**
     * The mobile app.
     *
     * @return empty where the portal did not tell
     */
    public Optional<String> getAppCode() {
        return appCode;
    }

    /**
     * What the content is.
     *
     * @return "data" or "image", as far as is known; empty where the portal did not tell
     */
    public Optional<String> getPacketType() {
        return packetType;
    }

    /**
     * When the packet was sent, in the portal's words.
     *
     * @return such as "2021-07-14T09:42:19.382Z"; empty where the portal did not tell
     */
    public Optional<String> getOnDate() {
        return onDate;
    }

    /**
     * The content's size.
     *
     * @return in bytes; empty where the portal did not tell
     */
    public OptionalLong getSize() {
        return size;
    }

    private Object[] fields() {
        return new Object[] {
            receipt, url, mobileUser, companyId, appCode, packetType, onDate, size
        };
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Packet && Arrays.equals(fields(), ((Packet) other).fields());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(fields());
    }

    @Override
    public String toString() {
        return "Packet[id="
                + getId()
                + ", url="
                + url
                + ", mobileUser="
                + mobileUser.orElse(null)
                + "]";
    }
}
