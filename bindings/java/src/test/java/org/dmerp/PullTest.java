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
            try (Client client = sandbox.client();
                    Packets packets = client.pull(PacketKind.PACKET, format)) {
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
        try (Client client = sandbox.client();
                Packets packets = client.pull()) {
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
        sandbox.fault(
                "{'on':'portal','action':{'status':{'code':200,'content_type':'application/json','body':'"
                        + list.replace("'", "\\'")
                        + "'}}}");
        try (Client client = sandbox.client();
                Packets packets = client.pull(PacketKind.PACKET, Format.JSON)) {
            assertEquals(Optional.of("ен"), packets.otherField(0, "нов"));
            assertEquals(Optional.of("7"), packets.otherField(0, "n"));
            assertEquals(Optional.empty(), packets.otherField(1, "n"));
            assertThrows(IndexOutOfBoundsException.class, () -> packets.otherField(2, "n"));
            assertThrows(InvalidArgumentException.class, () -> packets.otherField(0, "n\0n"));
        }
    }

    @Test
    void isAListThatCannotBeChanged(Sandbox sandbox) throws Exception {
        for (int i = 0; i < 3; i++) {
            sandbox.send("user" + i, Samples.xml("x"));
        }
        try (Client client = sandbox.client();
                Packets packets = client.pull()) {
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
            assertEquals("Packets[size=3]", packets.toString());
        }
    }

    @Test
    void isNoListAfterItIsClosedButItsPacketsStayGood(Sandbox sandbox) throws Exception {
        sandbox.send("anna", Samples.xml("x"));
        try (Client client = sandbox.client()) {
            Packets packets = client.pull();
            Packet packet = packets.get(0);
            packets.close();
            packets.close();
            assertThrows(InvalidHandleException.class, packets::size);
            assertThrows(InvalidHandleException.class, () -> packets.get(0));
            assertThrows(InvalidHandleException.class, () -> packets.otherField(0, "n"));
            assertEquals("Packets[closed]", packets.toString());
            assertEquals(Optional.of("anna"), packet.getMobileUser());
        }
    }

    @Test
    void hasNothingOfAnEmptyQueue(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client();
                Packets packets = client.pull()) {
            assertEquals(Collections.emptyList(), packets);
        }
    }

    @Test
    void hasAListOfItsOwnForFiles(Sandbox sandbox) throws Exception {
        JsonObject photo = sandbox.send("anna", Samples.binary(1000), "&queue=file");
        try (Client client = sandbox.client();
                Packets packets = client.pull();
                Packets files = client.pull(PacketKind.FILE)) {
            assertTrue(packets.isEmpty());
            assertEquals(photo.get("id").getAsString(), files.get(0).getId());
            client.done(List.of(files.get(0).getReceipt()), PacketKind.FILE);
        }
        assertEquals(0, sandbox.waiting().size());
    }

    @Test
    void listsAndMarksTenThousand(Sandbox sandbox) throws Exception {
        sandbox.send("anna", Samples.xml("x"), "&count=10000");
        try (Client client = sandbox.client();
                Packets packets = client.pull()) {
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
