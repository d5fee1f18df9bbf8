package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(WithSandbox.class)
class LoggingTest {
    private final Logger logger = Logger.getLogger("org.dmerp");
    private final List<LogRecord> records = new ArrayList<>();
    private final Handler handler =
            new Handler() {
                @Override
                public void publish(LogRecord record) {
                    records.add(record);
                }

                @Override
                public void flush() {}

                @Override
                public void close() {}
            };

    @BeforeEach
    void listen() {
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
        logger.setLevel(Level.ALL);
    }

    @AfterEach
    void stopListening() {
        logger.removeHandler(handler);
        logger.setUseParentHandlers(true);
        logger.setLevel(Level.OFF);
    }

    /** A verb with a record of each level. */
    private static void makeRecords(Sandbox sandbox, Client client) throws Exception {
        sandbox.fault("{'on':'storage','action':{'status':{'code':503}}}");
        client.push("{0} anna", Samples.xml("x"));
        Samples.fails(Status.NOT_FOUND, () -> client.download("nothing/here"));
    }

    private boolean has(Level level, String text) {
        return records.stream()
                .anyMatch(
                        record ->
                                record.getLevel() == level
                                        && new SimpleFormatter()
                                                .formatMessage(record)
                                                .contains(text));
    }

    @Test
    void goesToJavaUtilLogging(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client()) {
            makeRecords(sandbox, client);
        }
        assertTrue(has(Level.SEVERE, "download of nothing/here"));
        assertTrue(has(Level.WARNING, "trying again in"));
        assertTrue(has(Level.FINE, "{0} anna"));
        assertTrue(has(Level.FINER, "PUT http://127.0.0.1"));
        for (LogRecord record : records) {
            assertEquals("org.dmerp", record.getLoggerName());
            assertFalse(record.getMessage().contains(sandbox.apiKey()), record.getMessage());
            assertFalse(record.getMessage().contains("X-Amz"), record.getMessage());
        }
    }

    @Test
    void heedsTheLoggersLevelAsItIsAtTheMoment(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client()) {
            logger.setLevel(Level.WARNING);
            makeRecords(sandbox, client);
            assertEquals(2, records.size());
            logger.setLevel(Level.FINE);
            client.check();
            assertTrue(has(Level.FINE, "check"));
        }
    }

    @Test
    void goesElsewhereOnRequest(Sandbox sandbox) throws Exception {
        Set<LogLevel> seen = EnumSet.noneOf(LogLevel.class);
        Thread caller = Thread.currentThread();
        LogListener listener =
                (level, message) -> {
                    assertSame(caller, Thread.currentThread());
                    assertFalse(message.contains("\n"));
                    seen.add(level);
                };
        for (LogLevel minimum : LogLevel.values()) {
            seen.clear();
            try (Client client = sandbox.client(config -> config.log(minimum, listener))) {
                makeRecords(sandbox, client);
            }
            assertEquals(EnumSet.range(LogLevel.ERROR, minimum), seen);
        }
        assertTrue(records.isEmpty());
    }

    @Test
    void isTurnedOffOnRequest(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client(Config::logOff)) {
            makeRecords(sandbox, client);
        }
        assertTrue(records.isEmpty());
    }

    @Test
    void isWhatItWasWhenTheClientWasMade(Sandbox sandbox) throws Exception {
        List<String> first = new ArrayList<>();
        Config config = sandbox.config().log(LogLevel.INFO, (level, message) -> first.add(message));
        try (Client client = new Client(config)) {
            config.log(
                    LogLevel.DEBUG,
                    (level, message) -> {
                        first.add("the second listener");
                    });
            client.check();
        }
        assertEquals(1, first.size());
        assertFalse(first.contains("the second listener"));
    }

    @Test
    void changesNoCallWhenItThrows(Sandbox sandbox) throws Exception {
        RuntimeException broken = new RuntimeException("broken");
        List<Throwable> uncaught = new ArrayList<>();
        LogListener listener =
                (level, message) -> {
                    throw broken;
                };
        Background call =
                new Background(
                        () -> {
                            Thread.currentThread()
                                    .setUncaughtExceptionHandler(
                                            (thread, thrown) -> uncaught.add(thrown));
                            try (Client client =
                                    sandbox.client(config -> config.log(LogLevel.INFO, listener))) {
                                client.push("anna", Samples.xml("x"));
                                Samples.fails(Status.NOT_FOUND, () -> client.download("none"));
                            }
                        });
        assertNull(call.end());
        assertEquals(List.of(broken, broken), uncaught);
        assertEquals(1, sandbox.pushed("anna").size());
    }

    @Test
    void ofANewerLibraryHasALevel() {
        assertEquals(LogLevel.DEBUG, LogLevel.of(9));
    }
}
