package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;

@ExtendWith(WithSandbox.class)
class NullTest {
    private static final byte[] CONTENT = Samples.xml("x");

    private static void names(String argument, Executable call) {
        assertEquals(argument, assertThrows(NullPointerException.class, call).getMessage());
    }

    @Test
    void isNamedByEveryVerb(Sandbox sandbox) throws Exception {
        try (Client client = sandbox.client()) {
            names("mobileUser", () -> client.push(null, CONTENT));
            names("content", () -> client.push("anna", (byte[]) null));
            names("content", () -> client.push("anna", (Path) null));
            names("content", () -> client.push("anna", (InputStream) null));
            names("options", () -> client.push("anna", CONTENT, null));
            names("options", () -> client.push("anna", Path.of("x"), null));
            names("options", () -> client.push("anna", InputStream.nullInputStream(), null));
            names("packetId", () -> PushOptions.xml().packetId(null));
            names("kind", () -> client.pull(null));
            names("format", () -> client.pull(PacketKind.FILE, null, new CallOptions()));
            names("url", () -> client.link(null));
            names("url", () -> client.download(null));
            names("to", () -> client.download("x", (Path) null));
            names("to", () -> client.download("x", (OutputStream) null));
            names("receipts", () -> client.done(null));
            names("a receipt", () -> client.done(Collections.singleton(null)));
            names("kind", () -> client.done(List.of(), null));
            names("format", () -> client.done(List.of(), PacketKind.FILE, null, new CallOptions()));
            names("call", () -> client.check(null));
            names("packets", () -> client.pushMany(null));
            names("a packet", () -> client.pushMany(Collections.singletonList(null)));
            names("call", () -> client.pushMany(List.of(), null));
            names("kind", () -> client.receive(null));
            names("format", () -> client.receive(PacketKind.FILE, null));
            try (Receiver receiver = client.receive()) {
                names("call", () -> receiver.next(null));
            }
        }
        names("config", () -> new Client(null));
        names("mobileUser", () -> new Outgoing(null, CONTENT, PushOptions.xml()));
        names("content", () -> new Outgoing("anna", (byte[]) null, PushOptions.xml()));
        names("content", () -> new Outgoing("anna", (Path) null, PushOptions.xml()));
        names("options", () -> new Outgoing("anna", CONTENT, null));
        assertEquals(0, sandbox.requests().size());
    }

    @Test
    void isNamedBySettings() throws Exception {
        Config config = new Config();
        CallOptions options = new CallOptions();
        names("the value of app_area", () -> config.appArea(null));
        names("key", () -> config.get(null));
        names("format", () -> config.format(null));
        names("roots", () -> config.tlsRoots(null));
        names("file", () -> config.tlsCaFile(null));
        names("folder", () -> config.tempDir(null));
        names("limit", () -> config.timeoutIdle(null));
        names("wait", () -> config.retryBase(null));
        names("minimum", () -> config.log(null, (level, message) -> {}));
        names("listener", () -> config.log(LogLevel.ERROR, null));
        names("timeout", () -> options.timeout(null));
        names("listener", () -> options.progress(null));
        names("cancellation", () -> options.cancellation(null));
    }

    @Test
    void isNamedByPackets(Sandbox sandbox) throws Exception {
        Map<String, String> none = Map.of();
        try (Client client = sandbox.client();
                PacketWriter packet = new PacketWriter(null)) {
            names("packet", () -> client.push((PacketWriter) null));
            names("mobileUser", () -> client.push(null, packet));
            names("options", () -> client.push(packet, null));
            names("name", () -> packet.attribute(null, "x"));
            names("value", () -> packet.attribute("x", null));
            names("name", () -> packet.table(null));
            names("rowId", () -> packet.table("ITEMS", null));
            names("zone", () -> packet.timeZone(null));
            names("converter", () -> packet.converter(null));
            names("folder", () -> packet.tempDir(null));
            names("fields", () -> packet.record(null));
            names("status", () -> packet.record(none, null));
            names("fields", () -> packet.record(null, RecordStatus.INSERT, none, null));
            names("status", () -> packet.record(none, null, none, null));
            names("rows", () -> packet.records((ResultSet) null));
            names("rows", () -> packet.records((List<Map<String, String>>) null));
            names("file", () -> packet.csv(null));
        }
        names("file", () -> PacketWriter.toFile(null));
        names("content", () -> new PacketReader((byte[]) null));
        names("file", () -> new PacketReader((Path) null));
        names("content", () -> PacketReader.check(null));
        names("file", () -> PacketReader.checkFile(null));
    }
}
