package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The net under what is dropped unclosed. */
@ExtendWith(WithSandbox.class)
class GarbageTest {
    /** Collects until nothing is left, and makes nothing meanwhile. */
    static void awaitNothingLeft() throws Exception {
        long end = System.nanoTime() + Sandbox.SOON.toNanos();
        while (Dmerp.liveHandles() != 0 && System.nanoTime() < end) {
            System.gc();
            Thread.sleep(10);
        }
        assertEquals(0, Dmerp.liveHandles());
    }

    private static List<Thread> collectors() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("dmerp-forgotten-handles"))
                .collect(Collectors.toList());
    }

    private static void dropMany(Sandbox sandbox, int count) throws Exception {
        for (int i = 0; i < count; i++) {
            Client client = new Client(sandbox.config());
            if (i % 10 == 0) {
                assertTrue(client.pull().isEmpty());
            }
        }
    }

    @Test
    void isFreedWithoutBeingClosed(Sandbox sandbox) throws Exception {
        dropMany(sandbox, 200);
        assertTrue(Dmerp.liveHandles() > 0);
        awaitNothingLeft();
    }

    @Test
    void isFreedWhileOtherThreadsMakeMore(Sandbox sandbox) throws Exception {
        List<Background> droppers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            droppers.add(new Background(() -> dropMany(sandbox, 100)));
        }
        while (droppers.stream().anyMatch(Background::isRunning)) {
            System.gc();
        }
        for (Background dropper : droppers) {
            assertNull(dropper.end());
        }
        awaitNothingLeft();
    }

    private static void forgetInTheMidst(Sandbox sandbox) throws Exception {
        Receiver receiver = sandbox.client().receive();
        receiver.next().done();
        assertTrue(receiver.next().path().isPresent());
        assertTrue(receiver.iterator().hasNext());
    }

    @Test
    void closesAForgottenReceiver(Sandbox sandbox) throws Exception {
        for (int i = 0; i < 4; i++) {
            sandbox.send("anna", Samples.binary(2_000_000));
        }
        forgetInTheMidst(sandbox);
        assertTrue(Dmerp.liveHandles() > 0);
        awaitNothingLeft();
        assertEquals(3, sandbox.waiting().size(), "all but the one that was done");
    }

    @Test
    void freesForgottenPackets(Sandbox sandbox) throws Exception {
        for (int i = 0; i < 20; i++) {
            sandbox.send("anna", Samples.xml("x"));
        }
        try (Client client = sandbox.client();
                Receiver receiver = client.receive()) {
            Received kept = receiver.next();
            while (receiver.next() != null) {
                // Forgotten at once.
            }
            long end = System.nanoTime() + Sandbox.SOON.toNanos();
            while (Dmerp.liveHandles() > 3 && System.nanoTime() < end) {
                System.gc();
                Thread.sleep(10);
            }
            assertEquals(3, Dmerp.liveHandles(), "the client, the receiver, the packet in use");
            assertEquals(8, kept.content().length);
            kept.done();
            assertEquals(19, receiver.summary().getLeftCount());
        }
        assertEquals(19, sandbox.waiting().size());
    }

    @Test
    void isNotFreedWhileAPacketIsInUse(Sandbox sandbox) throws Exception {
        sandbox.send("anna", Samples.xml("x"));
        Received packet = sandbox.client().receive().next();
        for (int i = 0; i < 5; i++) {
            System.gc();
        }
        assertEquals(3, Dmerp.liveHandles(), "the client, the receiver and the packet");
        packet.done();
        packet = null;
        awaitNothingLeft();
        assertEquals(0, sandbox.waiting().size());
    }

    /** New callbacks, handles and structs all the time, while all that can be collected is. */
    @Test
    void mayCollectAtAnyTime(Sandbox sandbox) throws Exception {
        byte[] content = Samples.binary(5000);
        Background collecting =
                new Background(
                        () -> {
                            while (!Thread.currentThread().isInterrupted()) {
                                System.gc();
                            }
                        });
        AtomicInteger records = new AtomicInteger();
        AtomicInteger progresses = new AtomicInteger();
        for (int round = 0; round < 2; round++) {
            List<Outgoing> packets = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                sandbox.send("anna", content);
                packets.add(new Outgoing("user" + i, content, PushOptions.xml()));
            }
            CallOptions options = new CallOptions().progress(now -> progresses.incrementAndGet());
            Sandbox.Setup logging =
                    config ->
                            config.log(LogLevel.DEBUG, (level, text) -> records.incrementAndGet());
            try (Client client = sandbox.client(logging);
                    Receiver receiver = client.receive()) {
                assertTrue(
                        client.pushMany(packets, options).stream().allMatch(PushResult::isStored));
                for (Received packet; (packet = receiver.next(options)) != null; ) {
                    assertArrayEquals(content, packet.content());
                    packet.done();
                }
                assertEquals(10, receiver.summary().getMarked());
            }
            assertEquals(0, Dmerp.liveHandles());
        }
        collecting.interrupt();
        assertNull(collecting.end());
        assertTrue(records.get() > 0 && progresses.get() > 0);
    }

    @Test
    void isCollectedAlsoWhenItsLogListenerKnowsIt(Sandbox sandbox) throws Exception {
        forgetWithAListenerThatKnowsIt(sandbox);
        awaitNothingLeft();
    }

    private static void forgetWithAListenerThatKnowsIt(Sandbox sandbox) throws Exception {
        Client[] known = new Client[1];
        LogListener listener = (level, text) -> assertNotNull(known);
        known[0] = sandbox.client(config -> config.log(LogLevel.DEBUG, listener));
        known[0].check();
    }

    @Test
    void isNotFreedWhileACallUsesIt(Sandbox sandbox) throws Exception {
        Gate gate = new Gate();
        Sandbox.Setup gated = config -> config.log(LogLevel.DEBUG, (level, text) -> gate.pass());
        // Nothing but the running call knows this client.
        Background pull = new Background(() -> assertTrue(sandbox.client(gated).pull().isEmpty()));
        gate.awaitCall();
        for (int i = 0; i < 5; i++) {
            System.gc();
        }
        assertEquals(2, Dmerp.liveHandles(), "the client and the call's control");
        gate.open();
        assertNull(pull.end());
        awaitNothingLeft();
    }

    @Test
    void needsAThreadWhileThereIsAClientOnly(Sandbox sandbox) throws Exception {
        try (Client first = sandbox.client();
                Client second = sandbox.client()) {
            first.check();
            second.check();
            assertEquals(1, collectors().size());
            assertTrue(collectors().get(0).isDaemon());
        }
        for (Thread ending : collectors()) {
            ending.join(Sandbox.SOON.toMillis());
        }
        assertEquals(List.of(), collectors());
    }

    @Test
    void doesNotKeepTheProcessFromEnding(Sandbox sandbox) throws Exception {
        sandbox.fault("{'on':'portal','times':0,'action':'hang'}");
        Process process =
                ChildJvm.of(
                        ChildJvm.classPath(),
                        List.of(),
                        "org.dmerp.ExitDuringACall",
                        sandbox.baseUrl(),
                        sandbox.apiKey());
        sandbox.awaitRequest();
        process.getOutputStream().close();
        assertEquals("exiting", ChildJvm.output(process).trim());
        assertEquals(7, process.exitValue());
    }
}
