package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Holds a call in one of its callbacks until it is opened. */
final class Gate {
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch opened = new CountDownLatch(1);

    /** For the callback. */
    void pass() {
        reached.countDown();
        await(opened, "nobody opens the gate");
    }

    void awaitCall() {
        await(reached, "the call never came");
    }

    void open() {
        opened.countDown();
    }

    private static void await(CountDownLatch latch, String problem) {
        try {
            assertTrue(latch.await(Sandbox.SOON.toSeconds(), TimeUnit.SECONDS), problem);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
