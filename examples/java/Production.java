import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.dmerp.CallOptions;
import org.dmerp.Cancellation;
import org.dmerp.Client;
import org.dmerp.Config;
import org.dmerp.Dmerp;
import org.dmerp.DmerpException;
import org.dmerp.Format;
import org.dmerp.Left;
import org.dmerp.LogLevel;
import org.dmerp.Mistake;
import org.dmerp.Outgoing;
import org.dmerp.PacketKind;
import org.dmerp.PacketReader;
import org.dmerp.PacketRecord;
import org.dmerp.PacketWriter;
import org.dmerp.ProgressListener;
import org.dmerp.PushOptions;
import org.dmerp.PushResult;
import org.dmerp.Received;
import org.dmerp.Receiver;
import org.dmerp.Status;
import org.dmerp.Summary;

/**
 * A night job: makes one synchronization packet of an ERP's master data, pushes it to several mobile users, and receives what
 * mobile users sent. pom.xml beside this file builds it. {@code received} is an existing folder:
 *
 * <pre>
 *     DMERP_APP_AREA=DMDEV01 DMERP_API_KEY=... java -cp ... Production ../data SOFIA01,SOFIA02 received
 * </pre>
 *
 * <p>DMERP_BASE_URL and DMERP_CA_FILE name another portal, and a CA to trust. Exit code: 0 when everything was done and no packet
 * was left in the queue, 1 when not, 2 for wrong arguments. Ctrl-C and SIGTERM end it in good order, with Java's exit code for
 * them (130, 143): what was received is marked done.
 */
public final class Production {
    public static void main(String[] arguments) {
        if (arguments.length != 3) {
            System.err.println("usage: Production DATA_FOLDER MOBILE_USERS FOLDER");
            System.exit(2);
        }
        Cancellation cancellation = new Cancellation();
        CountDownLatch ended = new CountDownLatch(1);
        Runnable onExit =
                () -> {
                    cancellation.cancel(); // what runs ends, and what follows fails at once
                    try {
                        ended.await();
                    } catch (InterruptedException hurry) {
                        Thread.currentThread().interrupt();
                    }
                };
        Runtime.getRuntime().addShutdownHook(new Thread(onExit));
        CallOptions options = new CallOptions().cancellation(cancellation).progress(seldom());
        boolean good = attempt(() -> run(options, Paths.get(arguments[0]), arguments[1], Paths.get(arguments[2])));
        good &= attempt(() -> Dmerp.liveHandles() == 0
                        || tell(new IllegalStateException(Dmerp.liveHandles() + " handles were not freed")));
        System.out.println(good ? "all done" : "not all done");
        ended.countDown();
        System.exit(good ? 0 : 1);
    }

    private static boolean run(CallOptions options, Path data, String users, Path folder) throws IOException {
        Config config = new Config();
        for (String option : new String[] {"app_area", "api_key", "base_url", "tls.ca_file"}) {
            String value = System.getenv("DMERP_" + option.replace("tls.", "").toUpperCase(Locale.ROOT));
            if (value != null) {
                config.set(option, value);
            }
        }
        config.log(LogLevel.WARNING, (level, message) -> System.err.println("dmerp: " + message));
        try (Client erp = new Client(config)) {
            erp.check(options);
            // A failure of one part does not keep the others from their work.
            return attempt(() -> push(erp, options, makePacket(data), users.split(",")))
                    & attempt(() -> receive(erp, options, PacketKind.PACKET, folder))
                    & attempt(() -> receive(erp, options, PacketKind.FILE, folder));
        }
    }

    private static boolean attempt(Callable<Boolean> part) {
        try {
            return part.call();
        } catch (Exception | LinkageError failure) {
            return tell(failure);
        }
    }

    private static boolean tell(Throwable failure) {
        // Of a call that was cancelled, the cause tells more.
        Throwable told = failure.getCause() instanceof DmerpException ? failure.getCause() : failure;
        Object status = told instanceof DmerpException ? ((DmerpException) told).getStatus() : told.getClass().getSimpleName();
        System.err.println("failed: " + status + ": " + told.getMessage());
        return false;
    }

    /** Shows the progress, at most a line each 5 seconds. */
    private static ProgressListener seldom() {
        long[] shown = {System.nanoTime()};
        return progress -> {
            if (System.nanoTime() - shown[0] >= 5_000_000_000L) {
                shown[0] = System.nanoTime();
                System.out.println("    " + progress.getPackets() + " packets so far");
            }
        };
    }

    private static boolean push(Client erp, CallOptions options, byte[] packet, String[] users) throws IOException {
        List<Outgoing> packets = new ArrayList<>();
        for (String user : users) {
            String id = makePacketId(user, packet);
            System.out.println("push: packet " + id + " of " + packet.length + " bytes to " + user);
            packets.add(new Outgoing(user, packet, PushOptions.xml().packetId(id)));
        }
        boolean good = true;
        for (PushResult result : erp.pushMany(packets, options)) {
            if (result.isStored()) {
                System.out.println("push: stored " + result.getPushed().get().getPacketId());
            } else {
                good = tell(result.getFailure().get());
            }
        }
        return good;
    }

    private static boolean receive(Client erp, CallOptions options, PacketKind kind, Path folder) {
        String run = kind.name().toLowerCase(Locale.ROOT) + "-" + System.currentTimeMillis();
        try (Receiver receiver = erp.receive(kind, Format.XML)) {
            boolean good = attempt(() -> receiveAll(receiver, options, kind, folder.resolve(run).toString()));
            Summary summary = receiver.summary(); // marks at the portal what is done, also after a failure
            for (Left left : summary.getLeft()) {
                String status = left.getStatus() == Status.OK ? "" : left.getStatus() + ": "; // a kept one has none
                System.err.println("left: " + left.getId().orElse("?") + ": " + status + left.getReason());
            }
            return good && summary.getLeftCount() == 0;
        }
    }

    /** Nothing that came from outside is part of a file's name. */
    private static boolean receiveAll(Receiver receiver, CallOptions options, PacketKind kind, String names) throws IOException {
        int number = 0;
        for (Received packet; (packet = receiver.next(options)) != null; ) {
            Map<String, Integer> counts = new TreeMap<>();
            if (kind == PacketKind.PACKET && !takeRecords(packet, counts)) {
                continue; // it holds up no other; the summary tells why it was kept
            }
            Path file = Paths.get(String.format(Locale.ROOT, "%s-%04d", names, ++number));
            packet.saveAs(file);
            packet.done(); // only now that its records were read, and it is on the disk
            String user = packet.getMobileUser().orElse("?");
            long size = packet.getSize().getAsLong();
            System.out.println("receive: packet " + packet.getId() + " of " + user + ": " + size + " bytes in " + file);
            counts.forEach((table, count) -> System.out.println("receive: " + count + " records of " + table));
        }
        return true;
    }

    /** Here an ERP books what mobile users sent; this counts it. False of a packet that cannot be read whole, which is kept. */
    private static boolean takeRecords(Received packet, Map<String, Integer> counts) {
        try (PacketReader reader = packet.read()) {
            for (PacketRecord record; (record = reader.next()) != null; ) {
                counts.merge(record.getTable(), 1, Integer::sum); // record.get("NO"), record.getDecimal("QUANTITY") and so on
            }
            if (reader.getSkipped() == 0) {
                return true;
            }
            packet.keep("unknown elements were skipped: " + reader.getSkipped());
        } catch (IOException unreadable) { // the packet breaks off, or a value is not what it should be
            packet.keep(unreadable.getMessage());
        }
        return false;
    }

    /**
     * The id follows from user, day and content (FNV-1a): a job that runs again the same day pushes the same packet under the same
     * id, and the portal knows it for the same. An ERP with a document number uses that.
     */
    private static String makePacketId(String user, byte[] packet) {
        long hash = 0xcbf29ce484222325L;
        for (byte[] part : new byte[][] {user.getBytes(StandardCharsets.UTF_8), packet}) {
            for (byte b : part) {
                hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
            }
        }
        return String.format(Locale.ROOT, "masterdata-%s-%016x", LocalDate.now(ZoneOffset.UTC), hash);
    }

    /** The packet is for several mobile users, so it names none. An empty value of a CSV file is a null, which is left out. */
    private static byte[] makePacket(Path data) throws IOException {
        try (PacketWriter packet = new PacketWriter().state(true)) {
            for (String table : new String[] {"CUSTOMERS", "ITEMS", "PRICES", "VISITS"}) {
                packet.table(table);
                packet.csv(data.resolve(table.toLowerCase(Locale.ROOT) + ".csv"));
            }
            byte[] content = packet.content();
            List<Mistake> mistakes = PacketReader.check(content);
            if (!mistakes.isEmpty()) {
                mistakes.forEach(mistake -> System.err.println("mistake: " + mistake));
                throw new IOException("the packet has mistakes, so it is not pushed");
            }
            System.out.println("push: packet of " + packet.getCount() + " records, " + content.length + " bytes");
            return content;
        }
    }
}
