package org.dmerp;

import static org.dmerp.LibraryFinder.abi;

/** Facts about the native library. Any thread. */
public final class Dmerp {
    private Dmerp() {}

    /** The version of the native library, such as "0.1.0". */
    public static String version() {
        return abi().dmerp_version();
    }

    /**
     * The version of the native library's binary interface. A library with another one than this
     * package needs is not loaded.
     */
    public static int abiVersion() {
        return abi().dmerp_abi_version();
    }

    /**
     * How many native handles and buffers are not yet freed, in the whole process. An open {@link
     * Client} counts as one, and so does a call that runs. For finding leaks.
     */
    public static long liveHandles() {
        return abi().dmerp_live_handles().longValue();
    }
}
