package org.dmerp;

import static org.dmerp.LibraryFinder.abi;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Callback.UncaughtExceptionHandler;
import com.sun.jna.Native;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What callbacks throw comes out of the verb that runs on their thread, and they may call verbs
 * themselves.
 */
@ExtendWith(WithSandbox.class)
class CallbacksTest {
    private static final byte[] CONTENT = Samples.binary(500_000);

    private static final List<Throwable> ANYTHING =
            List.of(
                    new IllegalStateException("unchecked"),
                    new IOException("checked, thrown without being declared"),
                    new StackOverflowError("an error"));

    @Test
    void throwOutOfTheVerb(Sandbox sandbox) throws Exception {
        String url = sandbox.send("anna", CONTENT).get("url").getAsString();
        for (Throwable thrown : ANYTHING) {
            ProgressListener listener =
                    progress -> {
                        throw RunningCall.<RuntimeException>unchanged(thrown);
                    };
            CallOptions options = new CallOptions().progress(listener);
            try (Client client = sandbox.client()) {
                assertSame(
                        thrown, assertThrows(Throwable.class, () -> client.download(url, options)));
                assertSame(
                        thrown,
                        assertThrows(
                                Throwable.class,
                                () ->
                                        client.push(
                                                "anna",
                                                CONTENT,
                                                PushOptions.xml().packetId("no"),
                                                options)));
                client.check(options);
            }
        }
        assertNull(sandbox.content("anna", "no"));
    }

    @Test
    void throwTheFirstAndWhatTheLibraryTellsOfTheCall(Sandbox sandbox) throws Exception {
        AtomicInteger count = new AtomicInteger();
        CallOptions options =
                new CallOptions()
                        .progress(
                                progress -> {
                                    throw new IllegalStateException("" + count.getAndIncrement());
                                });
        PushOptions own = PushOptions.xml().packetId("own");
        try (Client client = sandbox.client()) {
            Throwable thrown =
                    assertThrows(
                            IllegalStateException.class,
                            () -> client.push("anna", CONTENT, own, options));
            assertEquals("0", thrown.getMessage());
            assertEquals(1, thrown.getSuppressed().length);
            DmerpException told = (DmerpException) thrown.getSuppressed()[0];
            assertEquals(Status.CANCELLED, told.getStatus());
            assertEquals(Optional.of("own"), told.getPacketId());
        }
    }

    @Test
    void throwAlsoWhenAllIsStored(Sandbox sandbox) throws Exception {
        RuntimeException own = new RuntimeException("own");
        CallOptions options =
                new CallOptions()
                        .progress(
                                progress -> {
                                    if (progress.getPackets() == 1) {
                                        throw own;
                                    }
                                });
        try (Client client = sandbox.client()) {
            Throwable thrown =
                    assertThrows(
                            RuntimeException.class,
                            () -> client.push("anna", CONTENT, PushOptions.xml(), options));
            assertSame(own, thrown);
        }
        assertEquals(1, sandbox.pushed("anna").size());
    }

    @Test
    void callVerbsThemselves(Sandbox sandbox) throws Exception {
        String url = sandbox.send("anna", CONTENT).get("url").getAsString();
        AtomicInteger nested = new AtomicInteger();
        CallOptions inner = new CallOptions().progress(progress -> nested.incrementAndGet());
        try (Client client = sandbox.client()) {
            ProgressListener listener =
                    progress -> {
                        if (nested.get() == 0) {
                            try {
                                client.push("within", CONTENT, PushOptions.xml(), inner);
                            } catch (IOException problem) {
                                throw new AssertionError(problem);
                            }
                        }
                    };
            CallOptions outer = new CallOptions().progress(listener);
            assertArrayEquals(CONTENT, client.download(url, outer));
        }
        assertTrue(nested.get() > 0);
        assertEquals(1, sandbox.pushed("within").size());
    }

    @Test
    void keepApartWhatNestedVerbsThrow(Sandbox sandbox) throws Exception {
        List<Throwable> caught = new ArrayList<>();
        RuntimeException inside = new RuntimeException("inside");
        InputStream input =
                new ByteArrayInputStream(CONTENT) {
                    @Override
                    public synchronized int read(byte[] into, int from, int most) {
                        if (caught.isEmpty()) {
                            pushAndFail();
                        }
                        return super.read(into, from, most);
                    }

                    private void pushAndFail() {
                        CallOptions options =
                                new CallOptions()
                                        .progress(
                                                progress -> {
                                                    throw inside;
                                                });
                        try (Client client = sandbox.client()) {
                            client.push("within", CONTENT, PushOptions.xml(), options);
                        } catch (Exception expected) {
                            caught.add(expected);
                        }
                    }
                };
        try (Client client = sandbox.client()) {
            client.push("anna", input, PushOptions.xml().packetId("outer"));
        }
        assertEquals(List.of(inside), caught);
        assertArrayEquals(CONTENT, sandbox.content("anna", "outer"));
    }

    @Test
    void areToldApartOnManyThreads(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client()) {
            List<Background> pushes = new ArrayList<>();
            List<RuntimeException> expected = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                RuntimeException own = new RuntimeException("thread " + i);
                expected.add(own);
                CallOptions options =
                        new CallOptions()
                                .progress(
                                        progress -> {
                                            throw own;
                                        });
                pushes.add(
                        new Background(
                                () -> client.push("anna", CONTENT, PushOptions.xml(), options)));
            }
            List<Throwable> thrown = new ArrayList<>();
            for (Background push : pushes) {
                thrown.add(push.end());
            }
            assertEquals(expected, thrown.stream().collect(Collectors.toList()));
        }
    }

    /** As when there is no memory to enter one: JNA tells its handler, and the library 0. */
    @Test
    void moveNothingWhenTheyCannotBeEntered(Sandbox sandbox) throws Exception {
        String url = sandbox.send("anna", CONTENT).get("url").getAsString();
        UncaughtExceptionHandler handler = Native.getCallbackExceptionHandler();
        List<Throwable> caught = new ArrayList<>();
        Native.setCallbackExceptionHandler((callback, thrown) -> caught.add(thrown));
        try (Client client = sandbox.client(Config::logOff);
                RunningCall run = client.begin(new CallOptions(), null, null)) {
            Abi.dmerp_read_callback read =
                    (userData, data, capacity, len) -> {
                        throw new OutOfMemoryError();
                    };
            Abi.dmerp_write_callback write =
                    (userData, data, len, taken) -> {
                        throw new OutOfMemoryError();
                    };
            int push =
                    abi().dmerp_client_push_stream(
                                    run.pointer,
                                    "anna",
                                    Format.XML.number,
                                    read,
                                    null,
                                    null,
                                    null,
                                    null,
                                    run.error);
            DmerpException failure = Samples.fails(Status.FILE_ERROR, () -> run.finish(push));
            assertTrue(
                    failure.getMessage().contains("did not run to its end"), failure.getMessage());
            int download =
                    abi().dmerp_client_download_stream(
                                    run.pointer, url, write, null, null, null, run.error);
            Samples.fails(Status.FILE_ERROR, () -> run.finish(download));
        } finally {
            Native.setCallbackExceptionHandler(handler);
        }
        assertEquals(2, caught.size());
        assertEquals(0, sandbox.pushed("anna").size());
    }
}
