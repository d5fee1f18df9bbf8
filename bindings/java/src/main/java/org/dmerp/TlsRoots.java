package org.dmerp;

/** Which certificate authorities count. */
public enum TlsRoots {
    /** The platform's trust store. */
    PLATFORM,
    /** Those in the file that the option {@code tls.ca_file} names. */
    FILE,
    /** Both. */
    BOTH
}
