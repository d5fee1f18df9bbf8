package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;

/** Each way to fail has its exception, with all that is known. */
@ExtendWith(WithSandbox.class)
class FailuresTest {
    private static final Sandbox.Setup ONCE = config -> config.retryMaxAttempts(1);

    /** The failure of a call, as far as it must be so for each. */
    private static <T extends Exception & DmerpError> T fails(
            Class<T> type, Status status, String says, Executable call) {
        T error = assertThrows(type, call);
        assertEquals(status, error.getStatus());
        assertEquals(status.getNumber(), error.getStatusNumber());
        assertEquals(status.isRetryable(), error.isRetryable());
        assertTrue(error.getMessage().contains(says), error.getMessage());
        assertFalse(error.toString().contains("sandbox-key"), error.toString());
        return error;
    }

    private static void pull(Client client) throws DmerpException {
        client.pull().close();
    }

    @Test
    void aWrongKey(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client(config -> config.apiKey("some-other-key"))) {
            for (Executable verb :
                    List.<Executable>of(
                            client::check,
                            client::pull,
                            () -> client.push("anna", Samples.xml("x")),
                            () -> client.link("x"),
                            () -> client.download("x"),
                            () -> client.download("x", Path.of("x")),
                            () -> client.done(List.of(new Receipt("1", "h"))))) {
                AuthenticationException error =
                        fails(
                                AuthenticationException.class,
                                Status.AUTHENTICATION_FAILED,
                                "api_key",
                                verb);
                assertEquals(OptionalInt.of(403), error.getHttpStatus());
                assertEquals(Optional.of("Forbidden"), error.getServerMessage());
                assertEquals(1, error.getAttempts());
                assertFalse(error.toString().contains("some-other-key"));
            }
        }
    }

    @Test
    void aWrongArea(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client(config -> config.appArea("NOSUCH"))) {
            fails(UnknownAppAreaException.class, Status.UNKNOWN_APP_AREA, "area", client::check);
        }
    }

    @Test
    void anUnknownMobileUser() throws Exception {
        try (Sandbox strict = new Sandbox("--mobile-user", "boris");
                Client client = strict.client()) {
            RejectedException error =
                    fails(
                            RejectedException.class,
                            Status.REJECTED,
                            "anna",
                            () ->
                                    client.push(
                                            "anna",
                                            Samples.xml("x"),
                                            PushOptions.xml().packetId("erp-1")));
            assertTrue(error.getMessage().contains(error.getServerMessage().get()));
            assertEquals(Optional.of("erp-1"), error.getPacketId());
        }
    }

    @Test
    void aRefusedConnection(Sandbox sandbox) throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        try (Client client = sandbox.client(config -> config.baseUrl("http://127.0.0.1:" + port))) {
            ConnectException error =
                    fails(ConnectException.class, Status.CONNECT_FAILED, "refused", client::check);
            assertEquals(3, error.getAttempts());
            assertEquals(OptionalInt.empty(), error.getHttpStatus());
            assertEquals(Optional.empty(), error.getServerMessage());
        }
    }

    @Test
    void aNameThatNobodyKnows(Sandbox sandbox) throws Exception {
        try (Client client =
                sandbox.client(
                        config -> config.baseUrl("http://portal.invalid").retryMaxAttempts(1))) {
            fails(
                    HostNotFoundException.class,
                    Status.HOST_NOT_FOUND,
                    "portal.invalid",
                    client::check);
        }
    }

    @Test
    void aCertificateThatNobodySigned() throws Exception {
        try (Sandbox tls = new Sandbox("--tls")) {
            try (Client client = tls.client(ONCE)) {
                fails(TlsException.class, Status.TLS_FAILED, "certificate", client::check);
            }
            try (Client client =
                    tls.client(
                            config ->
                                    config.tlsRoots(TlsRoots.FILE)
                                            .tlsCaFile(Path.of(tls.fact("ca_file"))))) {
                client.check();
            }
        }
    }

    @Test
    void aServerThatNeverAnswers(Sandbox sandbox) throws Exception {
        sandbox.fault("{'on':'portal','times':0,'action':'hang'}");
        try (Client client =
                sandbox.client(
                        config -> config.timeoutIdle(Duration.ofMillis(100)).retryMaxAttempts(2))) {
            TimedOutException error =
                    fails(
                            TimedOutException.class,
                            Status.TIMED_OUT,
                            "timeout.idle_ms",
                            client::check);
            assertEquals(2, error.getAttempts());
        }
    }

    @Test
    void aConnectionThatBreaks(Sandbox sandbox) throws Exception {
        sandbox.fault("{'on':'portal','times':0,'action':'drop_before_headers'}");
        try (Client client = sandbox.client()) {
            fails(
                    ConnectionLostException.class,
                    Status.CONNECTION_LOST,
                    "broke",
                    () -> pull(client));
        }
    }

    @Test
    void anAnswerCutShort(Sandbox sandbox) throws Exception {
        sandbox.send("anna", Samples.xml("x"));
        sandbox.fault("{'on':'portal','times':0,'action':{'truncate':{'bytes':1}}}");
        try (Client client = sandbox.client()) {
            fails(TruncatedException.class, Status.TRUNCATED, "broke off", () -> pull(client));
        }
    }

    @Test
    void aPortalThatAsksForLess(Sandbox sandbox) throws Exception {
        sandbox.fault("{'on':'portal','times':0,'action':{'throttle':{}}}");
        try (Client client = sandbox.client()) {
            ThrottledException error =
                    fails(ThrottledException.class, Status.THROTTLED, "fewer", () -> pull(client));
            assertEquals(OptionalInt.of(429), error.getHttpStatus());
            assertEquals(3, error.getAttempts());
            assertTrue(error.isRetryable());
        }
    }

    @Test
    void aStorageThatFails(Sandbox sandbox) throws Exception {
        sandbox.fault("{'on':'storage','times':0,'action':{'status':{'code':503}}}");
        try (Client client = sandbox.client()) {
            ServerException error =
                    fails(
                            ServerException.class,
                            Status.SERVER_ERROR,
                            "erp-1",
                            () ->
                                    client.push(
                                            "anna",
                                            Samples.xml("x"),
                                            PushOptions.xml().packetId("erp-1")));
            assertEquals(Optional.of("erp-1"), error.getPacketId());
            assertEquals(4, error.getAttempts());
        }
    }

    @Test
    void aPacketThatIsGone(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client()) {
            NotFoundException error =
                    fails(
                            NotFoundException.class,
                            Status.NOT_FOUND,
                            "NoSuchKey",
                            () -> client.download("push_done/DMDEV01/gone.xml"));
            assertEquals(Optional.of("push_done/DMDEV01/gone.xml"), error.getPacketId());
        }
    }

    @Test
    void aLinkThatTheStorageRefuses(Sandbox sandbox) throws Exception {
        String url = sandbox.send("anna", Samples.xml("x")).get("url").getAsString();
        sandbox.fault("{'on':'portal','times':0,'action':'expire_links'}");
        try (Client client = sandbox.client()) {
            fails(
                    StorageRefusedException.class,
                    Status.STORAGE_REFUSED,
                    "expired",
                    () -> client.download(url));
        }
    }

    @Test
    void aSignInPage(Sandbox sandbox) throws Exception {
        sandbox.fault("{'on':'portal','times':0,'action':'html'}");
        try (Client client = sandbox.client()) {
            fails(BadAnswerException.class, Status.BAD_ANSWER, "HTML", client::check);
        }
    }

    @Test
    void aPacketBeyondTheLimit(Sandbox sandbox) throws Exception {
        String url = sandbox.send("anna", Samples.binary(5000)).get("url").getAsString();
        try (Client client = sandbox.client(config -> config.maxMemoryBytes(4999))) {
            fails(
                    TooLargeException.class,
                    Status.TOO_LARGE,
                    "max_memory_bytes",
                    () -> client.download(url));
        }
    }

    @Test
    void aFileThatIsNotThere(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client()) {
            fails(
                    FileException.class,
                    Status.FILE_ERROR,
                    "/no/such",
                    () -> client.push("anna", Path.of("/no/such")));
        }
    }

    @Test
    void anOptionThatIsMissing(Sandbox sandbox) throws Exception {
        try (Config config = new Config()) {
            fails(
                    InvalidConfigException.class,
                    Status.INVALID_CONFIG,
                    "app_area",
                    () -> new Client(config).close());
        }
    }

    @Test
    void textThatCannotBeSent(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client()) {
            fails(
                    InvalidArgumentException.class,
                    Status.INVALID_ARGUMENT,
                    "mobileUser",
                    () -> client.push("an\0na", Samples.xml("x")));
            fails(
                    InvalidArgumentException.class,
                    Status.INVALID_ARGUMENT,
                    "packetId",
                    () -> client.push("anna", Samples.xml("x"), PushOptions.xml().packetId("a\0")));
            fails(
                    InvalidArgumentException.class,
                    Status.INVALID_ARGUMENT,
                    "url",
                    () -> client.download("half \ud83d a pair"));
            fails(
                    InvalidArgumentException.class,
                    Status.INVALID_ARGUMENT,
                    "receipt",
                    () -> client.done(List.of(new Receipt("a", "\0"))));
        }
        assertEquals(0, sandbox.requests().size());
    }

    @Test
    void areCaughtAsJavaExpects(Sandbox sandbox) throws Exception {
        Client client = sandbox.client(config -> config.apiKey("wrong"));
        assertThrows(IOException.class, client::check);
        assertThrows(DmerpException.class, client::check);
        assertThrows(IllegalArgumentException.class, () -> client.link("\0"));
        client.close();
        assertThrows(IllegalStateException.class, client::check);
        assertThrows(NullPointerException.class, () -> new Client(null));
    }
}
