package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
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
            try (Client client = sandbox.client();
                    Packets packets = client.pull()) {
                assertEquals(odd, packets.get(0).getId());
                client.done(List.of(packets.get(0).getReceipt()), PacketKind.PACKET, format);
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
            String id;
            String receiptHandle;
            try (Packets packets = client.pull()) {
                id = packets.get(0).getId();
                receiptHandle = packets.get(0).getReceiptHandle();
            }
            client.done(List.of(new Receipt(id, receiptHandle)));
        }
        assertEquals(0, sandbox.waiting().size());
    }

    @Test
    void tellsAStaleReceiptHandleInThePortalsWords(Sandbox sandbox) throws Exception {
        sandbox.send("anna", Samples.xml("1"));
        try (Client client = sandbox.client();
                Packets first = client.pull()) {
            sandbox.showHidden();
            client.pull().close();
            RejectedException stale =
                    assertThrows(
                            RejectedException.class,
                            () -> client.done(List.of(first.get(0).getReceipt())));
            assertTrue(stale.getServerMessage().isPresent());
        }
        assertEquals(1, sandbox.waiting().size());
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
