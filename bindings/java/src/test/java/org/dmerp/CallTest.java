package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(WithSandbox.class)
class CallTest {
    private static final String HANG = "{'on':'portal','times':0,'action':'hang'}";

    @Test
    void cancelsFromAnotherThread(Sandbox sandbox) throws Exception {
        sandbox.fault(HANG);
        try (Client client = sandbox.client();
                Call call = new Call()) {
            Background check = new Background(() -> client.with(call).check());
            sandbox.awaitRequest();
            assertFalse(call.isCancelled());
            long cancelledAt = System.nanoTime();
            call.cancel();
            Throwable thrown = check.end();
            assertInstanceOf(CancelledException.class, thrown);
            assertNull(thrown.getCause());
            // The library promises 250 ms; the rest is for a busy machine.
            assertTrue(check.endedAt() - cancelledAt < TimeUnit.SECONDS.toNanos(2));
            assertTrue(call.isCancelled());

            int requests = sandbox.requests().size();
            assertThrows(CancelledException.class, () -> client.with(call).pull());
            assertEquals(requests, sandbox.requests().size());
            sandbox.clearFaults();
            client.check();
        }
    }

    @Test
    void keepsADeadline(Sandbox sandbox) throws Exception {
        sandbox.fault(HANG);
        try (Client client = sandbox.client();
                Call call = new Call().deadline(Duration.ofMillis(300))) {
            for (int i = 0; i < 2; i++) {
                long began = System.nanoTime();
                assertThrows(TimedOutException.class, () -> client.with(call).check());
                long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
                assertTrue(tookMs >= 290 && tookMs < 3_000, tookMs + " ms");
            }
        }
    }

    @Test
    void refusesADeadlineThatIsNone(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client();
                Call call = new Call()) {
            assertThrows(InvalidArgumentException.class, () -> call.deadline(Duration.ZERO));
            assertThrows(InvalidArgumentException.class, () -> call.deadline(Duration.ofDays(-1)));
            call.deadline(Duration.ofSeconds(Long.MAX_VALUE));
            client.with(call).check();
        }
    }

    @Test
    void tellsTheProgressOnTheCallingThread(Sandbox sandbox, @TempDir Path folder)
            throws Exception {
        byte[] content = Samples.binary(1_000_000);
        String url = sandbox.send("anna", content).get("url").getAsString();
        List<Long> seen = new ArrayList<>();
        Thread caller = Thread.currentThread();
        ProgressListener listener =
                (done, total) -> {
                    assertSame(caller, Thread.currentThread());
                    assertEquals(content.length, total);
                    seen.add(done);
                };
        try (Client client = sandbox.client();
                Call call = new Call().progress(listener)) {
            List<Background.Body> transfers =
                    List.of(
                            () -> client.with(call).push("anna", content),
                            () -> client.with(call).download(url),
                            () -> client.with(call).download(url, folder.resolve("x")));
            for (Background.Body transfer : transfers) {
                seen.clear();
                transfer.run();
                assertTrue(seen.size() > 2, () -> seen.toString());
                assertEquals(content.length, seen.get(seen.size() - 1));
            }
            seen.clear();
            call.progress(null);
            client.with(call).download(url);
            assertTrue(seen.isEmpty());
        }
    }

    @Test
    void canBeCancelledByItsOwnProgress(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client();
                Call call = new Call()) {
            call.progress((done, total) -> call.cancel());
            assertThrows(
                    CancelledException.class,
                    () ->
                            client.with(call)
                                    .push(
                                            "anna",
                                            Samples.binary(1_000_000),
                                            PushOptions.xml().packetId("no")));
        }
        assertNull(sandbox.content("anna", "no"));
    }

    @Test
    void isNoCallAfterItIsClosed(Sandbox sandbox) throws Exception {
        Call call = new Call();
        call.close();
        call.close();
        call.cancel();
        assertThrows(InvalidHandleException.class, call::isCancelled);
        assertThrows(InvalidHandleException.class, () -> call.deadline(Duration.ofDays(1)));
        assertThrows(InvalidHandleException.class, () -> call.progress(null));
        try (Client client = sandbox.client()) {
            assertThrows(InvalidHandleException.class, () -> client.with(call).check());
            assertThrows(NullPointerException.class, () -> client.with(null));
        }
    }
}
