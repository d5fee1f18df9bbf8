package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;

@ExtendWith(WithSandbox.class)
class ClosingTest {
    @Test
    void twiceIsHarmlessAndUseAfterwardsAnError(Sandbox sandbox) throws Exception {
        Client client = sandbox.client();
        client.close();
        client.close();
        for (Executable verb :
                List.<Executable>of(
                        client::check,
                        client::pull,
                        () -> client.push("anna", Samples.xml("x")),
                        () -> client.link("x"),
                        () -> client.download("x"),
                        () -> client.done(List.of()))) {
            IllegalStateException closed = assertThrows(IllegalStateException.class, verb);
            assertEquals("this Client was closed", closed.getMessage());
        }
    }

    @Test
    void waitsForNoCallAndCutsNoneOff(Sandbox sandbox) throws Exception {
        Gate gate = new Gate();
        Client client = sandbox.client();
        CallOptions options = new CallOptions().progress(progress -> gate.pass());
        Background push =
                new Background(
                        () ->
                                client.push(
                                        "anna",
                                        Samples.binary(500_000),
                                        PushOptions.xml(),
                                        options));
        gate.awaitCall();
        client.close();
        assertThrows(IllegalStateException.class, client::check);
        gate.open();
        assertNull(push.end());
        assertEquals(0, Dmerp.liveHandles());
    }

    @Test
    void inACallbackIsGoodToo(Sandbox sandbox) throws Exception {
        byte[] content = Samples.binary(500_000);
        String url = sandbox.send("anna", content).get("url").getAsString();
        Client client = sandbox.client();
        CallOptions options = new CallOptions().progress(progress -> client.close());
        assertArrayEquals(content, client.download(url, options));
        assertThrows(IllegalStateException.class, client::check);
        assertEquals(0, Dmerp.liveHandles());
    }

    @Test
    void whileManyThreadsCallNeitherCrashesNorHangs(Sandbox sandbox) throws Exception {
        for (int round = 0; round < 10; round++) {
            Client client = sandbox.client();
            Background[] callers = new Background[4];
            for (int i = 0; i < callers.length; i++) {
                callers[i] =
                        new Background(
                                () -> {
                                    for (int call = 0; call < 10_000; call++) {
                                        client.check();
                                    }
                                });
            }
            sandbox.awaitRequest();
            client.close();
            for (Background caller : callers) {
                assertInstanceOf(IllegalStateException.class, caller.end());
            }
            assertEquals(0, Dmerp.liveHandles());
            sandbox.reset();
        }
    }

    @Test
    void aFailedConstructorLeavesNothing() throws Exception {
        Config config = new Config().timeoutIdle(Duration.ofSeconds(1));
        assertThrows(IllegalArgumentException.class, () -> new Client(config));
        assertEquals(0, Dmerp.liveHandles());
    }
}
