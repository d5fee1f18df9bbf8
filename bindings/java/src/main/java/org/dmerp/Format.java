package org.dmerp;

/** The form of a packet, a list or a request. */
public enum Format {
    /** What the option {@code format} says; not for a push, which must know what it sends. */
    DEFAULT(0),
    /** XML. */
    XML(1),
    /** JSON. */
    JSON(2);

    final int number;

    Format(int number) {
        this.number = number;
    }
}
