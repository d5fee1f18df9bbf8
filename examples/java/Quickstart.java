import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.LinkedHashMap;
import java.util.Map;
import org.dmerp.Client;
import org.dmerp.Config;
import org.dmerp.Format;
import org.dmerp.PacketKind;
import org.dmerp.PacketReader;
import org.dmerp.PacketRecord;
import org.dmerp.PacketWriter;
import org.dmerp.Received;
import org.dmerp.Receiver;

/**
 * The shortest useful program: sends a packet to a mobile user, then receives what mobile users sent.
 *
 * <pre>
 *     DMERP_APP_AREA=DMDEV01 DMERP_API_KEY=... java -cp ... Quickstart SOFIA01 received
 * </pre>
 *
 * <p>The last argument is an existing folder. DMERP_BASE_URL names the portal, if it is not the public one.
 */
public final class Quickstart {
    public static void main(String[] arguments) {
        if (arguments.length != 2) {
            System.err.println("usage: Quickstart MOBILE_USER FOLDER");
            System.exit(2);
        }
        try {
            run(arguments[0], Paths.get(arguments[1]));
        } catch (IOException | RuntimeException failure) {
            System.err.println("failed: " + failure.getMessage());
            System.exit(1);
        }
    }

    private static void run(String mobileUser, Path folder) throws IOException {
        Config config = new Config().appArea(System.getenv("DMERP_APP_AREA")).apiKey(System.getenv("DMERP_API_KEY"));
        if (System.getenv("DMERP_BASE_URL") != null) {
            config.baseUrl(System.getenv("DMERP_BASE_URL"));
        }
        try (Client erp = new Client(config)) {
            try (PacketWriter packet = new PacketWriter(mobileUser)) {
                packet.table("ITEMS", "CODE");
                packet.record(item("I00001", "Sunflower oil, 1 l", "3.49"));
                packet.record(item("I00002", "Кисело мляко 2 %, 400 g", "0.99"));
                packet.record(item("I00003", "Salt & pepper <set>", null)); // it has no price yet
                System.out.println("pushed " + erp.push(packet).getPacketId());
            }

            try (Receiver receiver = erp.receive(PacketKind.PACKET, Format.XML)) {
                int number = 0;
                for (Received packet : receiver) {
                    long now = System.currentTimeMillis() / 1000;
                    Path file = folder.resolve("received-" + now + "-" + ++number + ".xml");
                    int records = 0;
                    try (PacketReader reader = packet.read()) {
                        for (PacketRecord record : reader) {
                            records++; // here an ERP takes record.getTable(), record.get("CODE") and so on
                        }
                    }
                    packet.saveAs(file);
                    packet.done(); // only now that it is read and on the disk; without this it stays in the queue
                    System.out.println("received " + file + ": " + records + " records");
                }
                long left = receiver.summary().getLeftCount(); // this closes the receiver, which marks what is done
                if (left > 0) {
                    throw new IOException(left + " packets are left in the queue");
                }
            }
        }
    }

    private static Map<String, Object> item(String code, String description, String price) {
        Map<String, Object> item = new LinkedHashMap<>();
        item.put("CODE", code);
        item.put("DESCRIPTION", description);
        item.put("UNITPRICE", price == null ? null : new BigDecimal(price)); // a null is left out
        return item;
    }
}
