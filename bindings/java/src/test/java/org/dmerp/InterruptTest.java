package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(WithSandbox.class)
class InterruptTest {
    private static final Predicate<JsonObject> STORAGE =
            request -> request.get("listener").getAsString().equals("storage");

    @Test
    void endsAVerbThatWaits(Sandbox sandbox, @TempDir Path folder) throws Exception {
        String url = sandbox.send("anna", Samples.binary(10_000)).get("url").getAsString();
        try (Client client = sandbox.client()) {
            List<Background.Body> verbs =
                    List.of(
                            client::check,
                            client::pull,
                            () -> client.done(List.of(new Receipt("1", "h"))),
                            () -> client.push("anna", Samples.xml("x")),
                            () -> client.link(url),
                            () -> client.download(url, new CallOptions()));
            for (Background.Body verb : verbs) {
                interrupt(
                        sandbox,
                        "{'on':'portal','times':0,'action':'hang'}",
                        request -> true,
                        verb);
            }
            interrupt(
                    sandbox,
                    "{'on':'storage','times':0,'action':{'stall':{'bytes':100}}}",
                    STORAGE,
                    () -> client.download(url, folder.resolve("x")));
            interrupt(
                    sandbox,
                    "{'on':'portal','times':0,'action':{'throttle':{'retry_after':{'seconds':60}}}}",
                    request -> true,
                    client::check);
            sandbox.clearFaults();
            client.check();
        }
        assertEquals(0, folder.toFile().list().length);
    }

    private static void interrupt(
            Sandbox sandbox, String fault, Predicate<JsonObject> waits, Background.Body verb)
            throws Exception {
        sandbox.clearFaults();
        sandbox.fault(fault);
        int before = sandbox.lastRequest();
        Background running = new Background(verb);
        sandbox.await(request -> request.get("seq").getAsInt() > before && waits.test(request));
        running.interrupt();
        Throwable thrown = assertInstanceOf(InterruptedIOException.class, running.end());
        DmerpException details = assertInstanceOf(DmerpException.class, thrown.getCause());
        assertEquals(Status.CANCELLED, details.getStatus());
        assertTrue(running.interruptFlag());
    }

    @Test
    void endsAVerbBeforeItBegins(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client()) {
            Thread.currentThread().interrupt();
            assertThrows(InterruptedIOException.class, client::check);
            assertTrue(Thread.interrupted(), "the flag is set still");
            assertEquals(0, sandbox.requests().size());
            client.check();
        }
    }
}
