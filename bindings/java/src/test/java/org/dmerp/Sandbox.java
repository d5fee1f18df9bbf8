package org.dmerp;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * A portal and storage on this machine, as a process of its own; and through its control API the
 * mobile user.
 */
final class Sandbox implements AutoCloseable {
    /** Longer than anything on loopback takes, also on a busy machine. */
    static final Duration SOON = Duration.ofSeconds(60);

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    interface Setup {
        void apply(Config config) throws IOException;
    }

    /** Ends the sandbox when it is closed. */
    private final Closeable lifeline;

    private final BufferedReader output;
    private final JsonObject facts;

    Sandbox(String... arguments) throws IOException {
        InputStream written;
        String server = System.getenv("DMERP_SANDBOXES");
        if (server == null) {
            Process process = process(arguments);
            lifeline = process.getOutputStream();
            written = process.getInputStream();
        } else {
            // Under Wine: tests/windows/sandboxes.py starts it.
            String[] address = server.split(":");
            Socket socket = new Socket(address[0], Integer.parseInt(address[1]));
            String line = new Gson().toJson(arguments) + "\n";
            socket.getOutputStream().write(line.getBytes(StandardCharsets.UTF_8));
            lifeline = socket::shutdownOutput;
            written = socket.getInputStream();
        }
        output = new BufferedReader(new InputStreamReader(written, StandardCharsets.UTF_8));
        facts = JsonParser.parseString(output.readLine()).getAsJsonObject();
    }

    private static Process process(String... arguments) throws IOException {
        String program = System.getenv("DMERP_SANDBOX");
        if (program == null) {
            throw new IllegalStateException("DMERP_SANDBOX is not set to the sandbox program");
        }
        List<String> command =
                new ArrayList<>(Arrays.asList(program, "--port", "0", "--stdin-lifeline"));
        command.addAll(Arrays.asList(arguments));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    String fact(String name) {
        return facts.get(name).getAsString();
    }

    String baseUrl() {
        return fact("base_url");
    }

    String apiKey() {
        return fact("api_key");
    }

    /** The sandbox's settings, no proxy of the machine's, short waits between tries. */
    Config config() {
        return new Config()
                .baseUrl(baseUrl())
                .appArea(fact("app_area"))
                .apiKey(apiKey())
                .proxy("none")
                .retryMaxAttempts(3)
                .retryBase(Duration.ofMillis(1))
                .retryMax(Duration.ofMillis(5));
    }

    Client client() throws IOException {
        return client(config -> {});
    }

    Client client(Setup setup) throws IOException {
        Config config = config();
        setup.apply(config);
        return new Client(config);
    }

    /** Plays the mobile user who sends a packet; answers what the list will say of it. */
    JsonObject send(String mobileUser, byte[] content) {
        return send(mobileUser, content, "");
    }

    /** The same with more of the control API's parameters, such as "&queue=file". */
    JsonObject send(String mobileUser, byte[] content, String parameters) {
        String path = "/packets?mobileUser=" + encode(mobileUser) + parameters;
        return control("POST", path, content)
                .getAsJsonObject()
                .getAsJsonArray("sent")
                .get(0)
                .getAsJsonObject();
    }

    void fault(String json) {
        json("POST", "/faults", json);
    }

    void clearFaults() {
        control("DELETE", "/faults", new byte[0]);
    }

    void dialects(String json) {
        json("PATCH", "/dialects", json);
    }

    void showHidden() {
        control("POST", "/show-hidden", new byte[0]);
    }

    JsonArray waiting() {
        return control("GET", "/packets", null).getAsJsonArray();
    }

    JsonArray pushed(String mobileUser) {
        return control("GET", "/pushed?mobileUser=" + encode(mobileUser), null).getAsJsonArray();
    }

    /** What was pushed under this id; null if nothing was. */
    byte[] content(String mobileUser, String packetId) {
        String path =
                "/pushed/content?mobileUser="
                        + encode(mobileUser)
                        + "&packetUniqueId="
                        + encode(packetId);
        HttpResponse<byte[]> answer = request("GET", path, null, "application/json");
        return answer.statusCode() == 404 ? null : answer.body();
    }

    JsonArray requests() {
        return control("GET", "/requests", null).getAsJsonArray();
    }

    /** The number of the latest request. A reset forgets the requests, and numbers on. */
    int lastRequest() {
        JsonArray all = requests();
        return all.isEmpty() ? 0 : all.get(all.size() - 1).getAsJsonObject().get("seq").getAsInt();
    }

    /** Waits until such a request was received. */
    void await(Predicate<JsonObject> request) throws InterruptedException {
        await(1, request);
    }

    /** Waits until any request was received. */
    void awaitRequest() throws InterruptedException {
        awaitRequests(1);
    }

    /** Waits until so many requests were received since the reset. */
    void awaitRequests(int count) throws InterruptedException {
        await(count, request -> true);
    }

    /** Waits until so many such requests were received. */
    void await(int count, Predicate<JsonObject> request) throws InterruptedException {
        long end = System.nanoTime() + SOON.toNanos();
        while (System.nanoTime() < end) {
            int found = 0;
            for (JsonElement received : requests()) {
                found += request.test(received.getAsJsonObject()) ? 1 : 0;
            }
            if (found >= count) {
                return;
            }
            Thread.sleep(10);
        }
        assertTrue(false, "the request never came");
    }

    void reset() {
        control("POST", "/reset", new byte[0]);
    }

    /** Single quotes stand for double ones. */
    private void json(String method, String path, String json) {
        byte[] body = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        control(method, path, body, "application/json");
    }

    private JsonElement control(String method, String path, byte[] body) {
        return control(method, path, body, "application/octet-stream");
    }

    private JsonElement control(String method, String path, byte[] body, String type) {
        HttpResponse<byte[]> answer = request(method, path, body, type);
        String text = new String(answer.body(), StandardCharsets.UTF_8);
        assertTrue(answer.statusCode() < 300, () -> method + " " + path + ": " + text);
        return JsonParser.parseString(text);
    }

    private HttpResponse<byte[]> request(String method, String path, byte[] body, String type) {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(fact("control_url") + path))
                        .timeout(SOON)
                        .header("Content-Type", type)
                        .method(
                                method,
                                body == null
                                        ? BodyPublishers.noBody()
                                        : BodyPublishers.ofByteArray(body))
                        .build();
        try {
            return HTTP.send(request, BodyHandlers.ofByteArray());
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        lifeline.close();
        assertTimeoutPreemptively(
                SOON, () -> assertNull(output.readLine()), "the sandbox does not end");
    }
}
