// dmerp from Java.
//
//     DmerpJava receive COUNT | push COUNT SIZE | list COUNT TIMES

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.dmerp.Client;
import org.dmerp.Config;
import org.dmerp.Outgoing;
import org.dmerp.Packet;
import org.dmerp.PushOptions;
import org.dmerp.PushResult;
import org.dmerp.Received;
import org.dmerp.Receiver;

final class DmerpJava {
    private static String setting(String name) {
        String value = System.getenv(name);
        if (value == null) {
            throw new IllegalStateException(name + " is not set");
        }
        return value;
    }

    private static Client makeClient() {
        Config config = new Config().appArea(setting("DMERP_APP_AREA")).apiKey(setting("DMERP_API_KEY"));
        return new Client(config.baseUrl(setting("DMERP_BASE_URL")));
    }

    private static long[] receive(Client erp) throws Exception {
        long count = 0;
        long total = 0;
        try (Receiver receiver = erp.receive()) {
            for (Received packet : receiver) {
                Optional<Path> file = packet.path();
                long size = file.isPresent() ? Files.size(file.get()) : packet.content().length;
                if (size != packet.getSize().getAsLong()) {
                    throw new IllegalStateException(size + " bytes instead of " + packet.getSize());
                }
                count++;
                total += size;
                packet.done();
            }
            long marked = receiver.summary().getMarked();
            if (marked != count) {
                throw new IllegalStateException(marked + " packets are marked");
            }
        }
        return new long[] {count, total};
    }

    private static long[] push(Client erp, int count, int size) throws Exception {
        byte[] content = new byte[size];
        Arrays.fill(content, (byte) 'x');
        List<Outgoing> packets = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            packets.add(new Outgoing("user" + number, content, PushOptions.xml()));
        }
        for (PushResult result : erp.pushMany(packets)) {
            if (!result.isStored()) {
                throw result.getFailure().get();
            }
        }
        return new long[] {count, (long) count * size};
    }

    private static long[] list(Client erp, int times) throws Exception {
        long count = 0;
        long total = 0;
        for (int time = 0; time < times; time++) {
            List<Packet> packets = erp.pull();
            count += packets.size();
            for (Packet packet : packets) {
                total += packet.getSize().orElse(0);
            }
        }
        return new long[] {count, total};
    }

    public static void main(String[] arguments) throws Exception {
        int count = Integer.parseInt(arguments[1]);
        int more = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 0;
        long expected = count;
        long[] handled;
        try (Client erp = makeClient()) {
            switch (arguments[0]) {
                case "receive":
                    handled = receive(erp);
                    break;
                case "push":
                    handled = push(erp, count, more);
                    break;
                default:
                    handled = list(erp, more);
                    expected *= more;
            }
        }
        if (handled[0] != expected) {
            System.err.println(handled[0] + " packets instead of " + expected);
            System.exit(1);
        }
        System.out.println("{\"packets\": " + handled[0] + ", \"bytes\": " + handled[1] + "}");
    }
}
