package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(WithSandbox.class)
class CallOptionsTest {
    private static final String HANG = "{'on':'portal','times':0,'action':'hang'}";

    @Test
    void cancelsFromAnotherThread(Sandbox sandbox) throws Exception {
        sandbox.fault(HANG);
        Cancellation cancellation = new Cancellation();
        CallOptions options = new CallOptions().cancellation(cancellation);
        try (Client client = sandbox.client()) {
            Background check = new Background(() -> client.check(options));
            sandbox.awaitRequest();
            assertFalse(cancellation.isCancelled());
            long cancelledAt = System.nanoTime();
            cancellation.cancel();
            Throwable thrown = check.end();
            assertInstanceOf(CancellationException.class, thrown);
            // The package promises 250 ms; the rest is for a busy machine.
            assertTrue(check.endedAt() - cancelledAt < TimeUnit.SECONDS.toNanos(2));
            assertTrue(cancellation.isCancelled());
            assertFalse(check.interruptFlag());

            int requests = sandbox.requests().size();
            assertThrows(
                    CancellationException.class,
                    () -> client.pull(PacketKind.PACKET, Format.DEFAULT, options));
            assertEquals(requests, sandbox.requests().size());
            sandbox.clearFaults();
            client.check();
        }
    }

    @Test
    void tellsOfACancelledPushUnderWhichIdToRepeatIt(Sandbox sandbox) throws Exception {
        sandbox.fault(HANG);
        Cancellation cancellation = new Cancellation();
        CallOptions options = new CallOptions().cancellation(cancellation);
        try (Client client = sandbox.client()) {
            Background push =
                    new Background(
                            () ->
                                    client.push(
                                            "anna",
                                            Samples.xml("x"),
                                            PushOptions.xml().packetId("erp-1"),
                                            options));
            sandbox.awaitRequest();
            cancellation.cancel();
            DmerpException details = assertInstanceOf(DmerpException.class, push.end().getCause());
            assertEquals(Status.CANCELLED, details.getStatus());
            assertEquals(Optional.of("erp-1"), details.getPacketId());
        }
    }

    @Test
    void endsEveryCallThatHasTheCancellation(Sandbox sandbox) throws Exception {
        sandbox.fault(HANG);
        Cancellation cancellation = new Cancellation();
        CallOptions options = new CallOptions().cancellation(cancellation);
        try (Client client = sandbox.client()) {
            List<Background> calls = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                calls.add(new Background(() -> client.check(options)));
            }
            sandbox.awaitRequests(4);
            cancellation.cancel();
            for (Background call : calls) {
                assertInstanceOf(CancellationException.class, call.end());
            }
        }
    }

    @Test
    void keepsATimeout(Sandbox sandbox) throws Exception {
        sandbox.fault(HANG);
        CallOptions options = new CallOptions().timeout(Duration.ofMillis(300));
        try (Client client = sandbox.client()) {
            for (int i = 0; i < 2; i++) {
                long began = System.nanoTime();
                Samples.fails(Status.TIMED_OUT, () -> client.check(options));
                long took = System.nanoTime() - began;
                // The timeouts of the client are a minute and more.
                assertTrue(took < TimeUnit.SECONDS.toNanos(10), took + " ns");
            }
        }
    }

    @Test
    void refusesATimeoutThatIsNone(Sandbox sandbox) throws Exception {
        CallOptions options = new CallOptions();
        for (Duration none : List.of(Duration.ZERO, Duration.ofNanos(-1), Duration.ofDays(-1))) {
            assertThrows(IllegalArgumentException.class, () -> options.timeout(none));
        }
        try (Client client = sandbox.client()) {
            client.check(options.timeout(Duration.ofSeconds(Long.MAX_VALUE)));
        }
    }

    @Test
    void takesPartOfAMillisecondForAWholeOne(Sandbox sandbox) throws Exception {
        sandbox.fault(HANG);
        CallOptions options = new CallOptions().timeout(Duration.ofNanos(1));
        try (Client client = sandbox.client()) {
            Samples.fails(Status.TIMED_OUT, () -> client.check(options));
        }
        Config config = new Config().timeoutIdle(Duration.ofNanos(1_000_001));
        assertEquals(Optional.of("2"), config.get("timeout.idle_ms"));
    }

    @Test
    void areNotChangedByWhatIsMadeOfThem(Sandbox sandbox) throws Exception {
        Cancellation cancellation = new Cancellation();
        cancellation.cancel();
        CallOptions options = new CallOptions();
        CallOptions all =
                options.cancellation(cancellation)
                        .timeout(Duration.ofDays(1))
                        .progress(progress -> {});
        try (Client client = sandbox.client()) {
            client.check(options);
            assertThrows(CancellationException.class, () -> client.check(all));
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
                progress -> {
                    assertSame(caller, Thread.currentThread());
                    assertEquals(content.length, progress.getTotal().getAsLong());
                    seen.add(progress.getDone());
                };
        CallOptions options = new CallOptions().progress(listener);
        try (Client client = sandbox.client()) {
            List<Background.Body> transfers =
                    List.of(
                            () -> client.push("anna", content, PushOptions.xml(), options),
                            () -> client.download(url, options),
                            () -> client.download(url, folder.resolve("x"), options));
            for (Background.Body transfer : transfers) {
                seen.clear();
                transfer.run();
                assertFalse(seen.isEmpty());
                assertEquals(content.length, seen.get(seen.size() - 1));
            }
            seen.clear();
            client.download(url);
            assertTrue(seen.isEmpty());
        }
    }

    @Test
    void tellsATotalThatNobodyKnows() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        String address = "http://127.0.0.1:" + server.getAddress().getPort();
        server.createContext(
                "/",
                exchange -> {
                    boolean link = exchange.getRequestURI().getPath().endsWith("/link");
                    exchange.sendResponseHeaders(200, 0); // without a length
                    try (OutputStream body = exchange.getResponseBody()) {
                        body.write((link ? address + "/packet" : "content").getBytes());
                    }
                });
        server.start();
        List<OptionalLong> totals = new ArrayList<>();
        CallOptions options =
                new CallOptions().progress(progress -> totals.add(progress.getTotal()));
        Config config =
                new Config().baseUrl(address).appArea("DMDEV01").apiKey("key").proxy("none");
        try (Client client = new Client(config)) {
            assertEquals("content", new String(client.download("url", options)));
        } finally {
            server.stop(0);
        }
        assertEquals(Set.of(OptionalLong.empty()), Set.copyOf(totals));
    }

    @Test
    void canBeCancelledByItsOwnProgress(Sandbox sandbox) throws Exception {
        Cancellation cancellation = new Cancellation();
        CallOptions options =
                new CallOptions()
                        .cancellation(cancellation)
                        .progress(progress -> cancellation.cancel());
        try (Client client = sandbox.client()) {
            assertThrows(
                    CancellationException.class,
                    () ->
                            client.push(
                                    "anna",
                                    Samples.binary(1_000_000),
                                    PushOptions.xml().packetId("no"),
                                    options));
        }
        assertNull(sandbox.content("anna", "no"));
    }
}
