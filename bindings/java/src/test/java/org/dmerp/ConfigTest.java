package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(WithSandbox.class)
class ConfigTest {
    private static void has(Config config, String key, String value) {
        assertEquals(Optional.of(value), config.get(key), key);
    }

    @Test
    void hasASetterForEveryOption() throws Exception {
        Config config = new Config();
        has(config.appArea("Област"), "app_area", "Област");
        has(config.apiKey("a-very-secret-key"), "api_key", "(set)");
        has(config.baseUrl("http://localhost:1/x"), "base_url", "http://localhost:1/x");
        has(config.format(Format.XML), "format", "xml");
        has(config.timeoutConnect(Duration.ofMillis(1)), "timeout.connect_ms", "1");
        has(config.timeoutIdle(Duration.ofSeconds(2)), "timeout.idle_ms", "2000");
        has(config.timeoutOverall(Duration.ofHours(24)), "timeout.overall_ms", "86400000");
        has(config.retryMaxAttempts(7), "retry.max_attempts", "7");
        has(config.retryBase(Duration.ofMillis(8)), "retry.base_ms", "8");
        has(config.retryMax(Duration.ofMillis(9)), "retry.max_ms", "9");
        Path ca = Path.of("/etc/Ё.pem");
        has(config.tlsCaFile(ca), "tls.ca_file", ca.toAbsolutePath().toString());
        has(config.tlsCaPem("-----BEGIN"), "tls.ca_pem", "-----BEGIN");
        Path temporary = Path.of("/tmp/Ё");
        has(config.tempDir(temporary), "temp_dir", temporary.toAbsolutePath().toString());
        has(config.proxy("http://proxy:3128"), "proxy", "http://proxy:3128");
        has(config.userAgent("erp/1"), "user_agent", "erp/1");
        has(config.uploadContentType("text/xml"), "upload_content_type", "text/xml");
        has(config.doneBatch(10), "done_batch", "10");
        has(config.maxListBytes(1024), "max_list_bytes", "1024");
        has(config.maxMemoryBytes(1025), "max_memory_bytes", "1025");
        has(config.maxDownloadBytes(1L << 40), "max_download_bytes", "1099511627776");
        has(config.receiveConcurrency(2), "receive.concurrency", "2");
        has(config.receiveAheadPackets(3), "receive.ahead_packets", "3");
        has(config.receiveAheadBytes(1026), "receive.ahead_bytes", "1026");
        has(config.receiveMemoryBytes(0), "receive.memory_bytes", "0");
        has(config.receiveDoneCount(4), "receive.done_count", "4");
        has(config.receiveDone(Duration.ofMillis(5)), "receive.done_ms", "5");
        has(config.receiveClose(Duration.ofMillis(6)), "receive.close_ms", "6");
        has(config.receiveLease(Duration.ofSeconds(7)), "receive.lease_ms", "7000");
        has(config.receiveMaxDeliveries(8), "receive.max_deliveries", "8");
        Path dead = Path.of("/tmp/Ж");
        has(
                config.receiveDeadLetterDir(dead),
                "receive.dead_letter_dir",
                dead.toAbsolutePath().toString());
        has(config.receivePoll(Duration.ZERO), "receive.poll_ms", "0");
        has(config.receivePollMax(Duration.ofMillis(9)), "receive.poll_max_ms", "9");
        has(config.receiveMaxPackets(1L << 40), "receive.max_packets", "1099511627776");
        has(config.receiveMax(Duration.ofDays(365)), "receive.max_ms", "31536000000");
        has(config.pushConcurrency(10), "push.concurrency", "10");
    }

    @ParameterizedTest
    @EnumSource
    void knowsTheRoots(TlsRoots roots) throws Exception {
        Config config = new Config();
        assertEquals(roots.name(), config.tlsRoots(roots).get("tls.roots").get().toUpperCase());
    }

    @Test
    void takesOptionsByTheirKeys() throws Exception {
        Config config = new Config();
        assertEquals(Optional.empty(), config.get("app_area"));
        has(config, "retry.max_attempts", "5");
        has(config.set("retry.max_attempts", "6"), "retry.max_attempts", "6");
        assertThrows(IllegalArgumentException.class, () -> config.set("no.such", "1"));
        assertThrows(IllegalArgumentException.class, () -> config.get("no.such"));
        assertThrows(NullPointerException.class, () -> config.set("format", null));
        assertThrows(IllegalArgumentException.class, () -> config.set("a\0", "b"));
    }

    @Test
    void keepsWhatItHadWhenAValueIsRefused() throws Exception {
        Config config = new Config().retryMaxAttempts(3);
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> config.retryMaxAttempts(0));
        assertTrue(refused.getMessage().contains("retry.max_attempts"), refused.getMessage());
        has(config, "retry.max_attempts", "3");
        for (Duration duration :
                new Duration[] {
                    Duration.ZERO, Duration.ofMillis(-1), Duration.ofSeconds(Long.MAX_VALUE)
                }) {
            assertThrows(IllegalArgumentException.class, () -> config.timeoutIdle(duration));
        }
        assertThrows(IllegalArgumentException.class, () -> config.format(Format.DEFAULT));
        assertThrows(IllegalArgumentException.class, () -> config.maxListBytes(-1));
    }

    @Test
    void tellsTheKeyToNobody() throws Exception {
        String key = "a-very-secret-key";
        Config config = new Config().apiKey(key);
        assertFalse(config.toString().contains(key));
        assertFalse(config.get("api_key").get().contains(key));
        Exception bad = assertThrows(Exception.class, () -> config.apiKey(key + "\n"));
        assertFalse(bad.toString().contains(key), bad.toString());
        Exception nul = assertThrows(Exception.class, () -> config.apiKey(key + "\0"));
        assertFalse(nul.toString().contains(key), nul.toString());
        assertTrue(nul.getMessage().contains("api_key"), nul.getMessage());
    }

    @Test
    void isCopiedByItsClients(Sandbox sandbox) throws Exception {
        Config config = sandbox.config();
        try (Client client = new Client(config)) {
            config.apiKey("wrong");
            client.check();
        }
    }
}
