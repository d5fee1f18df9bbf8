package org.dmerp;

import static org.dmerp.LibraryFinder.abi;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
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
                    (done, total) -> {
                        throw Outcome.<RuntimeException>unchanged(thrown);
                    };
            try (Client client = sandbox.client();
                    Call call = new Call().progress(listener)) {
                Verbs verbs = client.with(call);
                assertSame(thrown, assertThrows(Throwable.class, () -> verbs.download(url)));
                assertSame(
                        thrown,
                        assertThrows(
                                Throwable.class,
                                () ->
                                        verbs.push(
                                                "anna",
                                                CONTENT,
                                                PushOptions.xml().packetId("no"))));
                verbs.check();
            }
        }
        assertNull(sandbox.content("anna", "no"));
    }

    @Test
    void throwOutOfTheVerbThatHadSucceeded(Sandbox sandbox) throws Exception {
        sandbox.send("anna", Samples.xml("x"));
        RuntimeException late = new RuntimeException("late");
        LogListener listener =
                (level, message) -> {
                    if (level == LogLevel.INFO) {
                        throw late;
                    }
                };
        try (Client client = sandbox.client(config -> config.log(LogLevel.INFO, listener))) {
            assertSame(late, assertThrows(RuntimeException.class, client::check));
            assertSame(late, assertThrows(RuntimeException.class, client::pull));
            assertSame(
                    late,
                    assertThrows(
                            RuntimeException.class,
                            () ->
                                    client.push(
                                            "anna",
                                            Samples.xml("x"),
                                            PushOptions.xml().packetId("stored"))));
        }
        assertArrayEquals(Samples.xml("x"), sandbox.content("anna", "stored"));
    }

    @Test
    void letTheFirstExceptionCount(Sandbox sandbox) throws Exception {
        AtomicInteger count = new AtomicInteger();
        LogListener listener =
                (level, message) -> {
                    throw new IllegalStateException("number " + count.incrementAndGet());
                };
        try (Client client = sandbox.client(config -> config.log(LogLevel.DEBUG, listener))) {
            Exception first = assertThrows(IllegalStateException.class, client::check);
            assertEquals("number 1", first.getMessage());
        }
        assertTrue(count.get() >= 1);
    }

    @Test
    void callVerbsThemselves(Sandbox sandbox) throws Exception {
        String url = sandbox.send("anna", CONTENT).get("url").getAsString();
        AtomicInteger nested = new AtomicInteger();
        try (Client client = sandbox.client();
                Call inner = new Call().progress((done, total) -> nested.incrementAndGet())) {
            ProgressListener listener =
                    (done, total) -> {
                        if (nested.get() == 0) {
                            try {
                                client.with(inner).push("within", CONTENT);
                            } catch (IOException problem) {
                                throw new AssertionError(problem);
                            }
                        }
                    };
            try (Call outer = new Call().progress(listener)) {
                assertArrayEquals(CONTENT, client.with(outer).download(url));
            }
        }
        assertTrue(nested.get() > 1);
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
                        try (Client client = sandbox.client();
                                Call call =
                                        new Call()
                                                .progress(
                                                        (done, total) -> {
                                                            throw inside;
                                                        })) {
                            client.with(call).push("within", CONTENT);
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
                pushes.add(
                        new Background(
                                () -> {
                                    try (Call call =
                                            new Call()
                                                    .progress(
                                                            (done, total) -> {
                                                                throw own;
                                                            })) {
                                        client.with(call).push("anna", CONTENT);
                                    }
                                }));
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
        byte[] url = Text.toNative("url", sandbox.send("anna", CONTENT).get("url").getAsString());
        UncaughtExceptionHandler handler = Native.getCallbackExceptionHandler();
        List<Throwable> caught = new ArrayList<>();
        Native.setCallbackExceptionHandler((callback, thrown) -> caught.add(thrown));
        try (Client client = sandbox.client(Config::logOff);
                Handle.Use use = client.use()) {
            Abi.dmerp_read_callback read =
                    (userData, data, capacity, len) -> {
                        throw new OutOfMemoryError();
                    };
            Abi.dmerp_write_callback write =
                    (userData, data, len, taken) -> {
                        throw new OutOfMemoryError();
                    };
            byte[] user = Text.toNative("mobileUser", "anna");
            int xml = Format.XML.number;
            Exception push =
                    Outcome.of(
                            error ->
                                    abi().dmerp_client_push_stream(
                                                    use.pointer(),
                                                    user,
                                                    xml,
                                                    read,
                                                    null,
                                                    null,
                                                    null,
                                                    null,
                                                    error));
            assertInstanceOf(FileException.class, push);
            assertTrue(push.getMessage().contains("did not run to its end"), push.getMessage());
            Exception download =
                    Outcome.of(
                            error ->
                                    abi().dmerp_client_download_stream(
                                                    use.pointer(),
                                                    url,
                                                    write,
                                                    null,
                                                    null,
                                                    null,
                                                    error));
            assertInstanceOf(FileException.class, download);
        } finally {
            Native.setCallbackExceptionHandler(handler);
        }
        assertEquals(2, caught.size());
        assertEquals(0, sandbox.pushed("anna").size());
    }
}
