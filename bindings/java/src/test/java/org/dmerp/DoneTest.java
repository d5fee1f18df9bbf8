package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(WithSandbox.class)
class DoneTest {
    @Test
    void marksTheNamedPacketsOnly(Sandbox sandbox) throws Exception {
        for (Format format : Format.values()) {
            sandbox.reset();
            String odd = "Αθήνα 🚚 <a>&\"'";
            sandbox.send(
                    "anna",
                    Samples.xml("1"),
                    "&id=" + URLEncoder.encode(odd, StandardCharsets.UTF_8));
            sandbox.send("anna", Samples.xml("2"), "&id=kept");
            try (Client client = sandbox.client()) {
                List<Packet> packets = client.pull();
                assertEquals(odd, packets.get(0).getId());
                client.done(
                        List.of(packets.get(0).getReceipt()),
                        PacketKind.PACKET,
                        format,
                        new CallOptions());
            }
            assertEquals(1, sandbox.waiting().size());
            assertEquals(
                    "kept", sandbox.waiting().get(0).getAsJsonObject().get("id").getAsString());
        }
    }

    @Test
    void takesReceiptsThatWereKeptAsText(Sandbox sandbox) throws Exception {
        sandbox.send("anna", Samples.xml("1"));
        try (Client client = sandbox.client()) {
            Packet packet = client.pull().get(0);
            client.done(List.of(new Receipt(packet.getId(), packet.getReceiptHandle())));
        }
        assertEquals(0, sandbox.waiting().size());
    }

    @Test
    void tellsAStaleReceiptHandleInThePortalsWords(Sandbox sandbox) throws Exception {
        sandbox.send("anna", Samples.xml("1"));
        try (Client client = sandbox.client()) {
            Receipt receipt = client.pull().get(0).getReceipt();
            sandbox.showHidden();
            client.pull();
            DmerpException stale =
                    assertThrows(DmerpException.class, () -> client.done(List.of(receipt)));
            assertEquals(Status.REJECTED, stale.getStatus());
            assertTrue(stale.getServerMessage().isPresent());
        }
        assertEquals(1, sandbox.waiting().size());
    }

    @Test
    void tellsOfEachReceiptWhatBecameOfIt(Sandbox sandbox) throws Exception {
        sandbox.send("anna", Samples.xml("1"));
        sandbox.send("anna", Samples.xml("2"));
        try (Client client = sandbox.client(config -> config.doneBatch(1))) {
            Receipt good = client.pull().get(0).getReceipt();
            Receipt bad = new Receipt("nobody's", "stale");
            DmerpException failure =
                    Samples.fails(Status.REJECTED, () -> client.done(List.of(good, bad, bad)));
            List<DmerpException> results = failure.getResults();
            assertEquals(3, results.size());
            assertNull(results.get(0));
            assertEquals(Status.REJECTED, results.get(1).getStatus());
            assertEquals(Status.REJECTED, results.get(2).getStatus());
            assertTrue(results.get(2).getServerMessage().isPresent());
            assertThrows(UnsupportedOperationException.class, () -> results.set(0, failure));
        }
        assertEquals(1, sandbox.waiting().size());
    }

    @Test
    void tellsWhatIsMarkedWhenItIsCancelled(Sandbox sandbox) throws Exception {
        sandbox.send("anna", Samples.xml("1"));
        sandbox.send("anna", Samples.xml("2"));
        Cancellation cancellation = new Cancellation();
        CallOptions options = new CallOptions().cancellation(cancellation);
        try (Client client = sandbox.client(config -> config.doneBatch(1))) {
            List<Receipt> receipts =
                    client.pull().stream().map(Packet::getReceipt).collect(Collectors.toList());
            sandbox.fault("{'on':'portal','skip':1,'times':0,'action':'hang'}");
            Background done =
                    new Background(
                            () ->
                                    client.done(
                                            receipts, PacketKind.PACKET, Format.DEFAULT, options));
            sandbox.await(request -> !request.get("fault").isJsonNull());
            cancellation.cancel();
            Throwable cancelled = assertInstanceOf(CancellationException.class, done.end());
            List<DmerpException> results = ((DmerpException) cancelled.getCause()).getResults();
            assertEquals(2, results.size());
            assertNull(results.get(0));
            assertEquals(Status.CANCELLED, results.get(1).getStatus());
        }
    }

    @Test
    void makesNoRequestForNothing(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client()) {
            client.done(Collections.emptyList());
            assertThrows(NullPointerException.class, () -> client.done(null));
            assertThrows(
                    NullPointerException.class, () -> client.done(Arrays.asList((Receipt) null)));
            assertThrows(NullPointerException.class, () -> new Receipt("id", null));
        }
        assertEquals(0, sandbox.requests().size());
    }
}
