package org.dmerp;

import static org.dmerp.LibraryFinder.abi;

/** Facts about the native library. Any thread. */
public final class Dmerp {
    private Dmerp() {}

    /**
     * The version of the native library.
     *
     * @return such as "0.1.0"
     */
    public static String version() {
        return Text.fromNative(abi().dmerp_version());
    }

    /**
     * The version of the native library's binary interface. A library with another one than this
     * package needs is not loaded.
     *
     * @return 1
     */
    public static int abiVersion() {
        return abi().dmerp_abi_version();
    }

    /**
     * How many native handles and buffers are not yet freed, in the whole process. For finding
     * leaks. An open {@link Client} counts as two: it has a {@link Call} of its own.
     *
     * @return 0 before the first is made and after the last is freed
     */
    public static long liveHandles() {
        return abi().dmerp_live_handles().longValue();
    }
}
