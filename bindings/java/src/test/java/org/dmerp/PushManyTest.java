package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(WithSandbox.class)
class PushManyTest {
    private static Outgoing xml(String mobileUser, byte[] content, String packetId) {
        return new Outgoing(mobileUser, content, PushOptions.xml().packetId(packetId));
    }

    @Test
    void sendsOneContentToManyUsers(Sandbox sandbox) throws Exception {
        byte[] prices = Samples.binary(100_000);
        List<Outgoing> packets = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            packets.add(xml("user" + i, prices, "prices-" + i));
        }
        try (Client client = sandbox.client()) {
            List<PushResult> results = client.pushMany(packets);
            assertEquals(40, results.size());
            for (int i = 0; i < 40; i++) {
                PushResult result = results.get(i);
                assertTrue(result.isStored());
                assertEquals(Optional.empty(), result.getFailure());
                assertEquals("prices-" + i, result.getPushed().get().getPacketId());
                assertEquals(100_000, result.getPushed().get().getSize());
                assertTrue(result.getPushed().get().getSyncLogId().isPresent());
                assertArrayEquals(prices, sandbox.content("user" + i, "prices-" + i));
            }
            assertThrows(UnsupportedOperationException.class, () -> results.remove(0));
            assertEquals(40, client.stats().getPacketsPushed());
            assertEquals(4_000_000, client.stats().getBytesSent());
            assertTrue(client.stats().getLastPushAt().isPresent());
            assertEquals(List.of(), client.pushMany(List.of()));
        }
    }

    /** What is copied for each packet would be 50 GB. */
    @Test
    void copiesASharedArrayOnce(Sandbox sandbox) throws Exception {
        byte[] content = new byte[50_000_000];
        List<Outgoing> packets = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            packets.add(xml("user" + i, content, "id-" + i));
        }
        Cancellation cancellation = new Cancellation();
        CallOptions options =
                new CallOptions()
                        .cancellation(cancellation)
                        .progress(progress -> cancellation.cancel());
        try (Client client = sandbox.client()) {
            assertThrows(CancellationException.class, () -> client.pushMany(packets, options));
        }
    }

    @Test
    void sendsFilesAndBothFormats(Sandbox sandbox, @TempDir Path folder) throws Exception {
        Path file = Files.write(folder.resolve("Иван 🚚.xml"), Samples.binary(2_000_000));
        PushOptions options = PushOptions.json().packetId("file");
        try (Client client = sandbox.client()) {
            List<PushResult> results =
                    client.pushMany(
                            List.of(
                                    new Outgoing("anna", file, options),
                                    new Outgoing(Samples.NAME, Samples.xml("x"), PushOptions.xml()),
                                    new Outgoing("boris", file, PushOptions.xml())));
            String made = results.get(1).getPushed().get().getPacketId();
            assertArrayEquals(Samples.xml("x"), sandbox.content(Samples.NAME, made));
            assertTrue(results.get(2).isStored());
        }
        assertArrayEquals(Samples.binary(2_000_000), sandbox.content("anna", "file"));
        assertEquals(
                "json",
                sandbox.pushed("anna").get(0).getAsJsonObject().get("packetType").getAsString());
    }

    @Test
    void keepsTheOrderOfAUsersPackets(Sandbox sandbox) throws Exception {
        List<Outgoing> packets = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            ids.add("id-" + i);
            packets.add(xml("anna", Samples.xml("" + i), "id-" + i));
        }
        try (Client client = sandbox.client()) {
            client.pushMany(packets);
        }
        List<String> pushed = new ArrayList<>();
        sandbox.pushed("anna")
                .forEach(
                        one ->
                                pushed.add(
                                        one.getAsJsonObject().get("packetUniqueId").getAsString()));
        assertEquals(ids, pushed);
    }

    @Test
    void aFailureConcernsItsPacketOnly(Sandbox sandbox, @TempDir Path folder) throws Exception {
        try (Client client = sandbox.client()) {
            List<Outgoing> packets =
                    List.of(
                            xml("anna", Samples.xml("0"), "id-0"),
                            new Outgoing(
                                    "boris",
                                    folder.resolve("missing"),
                                    PushOptions.xml().packetId("id-1")),
                            xml("clara", Samples.xml("2"), "id-2"));
            List<PushResult> results = client.pushMany(packets);
            assertTrue(results.get(0).isStored());
            assertTrue(results.get(2).isStored());
            PushResult failed = results.get(1);
            assertFalse(failed.isStored());
            assertEquals(Optional.empty(), failed.getPushed());
            DmerpException failure = failed.getFailure().get();
            assertEquals(Status.FILE_ERROR, failure.getStatus());
            assertEquals(Optional.of("id-1"), failure.getPacketId());
            assertTrue(failed.toString().contains("missing"), failed.toString());

            Files.write(folder.resolve("missing"), Samples.xml("1"));
            assertTrue(client.pushMany(packets.subList(1, 2)).get(0).isStored());
        }
        assertArrayEquals(Samples.xml("1"), sandbox.content("boris", "id-1"));
    }

    @Test
    void givesUpAtAWrongKey(Sandbox sandbox) throws Exception {
        List<Outgoing> packets = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            packets.add(xml("user" + i, Samples.xml("x"), "id-" + i));
        }
        try (Client client = sandbox.client(config -> config.apiKey("wrong").pushConcurrency(2))) {
            for (PushResult result : client.pushMany(packets)) {
                assertEquals(Status.AUTHENTICATION_FAILED, result.getFailure().get().getStatus());
            }
        }
        assertTrue(sandbox.requests().size() <= 4);
    }

    @Test
    void refusesWhatCannotBeSent(Sandbox sandbox) throws Exception {
        byte[] content = Samples.xml("x");
        try (Client client = sandbox.client()) {
            for (List<Outgoing> packets :
                    List.of(
                            List.of(xml("", content, "id")),
                            List.of(xml("anna", content, "")),
                            List.of(xml("anna", content, "id"), xml("boris", content, "id")))) {
                assertThrows(IllegalArgumentException.class, () -> client.pushMany(packets));
            }
        }
        assertEquals(0, sandbox.requests().size());
    }

    /** The others fail before; all the same it is a cancel. */
    @Test
    void tellsAtACancelWhatIsStored(Sandbox sandbox, @TempDir Path folder) throws Exception {
        Cancellation cancellation = new Cancellation();
        CallOptions options = new CallOptions().cancellation(cancellation);
        List<Outgoing> packets =
                List.of(
                        new Outgoing("anna", folder.resolve("missing"), PushOptions.xml()),
                        xml("boris", Samples.xml("1"), "id-1"),
                        xml("boris", Samples.xml("2"), "id-2"));
        sandbox.fault("{'on':'storage','skip':1,'times':0,'action':'hang'}");
        try (Client client = sandbox.client()) {
            Background push = new Background(() -> client.pushMany(packets, options));
            sandbox.await(2, request -> request.get("listener").getAsString().equals("storage"));
            cancellation.cancel();
            Throwable thrown = assertInstanceOf(CancellationException.class, push.end());
            DmerpException details = assertInstanceOf(DmerpException.class, thrown.getCause());
            assertEquals(Status.CANCELLED, details.getStatus());
            assertEquals(Optional.of("id-2"), details.getPacketId());
            List<DmerpException> each = details.getResults();
            assertEquals(Status.FILE_ERROR, each.get(0).getStatus());
            assertNull(each.get(1));
            assertEquals(Status.CANCELLED, each.get(2).getStatus());
        }
    }

    @Test
    void endsAtAnInterruptAndATimeout(Sandbox sandbox) throws Exception {
        sandbox.fault("{'on':'portal','times':0,'action':'hang'}");
        List<Outgoing> packets = List.of(xml("anna", Samples.xml("x"), "id"));
        try (Client client = sandbox.client()) {
            Background push = new Background(() -> client.pushMany(packets));
            sandbox.awaitRequest();
            push.interrupt();
            assertInstanceOf(InterruptedIOException.class, push.end());
            assertTrue(push.interruptFlag());
            CallOptions options = new CallOptions().timeout(Duration.ofMillis(100));
            PushResult result = client.pushMany(packets, options).get(0);
            assertEquals(Status.TIMED_OUT, result.getFailure().get().getStatus());
        }
    }

    @Test
    void tellsItsProgressAndThrowsWhatTheListenerThrows(Sandbox sandbox) throws Exception {
        List<Outgoing> packets = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            packets.add(xml("user" + i, Samples.binary(1000), "id-" + i));
        }
        List<Progress> seen = new ArrayList<>();
        RuntimeException own = new RuntimeException("own");
        CallOptions failing =
                new CallOptions()
                        .progress(
                                progress -> {
                                    throw own;
                                });
        try (Client client = sandbox.client()) {
            client.pushMany(packets, new CallOptions().progress(seen::add));
            Progress last = seen.get(seen.size() - 1);
            assertEquals(5000, last.getDone());
            assertEquals(OptionalLong.of(5000), last.getTotal());
            assertEquals(5, last.getPackets());
            assertEquals(OptionalLong.of(5), last.getPacketsTotal());
            assertSame(
                    own,
                    assertThrows(RuntimeException.class, () -> client.pushMany(packets, failing)));
        }
    }
}
