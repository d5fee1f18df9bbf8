import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.dmerp.CallOptions;
import org.dmerp.Cancellation;
import org.dmerp.Client;
import org.dmerp.Config;
import org.dmerp.Dmerp;
import org.dmerp.DmerpException;
import org.dmerp.Format;
import org.dmerp.LogLevel;
import org.dmerp.Packet;
import org.dmerp.PacketKind;
import org.dmerp.PacketList;
import org.dmerp.ProgressListener;
import org.dmerp.PushOptions;
import org.dmerp.Pushed;
import org.dmerp.Receipt;
import org.dmerp.Status;
import org.dmerp.UnreadablePacket;

/**
 * A full round trip with dmerp in Java: makes a synchronization packet of an ERP's master data, pushes it to a mobile user, then
 * pulls what mobile users sent, keeps it safely, and only then marks it done.
 *
 * <p>pom.xml beside this file builds it. Run it with the settings in the environment:
 *
 * <pre>
 *     DMERP_APP_AREA=DMDEV01 DMERP_API_KEY=... java -cp ... Roundtrip ../data SOFIA01 received
 *
 *     DMERP_APP_AREA  the application area          DMERP_BASE_URL  the portal, if it is not the public one
 *     DMERP_API_KEY   the area's API key            DMERP_CA_FILE   a CA to trust beside the platform's
 * </pre>
 *
 * <p>The last argument is an existing folder for what is received. Exit code: 0 when everything was done, 1 when not, 2 for wrong
 * arguments. Ctrl-C ends the call that is running, and so the program, in an orderly way; Java's exit code is 130 then.
 */
public final class Roundtrip {
    private static final String[] TABLES = {"customers", "items", "prices", "visits"};

    private final Client erp;

    /** Of the calls that Ctrl-C ends. */
    private final CallOptions options;

    private final Path received;

    /** Begins the names of the files that this run writes. */
    private final String run = UUID.randomUUID().toString();

    private Roundtrip(Client erp, CallOptions options, Path received) {
        this.erp = erp;
        this.options = options;
        this.received = received;
    }

    // ---- From CSV to a packet ----

    private static byte[] makePacket(Path data, String mobileUser) throws IOException {
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        try {
            XMLStreamWriter xml = XMLOutputFactory.newInstance().createXMLStreamWriter(packet, "UTF-8");
            xml.writeStartDocument("UTF-8", "1.0");
            xml.writeCharacters("\n");
            xml.writeStartElement("NavMobileSync");
            xml.writeAttribute("salesmancode", mobileUser);
            xml.writeCharacters("\n");
            for (String table : TABLES) {
                writeTable(xml, table, readCsv(data.resolve(table + ".csv")));
            }
            xml.writeEndElement();
            xml.writeCharacters("\n");
            xml.writeEndDocument();
            xml.close();
        } catch (XMLStreamException problem) {
            throw new IOException(problem);
        }
        return packet.toByteArray();
    }

    private static void writeTable(XMLStreamWriter xml, String table, List<List<String>> rows) throws XMLStreamException {
        List<String> names = rows.get(0);
        xml.writeStartElement("table");
        xml.writeAttribute("tablename", table.toUpperCase(Locale.ROOT));
        xml.writeCharacters("\n");
        for (List<String> row : rows.subList(1, rows.size())) {
            xml.writeStartElement("r");
            xml.writeAttribute("status", "insert");
            for (int i = 0; i < row.size(); i++) {
                if (!row.get(i).isEmpty()) { // a null is left out
                    writeElement(xml, names.get(i), row.get(i));
                }
            }
            writeElement(xml, "state", "1");
            xml.writeEndElement();
            xml.writeCharacters("\n");
        }
        xml.writeEndElement();
        xml.writeCharacters("\n");
    }

    private static void writeElement(XMLStreamWriter xml, String name, String text) throws XMLStreamException {
        xml.writeStartElement(name);
        xml.writeCharacters(text);
        xml.writeEndElement();
    }

    /** The rows of a CSV file, as RFC 4180 has it; the first holds the fields' names. */
    private static List<List<String>> readCsv(Path file) throws IOException {
        String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        List<List<String>> rows = new ArrayList<>();
        List<String> row = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' && quoted && text.startsWith("\"", i + 1)) {
                field.append('"');
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (quoted || (c != ',' && c != '\n' && c != '\r')) {
                field.append(c);
            } else if (c != '\r') {
                row.add(field.toString());
                field.setLength(0);
                if (c == '\n') {
                    rows.add(row);
                    row = new ArrayList<>();
                }
            }
        }
        for (List<String> one : rows) {
            if (quoted || !row.isEmpty() || one.size() != rows.get(0).size()) {
                throw new IOException(file + " is no CSV, or has rows of different lengths");
            }
        }
        return rows;
    }

    /**
     * The id follows from the user, the day and the content (FNV-1a). So a job that broke off and runs again the same day pushes
     * the same packet under the same id, and the portal knows it for the same. An ERP with a document number would use that.
     */
    private static String makePacketId(String mobileUser, byte[] packet) {
        long hash = 0xcbf29ce484222325L;
        for (byte[] part : new byte[][] {mobileUser.getBytes(StandardCharsets.UTF_8), packet}) {
            for (byte b : part) {
                hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
            }
        }
        String day = LocalDate.now(ZoneOffset.UTC).format(DateTimeFormatter.BASIC_ISO_DATE);
        return String.format(Locale.ROOT, "masterdata-%s-%016x", day, hash);
    }

    // ---- Ctrl-C ----

    /** Cancels calls when the program is told to end, and lets it end in its own time then. */
    private static final class CancelOnExit implements AutoCloseable {
        private final Thread hook;

        CancelOnExit(Cancellation cancellation) {
            Thread caller = Thread.currentThread();
            hook =
                    new Thread(
                            () -> {
                                System.err.println("interrupted");
                                cancellation.cancel();
                                try {
                                    caller.join();
                                } catch (InterruptedException hurry) {
                                    Thread.currentThread().interrupt();
                                }
                            });
            Runtime.getRuntime().addShutdownHook(hook);
        }

        @Override
        public void close() {
            if (!exiting()) {
                Runtime.getRuntime().removeShutdownHook(hook);
            }
        }

        boolean exiting() {
            return hook.getState() != Thread.State.NEW;
        }
    }

    // ---- The round trip ----

    private void push(String mobileUser, Path data) throws IOException {
        byte[] packet = makePacket(data, mobileUser);
        String id = makePacketId(mobileUser, packet);
        System.out.println("push: packet " + id + " of " + packet.length + " bytes to " + mobileUser);
        Pushed pushed = erp.push(mobileUser, packet, PushOptions.xml().packetId(id), options);
        System.out.println(
                "push: acknowledged; the portal calls it " + pushed.getSyncLogId().orElse("(none)"));
    }

    private void receiveAll() throws IOException {
        Exception failure = null;
        for (PacketKind kind : PacketKind.values()) {
            try {
                receive(kind);
            } catch (IOException | RuntimeException problem) {
                failure = joined(failure, problem);
            }
        }
        rethrow(failure);
    }

    /**
     * Receives what a list holds at the moment. The same packet can be listed again later, so an ERP must be able to take one
     * twice. One that cannot be had does not hold up the others; it comes again. What was kept is marked done, whatever failed.
     */
    private void receive(PacketKind kind) throws IOException {
        String what = kind == PacketKind.FILE ? "file" : "packet";
        List<Receipt> kept = new ArrayList<>();
        Exception failure = null;
        PacketList packets = erp.pull(kind, Format.DEFAULT, options);
        System.out.println("pull: " + packets.size() + " in the " + what + " list");
        for (UnreadablePacket entry : packets.getUnreadable()) {
            failure = joined(failure, new IOException("the " + what + " list cannot be read whole: " + entry));
        }
        int number = 0;
        for (Packet packet : packets) {
            try {
                receiveOne(kind, packet, received.resolve(String.format(Locale.ROOT, "%s-%s-%04d", what, run, ++number)));
                kept.add(packet.getReceipt());
            } catch (IOException | RuntimeException problem) {
                failure = joined(failure, problem);
                if (concernsAll(problem)) {
                    break;
                }
            }
        }
        try {
            markDone(kept, kind, what);
        } catch (IOException | RuntimeException problem) {
            failure = joined(failure, problem);
        }
        rethrow(failure);
    }

    /** Whether what failed for one packet would fail for the others as well; else it is about that packet alone. */
    private static boolean concernsAll(Exception problem) {
        if (!(problem instanceof DmerpException)) {
            return problem instanceof IOException || problem instanceof CancellationException;
        }
        DmerpException failure = (DmerpException) problem;
        return failure.getStatus() == Status.FILE_ERROR || failure.isRetryable();
    }

    /** The first problem, which tells the later ones as well. */
    private static Exception joined(Exception first, Exception later) {
        if (first == null) {
            return later;
        }
        first.addSuppressed(later);
        return first;
    }

    private static void rethrow(Exception failure) throws IOException {
        if (failure instanceof RuntimeException) {
            throw (RuntimeException) failure;
        }
        if (failure != null) {
            throw (IOException) failure;
        }
    }

    /** With options of its own: what was kept is marked also after Ctrl-C, so that it does not come again. */
    private void markDone(List<Receipt> kept, PacketKind kind, String what) throws IOException {
        if (kept.isEmpty()) {
            return;
        }
        try {
            erp.done(kept, kind, Format.DEFAULT, new CallOptions().timeout(Duration.ofMinutes(1)));
        } catch (DmerpException failure) {
            List<DmerpException> results = failure.getResults(); // none, if nothing was sent
            for (int i = 0; i < results.size(); i++) {
                DmerpException why = results.get(i);
                System.out.println("    packet " + kept.get(i).getId() + ": " + (why == null ? "marked" : why.getMessage()));
            }
            throw failure;
        }
        System.out.println("done: " + kept.size() + " marked in the " + what + " list");
    }

    /** Downloads one listed packet and keeps it. Nothing that came from outside is part of the path. */
    private void receiveOne(PacketKind kind, Packet packet, Path path) throws IOException {
        long size;
        if (kind == PacketKind.FILE) {
            size = erp.download(packet.getUrl(), path, options); // of any size: it never is in memory as a whole
        } else {
            byte[] content = erp.download(packet.getUrl(), options);
            size = content.length;
            keep(path, content);
        }
        System.out.println(
                "    packet " + packet.getId() + " of " + packet.getMobileUser().orElse("(none)") + ": " + size + " bytes in " + path);
    }

    /**
     * Writes a packet to the disk for good. A part is not taken for the whole: the file has its name only when it is whole. An
     * ERP would book it in one transaction of its database instead.
     */
    private static void keep(Path path, byte[] content) throws IOException {
        Path part = path.resolveSibling(path.getFileName() + ".part");
        try {
            try (FileChannel file = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                ByteBuffer rest = ByteBuffer.wrap(content);
                while (rest.hasRemaining()) {
                    file.write(rest);
                }
                file.force(true);
            }
            Files.move(part, path, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    // ---- Setting up ----

    private static Client makeClient() {
        Config config = new Config();
        setFrom(config, "base_url", "DMERP_BASE_URL", false);
        setFrom(config, "app_area", "DMERP_APP_AREA", true);
        setFrom(config, "api_key", "DMERP_API_KEY", true);
        setFrom(config, "tls.ca_file", "DMERP_CA_FILE", false);
        config.log(
                LogLevel.WARNING,
                (level, message) -> System.err.println("dmerp " + level.name().toLowerCase(Locale.ROOT) + ": " + message));
        return new Client(config);
    }

    private static void setFrom(Config config, String key, String variable, boolean required) {
        String value = System.getenv(variable);
        if (value != null && !value.isEmpty()) {
            config.set(key, value);
        } else if (required) {
            throw new IllegalStateException(variable + " is not set");
        }
    }

    /** Shows a transfer's progress, at most a line each quarter. */
    private static ProgressListener showProgress() {
        long[] shown = {0};
        return (done, total) -> {
            long quarters = total > 0 ? done / (total / 4 + 1) : 0;
            if (done == total || quarters != shown[0]) {
                shown[0] = done != total ? quarters : 0;
                System.out.println("    " + done + " of " + total + " bytes");
            }
        };
    }

    /** All there is to know about a failure. */
    private static void tell(Throwable failure) {
        System.err.println("failed: " + (failure instanceof DmerpException ? failure.getMessage() : failure));
        // Of a call that was cancelled, the cause tells more.
        Throwable details = failure instanceof DmerpException ? failure : failure.getCause();
        if (details instanceof DmerpException) {
            DmerpException error = (DmerpException) details;
            System.err.println("    status:         " + error.getStatus());
            System.err.println("    to do:          " + error.getStatus().getAction());
            System.err.println("    server said:    " + error.getServerMessage().orElse("(none)"));
            System.err.println("    HTTP status:    " + error.getHttpStatus().orElse(0));
            System.err.println("    packet:         " + error.getPacketId().orElse("(none)"));
            System.err.println("    requests made:  " + error.getAttempts());
            System.err.println("    retry can help: " + (error.isRetryable() ? "yes" : "no"));
            System.err.println("    may have worked: " + (error.isOutcomeUnknown() ? "yes" : "no"));
        }
        for (Throwable another : failure.getSuppressed()) {
            tell(another);
        }
    }

    public static void main(String[] arguments) {
        if (arguments.length != 3) {
            System.err.println("usage: Roundtrip DATA_FOLDER MOBILE_USER FOLDER_FOR_WHAT_IS_RECEIVED");
            System.exit(2);
        }
        boolean good = false;
        boolean exiting = false;
        Cancellation cancellation = new Cancellation();
        CallOptions options =
                new CallOptions().timeout(Duration.ofMinutes(10)).progress(showProgress()).cancellation(cancellation);
        try (Client client = makeClient();
                CancelOnExit watcher = new CancelOnExit(cancellation)) {
            try {
                Roundtrip trip = new Roundtrip(client, options, Paths.get(arguments[2]));
                client.check(options);
                System.out.println("check: the settings are good");
                trip.push(arguments[1], Paths.get(arguments[0]));
                trip.receiveAll();
                good = true;
            } finally {
                exiting = watcher.exiting();
            }
        } catch (IOException | RuntimeException failure) {
            tell(failure);
        }
        if (Dmerp.liveHandles() != 0) {
            System.err.println(Dmerp.liveHandles() + " handles were not freed");
            good = false;
        }
        System.out.println(good ? "all done" : "not all done");
        if (!good && !exiting) { // Java has an exit code already if it is exiting
            System.exit(1);
        }
    }
}
