package io.sluice.notifier;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.restassured.path.json.JsonPath;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A real HTTP server that takes webhooks: it keeps what came and answers as told for each path, 200 if not told. */
final class WebhookReceiver implements AutoCloseable {

    private static final Pattern TYPE = Pattern.compile("\"type\":\"(\\w+)\"");

    private final HttpServer server;
    private final List<Received> received = new CopyOnWriteArrayList<>();
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();

    WebhookReceiver() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    /** What a path answers to a request; given how many came to this path before. */
    interface Answer {
        void give(HttpExchange exchange, int before) throws IOException;
    }

    /** One request as it came. */
    record Received(String path, String id, String timestamp, String signature, String body, Instant at) {

        JsonPath json() {
            return new JsonPath(body);
        }

        String type() {
            // Asked again and again while a test waits, of every message.
            Matcher type = TYPE.matcher(body);
            return type.find() ? type.group(1) : "";
        }

        /** By the specification, not by Sluice's code. */
        boolean isSignedWith(String secret) {
            try {
                byte[] key = Base64.getDecoder().decode(secret.substring("whsec_".length()));
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(key, "HmacSHA256"));
                byte[] expected = mac.doFinal((id + "." + timestamp + "." + body).getBytes(UTF_8));
                String wanted = "v1," + Base64.getEncoder().encodeToString(expected);
                return List.of(signature.split(" ")).contains(wanted);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    void answer(String path, Answer answer) {
        answers.put(path, answer);
    }

    /** Until it is let go, or the sender has long lost patience. */
    static void await(CountDownLatch release) {
        try {
            release.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static void status(HttpExchange exchange, int status) throws IOException {
        exchange.sendResponseHeaders(status, -1);
    }

    List<Received> on(String path) {
        return received.stream().filter(request -> request.path().equals(path)).toList();
    }

    /** The paths with this beginning that got a notification. */
    Set<String> pathsOf(String prefix) {
        return received.stream()
                .filter(request ->
                        request.path().startsWith(prefix) && request.type().equals("Notification"))
                .map(Received::path)
                .collect(Collectors.toSet());
    }

    List<Received> notificationsOn(String path) {
        Predicate<Received> isNotification = request -> request.type().equals("Notification");
        return on(path).stream().filter(isNotification).toList();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            int before = on(path).size();
            received.add(new Received(
                    path,
                    exchange.getRequestHeaders().getFirst("webhook-id"),
                    exchange.getRequestHeaders().getFirst("webhook-timestamp"),
                    exchange.getRequestHeaders().getFirst("webhook-signature"),
                    body,
                    Instant.now()));
            answers.getOrDefault(path, (request, count) -> status(request, 200)).give(exchange, before);
        }
    }
}
