import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.Paths;
import org.dmerp.Client;
import org.dmerp.Config;
import org.dmerp.PushOptions;
import org.dmerp.Received;
import org.dmerp.Receiver;

/**
 * The shortest useful program: sends a packet to a mobile user, then receives what mobile users sent.
 *
 * <pre>
 *     DMERP_APP_AREA=DMDEV01 DMERP_API_KEY=... java -cp ... Quickstart ../data/packet.xml SOFIA01 received
 * </pre>
 *
 * <p>The last argument is an existing folder. DMERP_BASE_URL names the portal, if it is not the public one.
 */
public final class Quickstart {
    public static void main(String[] arguments) {
        if (arguments.length != 3) {
            System.err.println("usage: Quickstart PACKET_FILE MOBILE_USER FOLDER");
            System.exit(2);
        }
        try {
            run(Paths.get(arguments[0]), arguments[1], Paths.get(arguments[2]));
        } catch (IOException | RuntimeException failure) {
            System.err.println("failed: " + failure.getMessage());
            System.exit(1);
        }
    }

    private static void run(Path packetFile, String mobileUser, Path folder) throws IOException {
        Config config = new Config().appArea(System.getenv("DMERP_APP_AREA")).apiKey(System.getenv("DMERP_API_KEY"));
        if (System.getenv("DMERP_BASE_URL") != null) {
            config.baseUrl(System.getenv("DMERP_BASE_URL"));
        }
        try (Client erp = new Client(config)) {
            System.out.println("pushed " + erp.push(mobileUser, packetFile, PushOptions.xml()).getPacketId());

            try (Receiver receiver = erp.receive()) {
                int number = 0;
                for (Received packet : receiver) {
                    long now = System.currentTimeMillis() / 1000;
                    Path file = folder.resolve("received-" + now + "-" + ++number + ".xml");
                    packet.saveAs(file);
                    packet.done(); // only now that it is on the disk; without this it stays in the queue
                    System.out.println("received " + file);
                }
                long left = receiver.summary().getLeftCount(); // this closes the receiver, which marks what is done
                if (left > 0) {
                    throw new IOException(left + " packets are left in the queue");
                }
            }
        }
    }
}
