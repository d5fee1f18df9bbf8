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
        assertEquals(
                status.name(),
                Text.fromNative(LibraryFinder.abi().dmerp_status_name(status.getNumber())));
        assertFalse(status.getMeaning().isEmpty());
        assertFalse(status.getAction().isEmpty());
        assertFalse(status.getMeaning().equals(Status.UNKNOWN.getMeaning()));
    }

    @Test
    void areAllThatTheLibraryHas() {
        int last = Status.INTERNAL.getNumber();
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

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"OK", "UNKNOWN"})
    void hasItsException(Status status) throws Exception {
        Exception made = new ErrorDetails(status.getNumber(), null).toException();
        String words =
                made.getClass().getSimpleName().replaceAll("([a-z])([A-Z])", "$1_$2").toUpperCase();
        assertEquals(status.name().replaceAll("_(FAILED|ERROR)$", "") + "_EXCEPTION", words);
        assertEquals(status, ((DmerpError) made).getStatus());
        assertEquals(status.getMeaning(), made.getMessage());
    }

    @Test
    void ofANewerLibraryIsTheBaseExceptionWithItsNumber() {
        Exception made = new ErrorDetails(99, null).toException();
        assertEquals(DmerpException.class, made.getClass());
        assertEquals(Status.UNKNOWN, ((DmerpException) made).getStatus());
        assertEquals(99, ((DmerpException) made).getStatusNumber());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "OK")
    void survivesSerialization(Status status) throws Exception {
        Exception made = status.exception.apply(new ErrorDetails(status, "how it was"));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new ObjectOutputStream(bytes).writeObject(made);
        Object read =
                new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
        assertEquals(made.getClass(), read.getClass());
        assertEquals(status, ((DmerpError) read).getStatus());
        assertEquals("how it was", ((Exception) read).getMessage());
    }
}
