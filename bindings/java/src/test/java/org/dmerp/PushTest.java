package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(WithSandbox.class)
class PushTest {
    @Test
    void arrivesWholeAndSaysUnderWhichIds(Sandbox sandbox) throws Exception {
        byte[] content = Samples.binary(300_000);
        try (Client client = sandbox.client()) {
            Pushed pushed = client.push("anna", content, PushOptions.xml().packetId("order-4711"));
            JsonObject stored = sandbox.pushed("anna").get(0).getAsJsonObject();
            assertEquals("order-4711", pushed.getPacketId());
            assertEquals(content.length, pushed.getSize());
            assertEquals(stored.get("syncLogId").getAsString(), pushed.getSyncLogId().orElse(null));
            assertEquals("xml", stored.get("packetType").getAsString());
            assertEquals("application/xml", stored.get("contentType").getAsString());
            assertArrayEquals(content, sandbox.content("anna", "order-4711"));
            assertTrue(pushed.toString().contains("order-4711"));
        }
    }

    @Test
    void isXmlUnlessToldOtherwise(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client()) {
            client.push("anna", Samples.xml("x"));
            client.push("boris", "{}".getBytes(), PushOptions.json());
        }
        assertEquals(
                "xml",
                sandbox.pushed("anna").get(0).getAsJsonObject().get("packetType").getAsString());
        assertEquals(
                "json",
                sandbox.pushed("boris").get(0).getAsJsonObject().get("packetType").getAsString());
    }

    @Test
    void getsAnIdOfItsOwn(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client()) {
            String first = client.push("anna", Samples.xml("1")).getPacketId();
            String second = client.push("anna", Samples.xml("2")).getPacketId();
            assertEquals(7, UUID.fromString(first).version());
            assertNotEquals(first, second);
        }
    }

    @Test
    void takesAnyName(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client()) {
            client.push(
                    Samples.NAME,
                    Samples.xml("x"),
                    PushOptions.xml().packetId("id " + Samples.NAME));
        }
        assertArrayEquals(Samples.xml("x"), sandbox.content(Samples.NAME, "id " + Samples.NAME));
    }

    @Test
    void readsAFile(Sandbox sandbox, @TempDir Path folder) throws Exception {
        byte[] content = Samples.binary(3_000_000);
        Path file = folder.resolve("Иван 🚚.xml");
        Files.write(file, content);
        try (Client client = sandbox.client()) {
            client.push("anna", file, PushOptions.json().packetId("file"));
            client.push("anna", beside(file));
            DmerpException missing =
                    Samples.fails(
                            Status.FILE_ERROR, () -> client.push("anna", folder.resolve("none")));
            assertTrue(missing.getMessage().contains("none"), missing.getMessage());
        }
        assertArrayEquals(content, sandbox.content("anna", "file"));
        assertEquals(2, sandbox.pushed("anna").size());
    }

    /** The file by a relative path, if it is on the current folder's drive. */
    private static Path beside(Path file) {
        Path current = Path.of("").toAbsolutePath();
        return file.getRoot().equals(current.getRoot()) ? current.relativize(file) : file;
    }

    @Test
    void readsAStream(Sandbox sandbox) throws Exception {
        byte[] content = Samples.binary(3_000_001);
        try (Client client = sandbox.client()) {
            sandbox.fault("{'on':'storage','action':{'status':{'code':503}}}");
            client.push("anna", new Dribble(content), PushOptions.xml().packetId("big"));
            client.push("anna", new ByteArrayInputStream(content, 0, 10));
        }
        assertArrayEquals(content, sandbox.content("anna", "big"));
        assertEquals(2, sandbox.pushed("anna").size());
    }

    @Test
    void keepsAStreamInTheFolderOfTheConfiguration(Sandbox sandbox, @TempDir Path folder)
            throws Exception {
        InputStream big = new ByteArrayInputStream(Samples.binary(3_000_000));
        Path temporary = Files.createDirectory(folder.resolve("временно"));
        try (Client client = sandbox.client(config -> config.tempDir(temporary))) {
            Files.delete(temporary);
            DmerpException failure =
                    Samples.fails(Status.FILE_ERROR, () -> client.push("anna", big));
            assertTrue(failure.getMessage().contains("временно"), failure.getMessage());
        }
        assertEquals(0, sandbox.requests().size());
    }

    /** Gives its bytes in uneven pieces, and sometimes none, which a stream should not. */
    private static final class Dribble extends ByteArrayInputStream {
        private int reads;

        Dribble(byte[] content) {
            super(content);
        }

        @Override
        public synchronized int read(byte[] into, int from, int most) {
            reads++;
            return reads % 7 == 0
                    ? 0
                    : super.read(into, from, Math.min(most, reads * 997 % 20_000 + 1));
        }
    }

    @Test
    void throwsWhatTheStreamThrows(Sandbox sandbox) throws Exception {
        for (Throwable thrown :
                Arrays.asList(
                        new IOException("torn"),
                        new IllegalStateException(),
                        new StackOverflowError())) {
            InputStream torn =
                    new InputStream() {
                        @Override
                        public int read() throws IOException {
                            throw RunningCall.<IOException>unchanged(thrown);
                        }
                    };
            try (Client client = sandbox.client()) {
                assertEquals(
                        thrown, assertThrows(Throwable.class, () -> client.push("anna", torn)));
            }
        }
        assertEquals(0, sandbox.requests().size());
    }

    @Test
    void refusesAStreamThatCountsMoreThanItGave(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client()) {
            InputStream defective =
                    new InputStream() {
                        @Override
                        public int read() {
                            throw new AssertionError();
                        }

                        @Override
                        public int read(byte[] into, int from, int most) {
                            return most + 1;
                        }
                    };
            assertThrows(IndexOutOfBoundsException.class, () -> client.push("anna", defective));
        }
        assertEquals(0, sandbox.requests().size());
    }

    @Test
    void refusesWhatIsNoPacket(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client()) {
            assertThrows(IllegalArgumentException.class, () -> client.push("anna", new byte[0]));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> client.push("anna", InputStream.nullInputStream()));
            assertThrows(IllegalArgumentException.class, () -> client.push("", Samples.xml("x")));
        }
        assertEquals(0, sandbox.requests().size());
    }
}
