package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StatusTest {
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "UNKNOWN")
    void isNamedAsInTheLibrary(Status status) {
        assertEquals(status.name(), LibraryFinder.abi().dmerp_status_name(status.getNumber()));
        assertFalse(status.getMeaning().isEmpty());
        assertFalse(status.getAction().isEmpty());
        assertFalse(status.getMeaning().equals(Status.UNKNOWN.getMeaning()));
    }

    @Test
    void areAllThatTheLibraryHas() {
        int last = Status.BAD_PACKET.getNumber();
        for (int number = 0; number <= last; number++) {
            assertEquals(number, Status.of(number).getNumber());
        }
        assertEquals(null, LibraryFinder.abi().dmerp_status_name(last + 1));
    }

    @Test
    void isRetryableAsTheLibrarySays() {
        assertTrue(Status.TIMED_OUT.isRetryable());
        assertFalse(Status.REJECTED.isRetryable());
        assertFalse(Status.UNKNOWN.isRetryable());
    }

    @Test
    void ofANewerLibraryIsUnknownButHasItsNumber() {
        DmerpException made = DmerpException.of(99, null, null);
        assertEquals(Status.UNKNOWN, made.getStatus());
        assertEquals(99, made.getStatusNumber());
        assertEquals(Status.UNKNOWN.getMeaning(), made.getMessage());
    }

    @Test
    void survivesSerialization() throws Exception {
        DmerpException made = DmerpException.of(Status.THROTTLED.getNumber(), null, null);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new ObjectOutputStream(bytes).writeObject(made);
        DmerpException read =
                (DmerpException)
                        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))
                                .readObject();
        assertEquals(Status.THROTTLED, read.getStatus());
        assertEquals(made.getMessage(), read.getMessage());
        assertEquals(made.getResults(), read.getResults());
        assertEquals(made.getRetryAfter(), read.getRetryAfter());
    }
}
