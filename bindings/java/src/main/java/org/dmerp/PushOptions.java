package org.dmerp;

/** How a packet is pushed: its format and its id. Immutable. */
public final class PushOptions {
    final Format format;

    /** Null to have one made. */
    final String packetId;

    private PushOptions(Format format, String packetId) {
        this.format = format;
        this.packetId = packetId;
    }

    /** The packet is XML. Without a packet id one is made for the push, a UUIDv7. */
    public static PushOptions xml() {
        return new PushOptions(Format.XML, null);
    }

    /** The packet is JSON. Without a packet id one is made for the push, a UUIDv7. */
    public static PushOptions json() {
        return new PushOptions(Format.JSON, null);
    }

    /**
     * Names the packet. A push that is repeated with the same id is one packet at the portal. So
     * give an id that stays the same when the job is run again, such as the document's number; or
     * that of the failed push, {@link DmerpException#getPacketId()}.
     *
     * @return these options with that id
     */
    public PushOptions packetId(String packetId) {
        return new PushOptions(format, Arguments.text("packetId", packetId));
    }
}
