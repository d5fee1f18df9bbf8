package org.dmerp;

import static org.dmerp.LibraryFinder.abi;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Bytes that the library gives, until they are freed. */
final class NativeBuffer implements AutoCloseable {
    /** Where the library puts them. */
    final Abi.dmerp_buffer struct = new Abi.dmerp_buffer();

    /** How many there are. */
    long size() {
        return struct.len.longValue();
    }

    /** A copy of them; there must not be more than an array can hold. */
    byte[] bytes() {
        return struct.data == null ? new byte[0] : struct.data.getByteArray(0, (int) size());
    }

    /** A copy of them as text, or nothing where the library gave none. */
    Optional<String> text() {
        return struct.data == null
                ? Optional.empty()
                : Optional.of(new String(bytes(), StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        abi().dmerp_buffer_free(struct);
    }
}
