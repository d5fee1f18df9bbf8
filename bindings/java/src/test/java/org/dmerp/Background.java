package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertFalse;

/** A call on another thread, and how it ended. */
final class Background {
    interface Body {
        void run() throws Exception;
    }

    private final Thread thread;
    private volatile Throwable thrown;
    private volatile boolean interruptFlag;
    private volatile long endedAt;

    Background(Body body) {
        thread =
                new Thread(
                        () -> {
                            try {
                                body.run();
                            } catch (Throwable anything) {
                                thrown = anything;
                            }
                            endedAt = System.nanoTime();
                            interruptFlag = Thread.currentThread().isInterrupted();
                        });
        thread.start();
    }

    void interrupt() {
        thread.interrupt();
    }

    boolean isRunning() {
        return thread.isAlive();
    }

    /** What the call threw, or null; waits until it has ended. */
    Throwable end() throws InterruptedException {
        thread.join(Sandbox.SOON.toMillis());
        assertFalse(thread.isAlive(), "the call does not end");
        return thrown;
    }

    /** When it ended, by System.nanoTime(). */
    long endedAt() {
        return endedAt;
    }

    /** Whether the thread was still marked as interrupted at its end. */
    boolean interruptFlag() {
        return interruptFlag;
    }
}
