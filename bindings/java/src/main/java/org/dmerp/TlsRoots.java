package org.dmerp;

/** Which certificate authorities count. */
public enum TlsRoots {
    /** The platform's trust store. */
    PLATFORM,
    /** Those of the options {@code tls.ca_file} and {@code tls.ca_pem}. */
    FILE,
    /** Both. */
    BOTH
}
