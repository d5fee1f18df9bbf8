package org.dmerp;

import java.util.Objects;

/** How a packet is pushed: its format and its id. Immutable. */
public final class PushOptions {
    private final Format format;
    private final String packetId;

    private PushOptions(Format format, String packetId) {
        this.format = format;
        this.packetId = packetId;
    }

    /**
     * The packet is XML.
     *
     * @return options without a packet id: one, a UUIDv7, is made for the push
     */
    public static PushOptions xml() {
        return new PushOptions(Format.XML, null);
    }

    /**
     * The packet is JSON.
     *
     * @return options without a packet id: one, a UUIDv7, is made for the push
     */
    public static PushOptions json() {
        return new PushOptions(Format.JSON, null);
    }

    /**
     * Names the packet. A push that is repeated with the same id is one packet at the portal, so
     * give an id that stays the same when the job is run again, such as the document's number; or
     * that of the failed push, {@link DmerpException#getPacketId()}.
     *
     * @param packetId the packet's unique id
     * @return these options with that id
     */
    public PushOptions packetId(String packetId) {
        return new PushOptions(format, Objects.requireNonNull(packetId, "packetId"));
    }

    Format format() {
        return format;
    }

    /** Null to have one made. */
    String packetId() {
        return packetId;
    }
}
