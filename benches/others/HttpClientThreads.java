// java.net.http.HttpClient with 16 threads, and Gson.
//
//     HttpClientThreads receive COUNT | push COUNT SIZE | list COUNT TIMES

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

final class HttpClientThreads {
    private static final int IN_FLIGHT = 16;
    private static final int BATCH = 50;
    private static final long IN_MEMORY = 1 << 20;

    private static final String ERP = setting("DMERP_BASE_URL") + "/erp";
    private static final String AREA = setting("DMERP_APP_AREA");
    private static final String KEY = setting("DMERP_API_KEY");
    private static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static final class Packet {
        String id;
        String receiptHandle;
        String url;
        long size;
    }

    private static String setting(String name) {
        String value = System.getenv(name);
        if (value == null) {
            throw new IllegalStateException(name + " is not set");
        }
        return value;
    }

    private static <T> T send(HttpRequest request, BodyHandler<T> handler) throws Exception {
        HttpResponse<T> answer = HTTP.send(request, handler);
        if (answer.statusCode() != 200) {
            throw new IllegalStateException(answer.statusCode() + " from " + request.uri().getPath());
        }
        return answer.body();
    }

    private static HttpRequest.Builder portal(String path) {
        return HttpRequest.newBuilder(URI.create(ERP + path)).header("x-api-key", KEY).header("Content-Type", "application/json");
    }

    private static Packet[] pull() throws Exception {
        String list = send(portal("/pull/" + AREA + "?packetType=packet&format=json").build(), BodyHandlers.ofString());
        return new Gson().fromJson(list, Packet[].class);
    }

    private static JsonObject succeeded(String answer) {
        JsonObject outcome = JsonParser.parseString(answer).getAsJsonObject();
        JsonElement success = outcome.get("success");
        if (success == null || !success.getAsBoolean()) {
            throw new IllegalStateException(answer);
        }
        return outcome;
    }

    private static void done(List<Packet> packets) throws Exception {
        JsonArray receipts = new JsonArray();
        for (Packet packet : packets) {
            JsonObject receipt = new JsonObject();
            receipt.addProperty("id", packet.id);
            receipt.addProperty("receiptHandle", packet.receiptHandle);
            receipts.add(receipt);
        }
        HttpRequest request = portal("/pull/" + AREA + "/done?format=json").POST(BodyPublishers.ofString(receipts.toString())).build();
        succeeded(send(request, BodyHandlers.ofString()));
    }

    /** Holds the content in memory, or in a file if it is big, and returns its size. */
    private static long download(String url) throws Exception {
        BodyHandler<Object> handler = head -> {
            if (head.headers().firstValueAsLong("Content-Length").orElse(Long.MAX_VALUE) <= IN_MEMORY) {
                return BodySubscribers.mapping(BodySubscribers.ofByteArray(), content -> content);
            }
            return BodySubscribers.mapping(BodySubscribers.ofFile(temporaryFile()), file -> file);
        };
        Object content = send(HttpRequest.newBuilder(URI.create(url)).build(), handler);
        if (content instanceof byte[]) {
            return ((byte[]) content).length;
        }
        long size = Files.size((Path) content);
        Files.delete((Path) content);
        return size;
    }

    private static Path temporaryFile() {
        try {
            return Files.createTempFile("benchmark", null);
        } catch (java.io.IOException problem) {
            throw new java.io.UncheckedIOException(problem);
        }
    }

    private static void inThreads(Callable<Void> work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(IN_FLIGHT);
        List<Future<Void>> outcomes = new ArrayList<>();
        for (int thread = 0; thread < IN_FLIGHT; thread++) {
            outcomes.add(threads.submit(work));
        }
        for (Future<Void> outcome : outcomes) {
            outcome.get();
        }
        threads.shutdown();
    }

    private static long[] receive() throws Exception {
        Packet[] packets = pull();
        AtomicInteger next = new AtomicInteger();
        AtomicLong total = new AtomicLong();
        List<Packet> received = new ArrayList<>();
        inThreads(() -> {
            for (int place; (place = next.getAndIncrement()) < packets.length; ) {
                Packet packet = packets[place];
                String path = URLEncoder.encode(packet.url, StandardCharsets.UTF_8);
                String link = send(portal("/pull/" + AREA + "/link?path=" + path).build(), BodyHandlers.ofString());
                long size = download(link);
                if (size != packet.size) {
                    throw new IllegalStateException(size + " bytes instead of " + packet.size);
                }
                total.addAndGet(size);
                List<Packet> batch = null;
                synchronized (received) {
                    received.add(packet);
                    if (received.size() == BATCH) {
                        batch = new ArrayList<>(received);
                        received.clear();
                    }
                }
                if (batch != null) {
                    done(batch);
                }
            }
            return null;
        });
        if (!received.isEmpty()) {
            done(received);
        }
        return new long[] {packets.length, total.get()};
    }

    private static long[] push(int count, int size) throws Exception {
        byte[] content = new byte[size];
        Arrays.fill(content, (byte) 'x');
        AtomicInteger next = new AtomicInteger();
        inThreads(() -> {
            for (int number; (number = next.getAndIncrement()) < count; ) {
                String about = "?packetUniqueId=" + UUID.randomUUID() + "&size=" + size + "&packetType=xml";
                String path = "/push/" + AREA + "/user" + number + about;
                JsonObject announced = succeeded(send(portal(path).build(), BodyHandlers.ofString()));
                HttpRequest upload = HttpRequest.newBuilder(URI.create(announced.get("uploadPath").getAsString()))
                        .header("Content-Type", "application/xml")
                        .PUT(BodyPublishers.ofByteArray(content))
                        .build();
                send(upload, BodyHandlers.discarding());
            }
            return null;
        });
        return new long[] {count, (long) count * size};
    }

    private static long[] list(int times) throws Exception {
        long count = 0;
        long total = 0;
        for (int time = 0; time < times; time++) {
            Packet[] packets = pull();
            count += packets.length;
            for (Packet packet : packets) {
                if (packet.id == null || packet.receiptHandle == null || packet.url == null) {
                    throw new IllegalStateException("an entry without one of its fields");
                }
                total += packet.size;
            }
        }
        return new long[] {count, total};
    }

    public static void main(String[] arguments) throws Exception {
        int count = Integer.parseInt(arguments[1]);
        int more = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 0;
        long expected = count;
        long[] handled;
        switch (arguments[0]) {
            case "receive":
                handled = receive();
                break;
            case "push":
                handled = push(count, more);
                break;
            default:
                handled = list(more);
                expected *= more;
        }
        if (handled[0] != expected) {
            System.err.println(handled[0] + " packets instead of " + expected);
            System.exit(1);
        }
        System.out.println("{\"packets\": " + handled[0] + ", \"bytes\": " + handled[1] + "}");
        System.exit(0);
    }
}
