package org.dmerp;

/** Which of an app area's two lists of pending packets is meant. */
public enum PacketKind {
    /** Synchronization packets. */
    PACKET(0),
    /** Images and other big files. */
    FILE(1);

    final int number;

    PacketKind(int number) {
        this.number = number;
    }
}
