package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
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
    private static DmerpException fails(Status status, String says, Executable call) {
        DmerpException error = Samples.fails(status, call);
        assertEquals(status.getNumber(), error.getStatusNumber());
        assertEquals(status.isRetryable(), error.isRetryable());
        assertTrue(error.getMessage().contains(says), error.getMessage());
        assertFalse(error.toString().contains("sandbox-key"), error.toString());
        return error;
    }

    private static void refuses(String says, Executable call) {
        Exception mistake = assertThrows(IllegalArgumentException.class, call);
        assertTrue(mistake.getMessage().contains(says), mistake.getMessage());
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
                DmerpException error = fails(Status.AUTHENTICATION_FAILED, "api_key", verb);
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
            fails(Status.UNKNOWN_APP_AREA, "area", client::check);
        }
    }

    @Test
    void anUnknownMobileUser() throws Exception {
        try (Sandbox strict = new Sandbox("--mobile-user", "boris");
                Client client = strict.client()) {
            DmerpException error =
                    fails(
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
            DmerpException error = fails(Status.CONNECT_FAILED, "refused", client::check);
            assertEquals(3, error.getAttempts());
            assertEquals(OptionalInt.empty(), error.getHttpStatus());
            assertFalse(error.isOutcomeUnknown());
            assertEquals(Optional.empty(), error.getServerMessage());
        }
    }

    @Test
    void aNameThatNobodyKnows(Sandbox sandbox) throws Exception {
        try (Client client =
                sandbox.client(
                        config -> config.baseUrl("http://portal.invalid").retryMaxAttempts(1))) {
            fails(Status.HOST_NOT_FOUND, "portal.invalid", client::check);
        }
    }

    @Test
    void aCertificateThatNobodySigned() throws Exception {
        try (Sandbox tls = new Sandbox("--tls");
                Client client = tls.client(ONCE)) {
            fails(Status.TLS_FAILED, "certificate", client::check);
        }
    }

    @Test
    void trustsTheCaFile() throws Exception {
        try (Sandbox tls = new Sandbox("--tls")) {
            Path ca = Path.of(tls.fact("ca_file"));
            try (Client client =
                    tls.client(config -> config.tlsRoots(TlsRoots.FILE).tlsCaFile(ca))) {
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
            DmerpException error = fails(Status.TIMED_OUT, "timeout.idle_ms", client::check);
            assertEquals(2, error.getAttempts());
        }
    }

    @Test
    void aConnectionThatBreaks(Sandbox sandbox) throws Exception {
        sandbox.fault("{'on':'portal','times':0,'action':'drop_before_headers'}");
        try (Client client = sandbox.client()) {
            fails(Status.CONNECTION_LOST, "broke", client::pull);
        }
    }

    @Test
    void anAnswerCutShort(Sandbox sandbox) throws Exception {
        sandbox.send("anna", Samples.xml("x"));
        sandbox.fault("{'on':'portal','times':0,'action':{'truncate':{'bytes':1}}}");
        try (Client client = sandbox.client()) {
            fails(Status.TRUNCATED, "broke off", client::pull);
        }
    }

    @Test
    void aPortalThatAsksForLess(Sandbox sandbox) throws Exception {
        sandbox.fault("{'on':'portal','times':0,'action':{'throttle':{}}}");
        try (Client client = sandbox.client()) {
            DmerpException error = fails(Status.THROTTLED, "fewer", client::pull);
            assertEquals(OptionalInt.of(429), error.getHttpStatus());
            assertEquals(3, error.getAttempts());
            assertTrue(error.isRetryable());
            assertEquals(Optional.empty(), error.getRetryAfter());
        }
    }

    @Test
    void aPortalThatSaysHowLongToWait(Sandbox sandbox) throws Exception {
        sandbox.fault(
                "{'on':'portal','times':0,'action':{'throttle':{'retry_after':{'seconds':60}}}}");
        try (Client client = sandbox.client(ONCE)) {
            DmerpException error = fails(Status.THROTTLED, "fewer", client::pull);
            assertEquals(Optional.of(Duration.ofSeconds(60)), error.getRetryAfter());
        }
    }

    @Test
    void anAnswerThatNeverCame(Sandbox sandbox) throws Exception {
        sandbox.fault("{'on':'storage','times':0,'action':'drop_before_headers'}");
        try (Client client = sandbox.client(ONCE)) {
            DmerpException error =
                    fails(
                            Status.CONNECTION_LOST,
                            "broke",
                            () -> client.push("anna", Samples.xml("x")));
            assertTrue(error.isOutcomeUnknown());
            assertTrue(error.getPacketId().isPresent());
        }
    }

    @Test
    void aStorageThatFails(Sandbox sandbox) throws Exception {
        sandbox.fault("{'on':'storage','times':0,'action':{'status':{'code':503}}}");
        try (Client client = sandbox.client()) {
            DmerpException error =
                    fails(
                            Status.SERVER_ERROR,
                            "erp-1",
                            () ->
                                    client.push(
                                            "anna",
                                            Samples.xml("x"),
                                            PushOptions.xml().packetId("erp-1")));
            assertEquals(Optional.of("erp-1"), error.getPacketId());
            assertEquals(4, error.getAttempts());
            assertEquals(List.of(), error.getResults());
        }
    }

    @Test
    void aPacketThatIsGone(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client()) {
            DmerpException error =
                    fails(
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
            fails(Status.STORAGE_REFUSED, "expired", () -> client.download(url));
        }
    }

    @Test
    void aSignInPage(Sandbox sandbox) throws Exception {
        sandbox.fault("{'on':'portal','times':0,'action':'html'}");
        try (Client client = sandbox.client()) {
            fails(Status.BAD_ANSWER, "HTML", client::check);
        }
    }

    @Test
    void aPacketBeyondTheLimit(Sandbox sandbox) throws Exception {
        String url = sandbox.send("anna", Samples.binary(5000)).get("url").getAsString();
        try (Client client = sandbox.client(config -> config.maxMemoryBytes(4999))) {
            fails(Status.TOO_LARGE, "max_memory_bytes", () -> client.download(url));
        }
    }

    @Test
    void aFileThatIsNotThere(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client()) {
            Path none = Path.of("/no/such");
            fails(Status.FILE_ERROR, none.toString(), () -> client.push("anna", none));
        }
    }

    @Test
    void anOptionThatIsMissing(Sandbox sandbox) throws Exception {
        refuses("app_area", () -> new Client(new Config()).close());
    }

    @Test
    void textThatCannotBeSent(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client()) {
            refuses("mobileUser", () -> client.push("an\0na", Samples.xml("x")));
            refuses(
                    "packetId",
                    () -> client.push("anna", Samples.xml("x"), PushOptions.xml().packetId("a\0")));
            refuses("url", () -> client.download("half \ud83d a pair"));
            refuses("receipt", () -> client.done(List.of(new Receipt("a", "\0"))));
        }
        assertEquals(0, sandbox.requests().size());
    }

    /** It is the portal's mistake, so what receives packets must be able to go on. */
    @Test
    void aListedUrlOrReceiptThatCannotBeSent(Sandbox sandbox) throws Exception {
        String url = "x".repeat(16 * 1024 + 1);
        sandbox.fault(
                "{'on':'portal','action':{'status':{'code':200,'content_type':'application/json','body':'"
                        + ("[{\\'id\\':\\'1\\',\\'receiptHandle\\':\\'h\\',\\'url\\':\\'" + url)
                        + "\\'}]'}}}");
        try (Client client = sandbox.client()) {
            String listed =
                    client.pull(PacketKind.PACKET, Format.JSON, new CallOptions()).get(0).getUrl();
            assertEquals(url, listed);
            for (Executable verb :
                    List.<Executable>of(
                            () -> client.link(listed),
                            () -> client.download(listed),
                            () -> client.download(listed, Path.of("x")),
                            () -> client.download(listed, OutputStream.nullOutputStream()),
                            () -> client.done(List.of(new Receipt("1", ""))))) {
                fails(Status.INVALID_ARGUMENT, "", verb);
            }
        }
    }

    @Test
    void areCaughtAsJavaExpects(Sandbox sandbox) throws Exception {
        Client client = sandbox.client(config -> config.apiKey("wrong"));
        assertThrows(IOException.class, client::check);
        assertThrows(DmerpException.class, client::check);
        assertThrows(IllegalArgumentException.class, () -> client.link("\0"));
        Exception mistake =
                assertThrows(
                        IllegalArgumentException.class, () -> client.push("", Samples.xml("x")));
        assertEquals(Status.INVALID_ARGUMENT, ((DmerpException) mistake.getCause()).getStatus());
        client.close();
        assertThrows(IllegalStateException.class, client::check);
        assertThrows(NullPointerException.class, () -> new Client(null));
    }
}
