package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The net under what is dropped unclosed. */
@ExtendWith(WithSandbox.class)
class GarbageTest {
    /** Collects until nothing is left, and makes nothing meanwhile. */
    private static void awaitNothingLeft() throws Exception {
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
