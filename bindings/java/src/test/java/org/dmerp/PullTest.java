package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(WithSandbox.class)
class PullTest {
    @Test
    void listsWhatMobileUsersSentWithEveryField(Sandbox sandbox) throws Exception {
        for (Format format : Format.values()) {
            sandbox.reset();
            String company =
                    URLEncoder.encode("Θάλασσα & Co " + Samples.NAME, StandardCharsets.UTF_8);
            JsonObject sent =
                    sandbox.send(
                            Samples.NAME, Samples.xml("x"), "&appCode=DMS&companyId=" + company);
            try (Client client = sandbox.client()) {
                List<Packet> packets = client.pull(PacketKind.PACKET, format, new CallOptions());
                assertEquals(1, packets.size());
                Packet packet = packets.get(0);
                assertEquals(sent.get("id").getAsString(), packet.getId());
                assertEquals(sent.get("url").getAsString(), packet.getUrl());
                assertFalse(packet.getReceiptHandle().isEmpty());
                assertEquals(
                        new Receipt(packet.getId(), packet.getReceiptHandle()),
                        packet.getReceipt());
                assertEquals(Optional.of(Samples.NAME), packet.getMobileUser());
                assertEquals(Optional.of("Θάλασσα & Co " + Samples.NAME), packet.getCompanyId());
                assertEquals(Optional.of("DMS"), packet.getAppCode());
                assertEquals(Optional.of("data"), packet.getPacketType());
                assertTrue(packet.getOnDate().get().endsWith("Z"));
                assertEquals(OptionalLong.of(8), packet.getSize());
                assertTrue(packet.toString().contains(packet.getId()));
            }
        }
    }

    @Test
    void leavesOutWhatThePortalDidNotTell(Sandbox sandbox) throws Exception {
        sandbox.dialects("{'omit_optional':true}");
        sandbox.send("anna", Samples.xml("x"));
        try (Client client = sandbox.client()) {
            List<Packet> packets = client.pull();
            Packet packet = packets.get(0);
            assertEquals(Optional.empty(), packet.getMobileUser());
            assertEquals(Optional.empty(), packet.getCompanyId());
            assertEquals(Optional.empty(), packet.getAppCode());
            assertEquals(Optional.empty(), packet.getPacketType());
            assertEquals(Optional.empty(), packet.getOnDate());
            assertEquals(OptionalLong.empty(), packet.getSize());
        }
    }

    @Test
    void givesFieldsThatNobodyAnnounced(Sandbox sandbox) throws Exception {
        String list =
                "[{'id':'1','receiptHandle':'h','url':'u','нов':'ен','n':7},{'id':'2','receiptHandle':'h','url':'u'}]";
        sandbox.fault(answer(list));
        try (Client client = sandbox.client()) {
            List<Packet> packets = client.pull(PacketKind.PACKET, Format.JSON, new CallOptions());
            Map<String, String> other = packets.get(0).getOther();
            assertEquals(Map.of("нов", "ен", "n", "7"), other);
            assertEquals(Map.of(), packets.get(1).getOther());
            assertThrows(UnsupportedOperationException.class, () -> other.put("n", "8"));
        }
    }

    @Test
    void isAListThatCannotBeChanged(Sandbox sandbox) throws Exception {
        for (int i = 0; i < 3; i++) {
            sandbox.send("user" + i, Samples.xml("x"));
        }
        try (Client client = sandbox.client()) {
            List<Packet> packets = client.pull();
            List<Packet> copy = new ArrayList<>(packets);
            assertEquals(copy, packets);
            assertEquals(copy.hashCode(), packets.hashCode());
            assertNotEquals(copy.get(0), copy.get(1));
            assertEquals(1, packets.indexOf(copy.get(1)));
            List<String> users =
                    packets.stream()
                            .map(packet -> packet.getMobileUser().get())
                            .collect(Collectors.toList());
            assertEquals(List.of("user0", "user1", "user2"), users);
            assertThrows(IndexOutOfBoundsException.class, () -> packets.get(-1));
            assertThrows(IndexOutOfBoundsException.class, () -> packets.get(3));
            assertThrows(UnsupportedOperationException.class, () -> packets.remove(0));
            assertEquals(copy.toString(), packets.toString());
        }
    }

    @Test
    void staysGoodWhenTheClientIsClosed(Sandbox sandbox) throws Exception {
        sandbox.send("anna", Samples.xml("x"));
        List<Packet> packets;
        try (Client client = sandbox.client()) {
            packets = client.pull();
        }
        assertEquals(0, Dmerp.liveHandles());
        assertEquals(Optional.of("anna"), packets.get(0).getMobileUser());
    }

    @Test
    void tellsTheEntriesThatItCannotRead(Sandbox sandbox) throws Exception {
        String list =
                "[{'id':'1','receiptHandle':'h','url':'u'},{'id':'2','receiptHandle':'h2'},{'id':'3','receiptHandle':'h','url':'u'}]";
        sandbox.fault(answer(list));
        try (Client client = sandbox.client()) {
            PacketList packets = client.pull(PacketKind.PACKET, Format.JSON, new CallOptions());
            assertEquals(
                    List.of("1", "3"),
                    packets.stream().map(Packet::getId).collect(Collectors.toList()));
            assertEquals(1, packets.getUnreadable().size());
            UnreadablePacket entry = packets.getUnreadable().get(0);
            assertEquals(2, entry.getPlace());
            assertTrue(entry.getReason().contains("url"), entry.getReason());
            assertEquals(Optional.of("2"), entry.getId());
            assertEquals(Optional.of("h2"), entry.getReceiptHandle());
            assertEquals(Optional.empty(), entry.getUrl());
            assertTrue(entry.toString().contains(entry.getReason()));
            assertThrows(
                    UnsupportedOperationException.class, () -> packets.getUnreadable().remove(0));
        }
    }

    /** A fault that answers a list; single quotes stand for double ones. */
    private static String answer(String list) {
        return "{'on':'portal','action':{'status':{'code':200,'content_type':'application/json','body':'"
                + list.replace("'", "\\'")
                + "'}}}";
    }

    @Test
    void hasNothingOfAnEmptyQueue(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client()) {
            List<Packet> packets = client.pull();
            assertEquals(Collections.emptyList(), packets);
        }
    }

    @Test
    void hasAListOfItsOwnForFiles(Sandbox sandbox) throws Exception {
        JsonObject photo = sandbox.send("anna", Samples.binary(1000), "&queue=file");
        try (Client client = sandbox.client()) {
            List<Packet> files = client.pull(PacketKind.FILE);
            assertTrue(client.pull().isEmpty());
            assertEquals(photo.get("id").getAsString(), files.get(0).getId());
            client.done(List.of(files.get(0).getReceipt()), PacketKind.FILE);
        }
        assertEquals(0, sandbox.waiting().size());
    }

    @Test
    void listsAndMarksTenThousand(Sandbox sandbox) throws Exception {
        sandbox.send("anna", Samples.xml("x"), "&count=10000");
        try (Client client = sandbox.client()) {
            List<Packet> packets = client.pull();
            assertEquals(10_000, packets.size());
            List<Receipt> receipts =
                    packets.stream()
                            .skip(1)
                            .map(Packet::getReceipt)
                            .distinct()
                            .collect(Collectors.toList());
            assertEquals(9_999, receipts.size());
            client.done(receipts);
            assertEquals(1, sandbox.waiting().size());
        }
    }
}
