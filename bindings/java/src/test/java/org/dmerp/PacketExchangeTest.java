package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Packets that are pushed as they were written, and read as they were received. */
@ExtendWith(WithSandbox.class)
class PacketExchangeTest {
    private static PacketWriter items(PacketWriter packet, int count) throws Exception {
        packet.table("ITEMS");
        packet.records(Collections.nCopies(count, Map.of("NO", "Иван 🚚")));
        return packet;
    }

    @Test
    void isPushedToItsOwnMobileUserAndToOthers(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client();
                PacketWriter packet = items(new PacketWriter("anna"), 10)) {
            Pushed pushed = client.push(packet, PushOptions.xml().packetId("1"));
            assertEquals("1", pushed.getPacketId());
            assertEquals(packet.content().length, pushed.getSize());
            client.push(packet);
            client.push("boris", packet, PushOptions.xml().packetId("2"));
            client.push("boris", packet);
            assertArrayEquals(packet.content(), sandbox.content("anna", "1"));
            assertArrayEquals(packet.content(), sandbox.content("boris", "2"));
        }
        assertEquals(2, sandbox.pushed("anna").size());
        assertEquals(2, sandbox.pushed("boris").size());
    }

    @Test
    void mayHaveAnySizeAndBeInAFile(Sandbox sandbox, @TempDir Path folder) throws Exception {
        try (Client client = sandbox.client();
                PacketWriter inMemory = items(new PacketWriter("anna").tempDir(folder), 100_000);
                PacketWriter inAFile =
                        items(PacketWriter.toFile(folder.resolve("p.xml"), "anna"), 100_000)) {
            client.push(inMemory, PushOptions.xml().packetId("1"));
            client.push(inAFile, PushOptions.xml().packetId("2"));
            assertTrue(inMemory.content().length > 3_000_000);
            assertArrayEquals(inMemory.content(), sandbox.content("anna", "1"));
            assertArrayEquals(inMemory.content(), sandbox.content("anna", "2"));
        }
    }

    @Test
    void canBePushedAgainAfterAFailure(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client(config -> config.retryMaxAttempts(1));
                PacketWriter packet = items(new PacketWriter("anna"), 10)) {
            sandbox.fault(
                    "{'on': 'storage', 'method': 'PUT', 'action': {'status': {'code': 500}}}");
            DmerpException failure = Samples.fails(Status.SERVER_ERROR, () -> client.push(packet));
            client.push(packet, PushOptions.xml().packetId(failure.getPacketId().get()));
            assertArrayEquals(
                    packet.content(), sandbox.content("anna", failure.getPacketId().get()));
        }
    }

    @Test
    void isPushedAsAnyPacket(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client();
                PacketWriter packet = items(new PacketWriter("anna"), 10);
                PacketWriter nobodys = items(new PacketWriter(), 10)) {
            Cancellation cancellation = new Cancellation();
            cancellation.cancel();
            CallOptions cancelled = new CallOptions().cancellation(cancellation);
            assertThrows(
                    CancellationException.class,
                    () -> client.push(packet, PushOptions.xml(), cancelled));
            assertThrows(
                    IllegalArgumentException.class, () -> client.push(packet, PushOptions.json()));
            assertThrows(IllegalArgumentException.class, () -> client.push(nobodys));
            client.push(
                    "anna",
                    nobodys,
                    PushOptions.xml(),
                    new CallOptions().timeout(Duration.ofMinutes(1)));
            PacketWriter closed = new PacketWriter("anna");
            closed.close();
            assertThrows(IllegalStateException.class, () -> client.push(closed));
        }
        assertEquals(1, sandbox.pushed("anna").size());
    }

    @Test
    void isReadAsItWasReceived(Sandbox sandbox, @TempDir Path folder) throws Exception {
        try (PacketWriter small = items(new PacketWriter("anna"), 10);
                PacketWriter large = items(new PacketWriter("boris"), 100_000)) {
            sandbox.send("anna", small.content());
            sandbox.send("boris", large.content());
        }
        try (Client client = sandbox.client();
                Receiver receiver = client.receive()) {
            for (String user : List.of("anna", "boris")) {
                Received received = receiver.next();
                assertEquals(user.equals("boris"), received.path().isPresent());
                received.saveAs(folder.resolve(user));
                try (PacketReader records = received.read()) {
                    assertEquals(Optional.of(user), records.getMobileUser());
                    assertEquals("Иван 🚚", records.next().get("NO"));
                    received.done();
                    // It goes on, though the packet's content is freed.
                    int count = 1;
                    while (records.next() != null) {
                        count++;
                    }
                    assertEquals(user.equals("boris") ? 100_000 : 10, count);
                }
                assertThrows(IllegalStateException.class, received::read);
            }
            assertNull(receiver.next());
        }
    }

    private static void forget() throws Exception {
        PacketWriter packet = items(new PacketWriter(), 10);
        new PacketReader(packet.content()).next();
    }

    @Test
    void isFreedWithoutBeingClosed() throws Exception {
        for (int i = 0; i < 100; i++) {
            forget();
        }
        assertTrue(Dmerp.liveHandles() > 0);
        GarbageTest.awaitNothingLeft();
    }
}
