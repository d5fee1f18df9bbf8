// Packets by dmerp, from Java.
//
//     DmerpPackets write TEXTS PACKET COUNT | read PACKET

import java.nio.file.Path;
import java.util.Map;
import org.dmerp.PacketReader;
import org.dmerp.PacketRecord;
import org.dmerp.PacketWriter;

final class DmerpPackets {
    private static long write(Rows rows, String path) throws Exception {
        try (PacketWriter packet = PacketWriter.toFile(Path.of(path), "SOFIA01")) {
            packet.table("ITEMS");
            long count = packet.records(rows);
            packet.finish();
            return count;
        }
    }

    private static long[] read(String path) throws Exception {
        long count = 0;
        long length = 0;
        try (PacketReader packet = new PacketReader(Path.of(path))) {
            for (PacketRecord record : packet) {
                count++;
                for (Map.Entry<String, String> field : record.getFields().entrySet()) {
                    length += field.getKey().length() + field.getValue().length();
                }
            }
        }
        return new long[] {count, length};
    }

    public static void main(String[] arguments) throws Exception {
        long[] handled = arguments[0].equals("write")
                ? new long[] {write(new Rows(arguments[1], Long.parseLong(arguments[3])), arguments[2]), 0}
                : read(arguments[1]);
        System.out.println("{\"records\": " + handled[0] + ", \"length\": " + handled[1] + "}");
    }
}
