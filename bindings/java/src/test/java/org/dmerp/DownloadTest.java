package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(WithSandbox.class)
class DownloadTest {
    private static String sent(Sandbox sandbox, byte[] content) {
        return sandbox.send(Samples.NAME, content, "&queue=file").get("url").getAsString();
    }

    @Test
    void comesBackByteForByte(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client()) {
            for (int size : new int[] {0, 1, 65_536, 3_000_001}) {
                byte[] content = Samples.binary(size);
                assertArrayEquals(content, client.download(sent(sandbox, content)));
            }
        }
    }

    @Test
    void replacesAFileOnceItIsWhole(Sandbox sandbox, @TempDir Path folder) throws Exception {
        byte[] content = Samples.binary(3_000_001);
        String url = sent(sandbox, content);
        Path file = folder.resolve("Αθήνα 🚚.jpg");
        Files.writeString(file, "old");
        try (Client client = sandbox.client(config -> config.retryMaxAttempts(1))) {
            sandbox.fault("{'on':'storage','action':{'truncate':{'bytes':2000000}}}");
            Samples.fails(Status.TRUNCATED, () -> client.download(url, file));
            assertEquals("old", Files.readString(file));
            assertEquals(content.length, client.download(url, file));
            assertArrayEquals(content, Files.readAllBytes(file));
            Samples.fails(Status.FILE_ERROR, () -> client.download(url, folder.resolve("none/x")));
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(1, left.count());
        }
    }

    @Test
    void reachesAStreamOnceItIsWhole(Sandbox sandbox) throws Exception {
        byte[] content = Samples.binary(3_000_001);
        String url = sent(sandbox, content);
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        OutputStream buffered = new BufferedOutputStream(received, 100_000);
        try (Client client = sandbox.client(config -> config.retryMaxAttempts(1))) {
            sandbox.fault("{'on':'storage','action':{'truncate':{'bytes':2000000}}}");
            Samples.fails(Status.TRUNCATED, () -> client.download(url, buffered));
            assertEquals(0, received.size());
            assertEquals(content.length, client.download(url, buffered));
            assertArrayEquals(content, received.toByteArray());
        }
    }

    @Test
    void throwsWhatTheStreamThrows(Sandbox sandbox) throws Exception {
        String url = sent(sandbox, Samples.binary(100));
        IOException full = new IOException("full");
        OutputStream broken =
                new OutputStream() {
                    @Override
                    public void write(int one) throws IOException {
                        throw full;
                    }
                };
        try (Client client = sandbox.client()) {
            assertSame(full, assertThrows(IOException.class, () -> client.download(url, broken)));
        }
    }

    @Test
    void hasALinkForAnyProgram(Sandbox sandbox) throws Exception {
        byte[] content = Samples.binary(1000);
        try (Client client = sandbox.client()) {
            URI link = URI.create(client.link(sent(sandbox, content)));
            byte[] same =
                    HttpClient.newHttpClient()
                            .send(HttpRequest.newBuilder(link).build(), BodyHandlers.ofByteArray())
                            .body();
            assertArrayEquals(content, same);
        }
    }

    @Test
    void refusesAPathThatIsNotThisMachines(Sandbox sandbox, @TempDir Path folder) throws Exception {
        URI zip = URI.create("jar:" + folder.resolve("a.zip").toUri());
        try (Client client = sandbox.client();
                java.nio.file.FileSystem other =
                        java.nio.file.FileSystems.newFileSystem(
                                zip, java.util.Map.of("create", "true"))) {
            IllegalArgumentException refused =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> client.download("url", other.getPath("/x")));
            assertTrue(refused.getMessage().startsWith("to "), refused.getMessage());
        }
        assertEquals(0, sandbox.requests().size());
    }
}
