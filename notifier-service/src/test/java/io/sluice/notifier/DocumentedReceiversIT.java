package io.sluice.notifier;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.localstack.Ports;
import io.sluice.notifier.WebhookReceiver.Received;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.ConnectException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/alerts.md tells receivers to do, done as it stands there, with messages that came. */
@QuarkusTest
@QuarkusTestResource(Servers.class)
class DocumentedReceiversIT extends ReceiverScenario {

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @TempDir
    Path directory;

    /** Whether a receiver takes a message for genuine. */
    private interface Judge {
        boolean isGenuine(Received message) throws Exception;
    }

    @Test
    void everyReceiverTakesWhatWasSentAndNothingElse() throws Exception {
        String before = subscribeAndConfirm("/documented");
        sendTest();
        awaitNotifications("/documented", 1);
        String subscriptions = "/api/v1/topics/" + topic + "/subscriptions";
        String id = Api.admin().get(subscriptions).path("items[0].id");
        String after = Api.admin().post(subscriptions + "/" + id + "/secret").path("secret");
        sendTest();
        awaitNotifications("/documented", 2);
        TestClock.advance(Duration.ofMinutes(6));
        sendTest();
        awaitNotifications("/documented", 3);
        Received first = receiver.notificationsOn("/documented").get(0);
        Received rotated = receiver.notificationsOn("/documented").get(1);
        Received untimely = receiver.notificationsOn("/documented").get(2);
        assertThat(untimely.isSignedWith(after)).isTrue();

        Map<String, Boolean> wanted = new LinkedHashMap<>();
        Map<String, Received> messages = new LinkedHashMap<>();
        expect(wanted, messages, "one signature", first, true);
        expect(wanted, messages, "two signatures", rotated, true);
        expect(wanted, messages, "another body", with(first, first.id(), first.body() + " "), false);
        expect(wanted, messages, "another id", with(first, "x" + first.id(), first.body()), false);
        expect(wanted, messages, "another time", untimely, false);
        assertThat(judged(messages, java(before))).as("Java").isEqualTo(wanted);
        assertThat(judged(messages, shell(before))).as("shell").isEqualTo(wanted);
        try (Python python = new Python(before)) {
            assertThat(judged(messages, python)).as("Python").isEqualTo(wanted);
            assertThat(python.said()).contains("[TEST] Topic " + topic);
        }
        // A receiver that has changed over already knows none but the new one.
        wanted.put("one signature", false);
        assertThat(judged(messages, java(after))).as("Java, new secret").isEqualTo(wanted);
        assertThat(judged(messages, shell(after))).as("shell, new secret").isEqualTo(wanted);
    }

    private static void expect(
            Map<String, Boolean> wanted,
            Map<String, Received> messages,
            String what,
            Received message,
            boolean genuine) {
        wanted.put(what, genuine);
        messages.put(what, message);
    }

    private static Map<String, Boolean> judged(Map<String, Received> messages, Judge judge) throws Exception {
        Map<String, Boolean> judged = new LinkedHashMap<>();
        for (Map.Entry<String, Received> each : messages.entrySet()) {
            judged.put(each.getKey(), judge.isGenuine(each.getValue()));
        }
        return judged;
    }

    private static Received with(Received message, String id, String body) {
        return new Received(message.path(), id, message.timestamp(), message.signature(), body, message.at());
    }

    /** The only block of that language after the heading about signatures. */
    private static String block(String language) throws IOException {
        String text = Files.readString(Path.of("..", "docs", "alerts.md"));
        Matcher block = Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
                .matcher(text.substring(text.indexOf("## Verifying a webhook")));
        assertThat(block.find()).as(language).isTrue();
        return block.group(1);
    }

    private Judge java(String secret) throws Exception {
        Path source = directory.resolve("Documented.java");
        Files.writeString(source, """
                import static java.nio.charset.StandardCharsets.UTF_8;

                import java.security.*;
                import java.time.*;
                import java.util.*;
                import javax.crypto.*;
                import javax.crypto.spec.*;

                public class Documented {
                    public %s
                }
                """.formatted(block("java")));
        int status = ToolProvider.getSystemJavaCompiler().run(null, null, null, source.toString());
        assertThat(status).isZero();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {directory.toUri().toURL()})) {
            Method method = loader.loadClass("Documented")
                    .getMethod("isGenuine", String.class, String.class, String.class, String.class, byte[].class);
            return message -> (boolean) method.invoke(
                    null,
                    secret,
                    message.id(),
                    message.timestamp(),
                    message.signature(),
                    message.body().getBytes(UTF_8));
        }
    }

    private Judge shell(String secret) throws IOException {
        Path script = Files.writeString(directory.resolve("genuine.sh"), block("bash") + "\ngenuine \"$@\"\n");
        return message -> {
            Path body = Files.writeString(directory.resolve("body"), message.body());
            Process process = new ProcessBuilder(
                            "sh",
                            script.toString(),
                            secret,
                            message.id(),
                            message.timestamp(),
                            message.signature(),
                            body.toString())
                    .redirectErrorStream(true)
                    .start();
            assertThat(new String(process.getInputStream().readAllBytes(), UTF_8))
                    .isEmpty();
            return process.waitFor() == 0;
        };
    }

    /** The whole receiver, as a process of its own. */
    private final class Python implements Judge, AutoCloseable {

        private final int port = Ports.free();
        private final Path output = directory.resolve("receiver.out");
        private final Process process;

        Python(String secret) throws IOException {
            Path script = Files.writeString(directory.resolve("receiver.py"), block("python"));
            ProcessBuilder builder = new ProcessBuilder("python3", script.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().put("SECRET", secret);
            builder.environment().put("PORT", Integer.toString(port));
            process = builder.start();
        }

        @Override
        public boolean isGenuine(Received message) throws Exception {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                    .header("webhook-id", message.id())
                    .header("webhook-timestamp", message.timestamp())
                    .header("webhook-signature", message.signature())
                    .POST(HttpRequest.BodyPublishers.ofString(message.body()))
                    .build();
            int status = await().atMost(PATIENCE)
                    .ignoreException(ConnectException.class)
                    .until(
                            () -> HTTP.send(request, HttpResponse.BodyHandlers.discarding())
                                    .statusCode(),
                            any -> true);
            assertThat(status).as(said()).isIn(204, 401);
            return status == 204;
        }

        String said() throws IOException {
            return Files.readString(output);
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
