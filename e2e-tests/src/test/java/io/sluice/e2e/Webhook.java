package io.sluice.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Somebody's own server that gets messages of a topic. */
final class Webhook implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final HttpServer server;
    private final List<Message> messages = new CopyOnWriteArrayList<>();

    private Webhook(HttpServer server) {
        this.server = server;
    }

    /** A message with the headers that sign it. */
    record Message(String id, String timestamp, String signature, String text) {
        JsonNode json() {
            try {
                return Api.JSON.readTree(text);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** FIRING or RESOLVED; empty for a message that is no alert. */
        String alert() {
            return json().path("alert").path("state").asText("");
        }

        /** As the Standard Webhooks say. */
        boolean isSignedWith(String secret) {
            try {
                byte[] key = Base64.getDecoder().decode(secret.substring(secret.indexOf('_') + 1));
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(key, "HmacSHA256"));
                byte[] expected = mac.doFinal((id + "." + timestamp + "." + text).getBytes(UTF_8));
                return signature.equals("v1," + Base64.getEncoder().encodeToString(expected));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    static Webhook start() {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            Webhook webhook = new Webhook(server);
            server.createContext("/", webhook::take);
            server.start();
            return webhook;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/alerts";
    }

    /** What came so far that is an alert. */
    List<Message> alerts() {
        return messages.stream().filter(message -> !message.alert().isEmpty()).toList();
    }

    /**
     * Makes a topic, subscribes to it and confirms.
     *
     * @return the secret that signs the messages
     */
    String subscribe(Sluice sluice, String topic) {
        Api api = sluice.notifier();
        api.post(
                        "/api/v1/topics",
                        Api.JSON.createObjectNode().put("name", topic).put("displayName", "Operations"))
                .expect(201);
        Api.Answer answer = api.post(
                "/api/v1/topics/" + topic + "/subscriptions",
                Api.JSON.createObjectNode().put("protocol", "http").put("endpoint", url()));
        String secret = answer.expect(201).required("secret").asText();
        // The one answer that may hold it.
        Api.ANSWERS.remove(answer.text());
        await("a confirmation message").atMost(PATIENCE).until(() -> !messages.isEmpty());
        Message message = messages.getFirst();
        assertThat(message.json().path("type").asText()).isEqualTo("SubscriptionConfirmation");
        assertThat(message.isSignedWith(secret)).isTrue();
        String link = message.json().required("confirmUrl").asText();
        assertThat(link).startsWith(sluice.stack().notifier().url());
        new Api(sluice.stack().notifier().url(), "")
                .get(link.substring(sluice.stack().notifier().url().length()))
                .expect(200);
        return secret;
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            messages.add(new Message(
                    exchange.getRequestHeaders().getFirst("webhook-id"),
                    exchange.getRequestHeaders().getFirst("webhook-timestamp"),
                    exchange.getRequestHeaders().getFirst("webhook-signature"),
                    new String(exchange.getRequestBody().readAllBytes(), UTF_8)));
            exchange.sendResponseHeaders(204, -1);
        }
    }

    List<Message> messages() {
        return List.copyOf(messages);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
