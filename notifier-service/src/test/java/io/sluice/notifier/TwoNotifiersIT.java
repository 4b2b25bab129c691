package io.sluice.notifier;

import static io.sluice.contracts.event.TaskEvent.Health.ABNORMAL;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import com.fasterxml.jackson.databind.JsonNode;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.sluice.contracts.Json;
import io.sluice.localstack.CertificateAuthority;
import io.sluice.localstack.Ports;
import io.sluice.notifier.WebhookReceiver.Received;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two processes that share the work, are killed at the worst moments, and send mail as they are configured to. */
class TwoNotifiersIT {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int SMTP_PORT = Ports.free();
    private static final int MAIL_PORT = Ports.free();
    private static final String MAIL_PASSWORD = "password-of-the-account";
    private static final CertificateAuthority AUTHORITY = new CertificateAuthority("mail servers");

    private static TwoNotifiers notifiers;

    private final String topic = "ops-" + UUID.randomUUID();
    private WebhookReceiver receiver;
    private Events events;

    @BeforeAll
    static void startBoth(@TempDir Path directory) throws IOException {
        Path trusted = Files.writeString(directory.resolve("authority.pem"), AUTHORITY.certificate());
        notifiers = new TwoNotifiers(Map.of(
                "SLUICE_SMTP_HOST",
                "127.0.0.1",
                "SLUICE_SMTP_PORT",
                Integer.toString(SMTP_PORT),
                "SLUICE_SMTP_USERNAME",
                "alerts",
                "SLUICE_SMTP_PASSWORD",
                MAIL_PASSWORD,
                "SLUICE_MAIL_FROM",
                "sluice@example.com",
                "SLUICE_SMTP_CA",
                trusted.toString()));
    }

    @AfterAll
    static void stopBoth() {
        notifiers.close();
    }

    @BeforeEach
    void open() throws Exception {
        receiver = new WebhookReceiver();
        events = new Events(notifiers.bootstrapServers());
    }

    @AfterEach
    void close() {
        receiver.close();
        events.close();
    }

    @Test
    void aStormIsToldInGroupsOnceAndInOrderAlthoughOneOfTheTwoIsKilledInIt() {
        List<String> paths = List.of("/storm-1", "/storm-2", "/storm-3");
        notifiers.launch();
        createTopic(topic);
        paths.forEach(path -> subscribeAndConfirm(topic, path));
        notifiers.awaitBothAtWork(events);
        boolean soak = Boolean.getBoolean("sluice.soak");
        int tasks = soak ? 10_000 : 200;
        String prefix = UUID.randomUUID().toString();
        Instant began = Instant.now();
        happen(prefix, 0, tasks / 2);
        await().atMost(PATIENCE)
                .until(() -> paths.stream().noneMatch(path -> told(path).isEmpty()));
        long peak = TwoNotifiers.peakMegabytes(notifiers.first());
        notifiers.first().kill();
        happen(prefix, tasks / 2, tasks);
        Duration posting = Duration.between(began, Instant.now());
        notifiers.letClaimsRunOut();
        int expected = tasks + (tasks + 2) / 3;
        await().atMost(PATIENCE.multipliedBy(3))
                .pollInterval(soak ? Duration.ofSeconds(2) : Duration.ofMillis(250))
                .until(() -> paths.stream().allMatch(path -> told(path).size() >= expected));
        Duration telling = Duration.between(began, Instant.now());
        System.out.printf(
                "%d alerts of %d tasks happened in %s and were told to %d receivers in %s, by messages: %s;"
                        + " the most memory of the processes: %d MB and %d MB%n",
                expected,
                tasks,
                posting,
                paths.size(),
                telling,
                paths.stream()
                        .map(path -> receiver.notificationsOn(path).size())
                        .toList(),
                peak,
                TwoNotifiers.peakMegabytes(notifiers.second()));
        assertThat(notifiers.second().isAlive()).isTrue();

        for (String path : paths) {
            List<String> told = told(path);
            assertThat(told).hasSize(expected).doesNotHaveDuplicates();
            for (int task = 0; task < tasks; task += 3) {
                String key = prefix + "-" + task + "/abnormal ";
                assertThat(told.indexOf(key + "FIRING")).isNotNegative().isLessThan(told.indexOf(key + "RESOLVED"));
            }
            // Only what the killed one had on its way to this receiver came once more.
            assertThat(receiver.notificationsOn(path).size()
                            - byId(receiver.notificationsOn(path)).size())
                    .isLessThanOrEqualTo(1);
            assertThat(byId(receiver.notificationsOn(path)).size()).isLessThan(expected);
        }
        JsonPath grouped = deliveries(topic, "GROUPED");
        String group = grouped.getString("items[0].groupId");
        assertThat(receiver.notificationsOn("/storm-1").stream()
                        .filter(message -> message.json().get("alerts") != null)
                        .map(message -> message.json().getString("subject")))
                .isNotEmpty()
                .allMatch(subject -> subject.startsWith("[ALERTS] ") && subject.contains(" alerts of topic " + topic));
        assertThat(paths.stream().flatMap(path -> receiver.notificationsOn(path).stream()))
                .extracting(Received::id)
                .contains(group);
    }

    /** Tasks fail, and each third is stopped. */
    private void happen(String prefix, int from, int to) {
        for (int task = from; task < to; task++) {
            String id = prefix + "-" + task;
            events.post(Events.event(id + "-1", id, topic, ABNORMAL));
            if (task % 3 == 0) {
                events.post(Events.stopped(id + "-2", id, topic));
            }
        }
        events.flush();
    }

    @Test
    void aRestartInAnyStepForgetsNothingAndRepeatsOnlyWhatWasOnItsWay() {
        String held = "held-" + topic;
        createTopic(topic);
        createTopic(held);
        String asked = "asked-" + topic;
        createTopic(asked);
        // Asked, and not confirmed.
        String pending = subscribe(asked, "/pending").header("Location");
        awaitReceived("/pending", 1);
        // Fired and told, and not over.
        subscribeAndConfirm(topic, "/told");
        String failed = UUID.randomUUID().toString();
        events.send(Events.event(failed + "-1", failed, topic, ABNORMAL));
        awaitNotifications("/told", 1);
        // Above its threshold for four minutes of six.
        String behind = UUID.randomUUID().toString();
        Instant start = Instant.now().truncatedTo(ChronoUnit.MILLIS).minus(Duration.ofHours(1));
        Instant above = lags(behind, start, Duration.ofSeconds(30), 1_000);
        Instant four = lags(behind, above, Duration.ofMinutes(4), 90_000);
        String marker = UUID.randomUUID().toString();
        // In the same partition, so that all of it has been judged when this is told.
        events.send(behind, Json.write(Events.event(marker + "-1", marker, topic, ABNORMAL)));
        awaitNotifications("/told", 2);
        // On its way: taken by the receiver, which has not answered yet.
        subscribeAndConfirm(held, "/held");
        CountDownLatch release = new CountDownLatch(1);
        receiver.answer("/held", (exchange, before) -> {
            if (before == 1) {
                WebhookReceiver.await(release);
            }
            WebhookReceiver.status(exchange, 204);
        });
        String sent = UUID.randomUUID().toString();
        events.send(Events.event(sent + "-1", sent, held, ABNORMAL));
        awaitNotifications("/held", 1);

        notifiers.first().kill();
        notifiers.second().kill();
        release.countDown();
        notifiers.letClaimsRunOut();
        // What they had read comes once more, as Kafka does not know of it yet; and more has happened.
        lags(behind, start, Duration.ofSeconds(30), 1_000);
        lags(behind, above, Duration.ofMinutes(4), 90_000);
        events.send(Events.event(failed + "-1", failed, topic, ABNORMAL));
        events.send(Events.stopped(failed + "-2", failed, topic));
        events.send(Events.stopped(sent + "-2", sent, held));
        Instant seven = lags(behind, four, Duration.ofMinutes(3), 90_000);
        lags(behind, seven, Duration.ofMinutes(2), 1_000);
        notifiers.launch();

        open(receiver.on("/pending").getFirst());
        notifiers.admin().get(pending).then().statusCode(200).body("state", equalTo("CONFIRMED"));
        awaitNotifications("/told", 5);
        awaitNotifications("/held", 3);
        for (String each : List.of(topic, held, asked)) {
            notifiers.admin().post("/api/v1/topics/" + each + "/test").then().statusCode(202);
        }
        awaitNotifications("/told", 6);
        awaitNotifications("/held", 4);
        awaitNotifications("/pending", 1);
        assertThat(told("/told"))
                .containsExactlyInAnyOrder(
                        failed + "/abnormal FIRING",
                        failed + "/abnormal RESOLVED",
                        marker + "/abnormal FIRING",
                        behind + "/lag FIRING",
                        behind + "/lag RESOLVED",
                        "a test");
        assertThat(receiver.notificationsOn("/told").stream()
                        .filter(message -> message.body().contains("/lag"))
                        .map(message -> Instant.parse(message.json().getString("alert.since"))))
                .hasSize(2)
                .allMatch(since -> since.equals(above.plusSeconds(5)));
        assertThat(told("/held")).containsExactly(sent + "/abnormal FIRING", sent + "/abnormal RESOLVED", "a test");
        List<Received> onItsWay = receiver.notificationsOn("/held");
        assertThat(onItsWay).hasSize(4);
        assertThat(onItsWay.get(1).id()).isEqualTo(onItsWay.get(0).id());
        assertThat(onItsWay.get(1).body()).isEqualTo(onItsWay.get(0).body());
        assertThat(told("/pending")).containsExactly("a test");
    }

    private Instant lags(String task, Instant from, Duration duration, long millis) {
        Instant time = from;
        while (time.isBefore(from.plus(duration))) {
            time = time.plusSeconds(5);
            events.post(Events.vitals(task, topic, time, millis));
        }
        events.flush();
        return time;
    }

    @Test
    void mailGoesOnlyThroughTlsToTheServerThatIsMeantAndWithItsAccount() {
        GreenMail mails = new GreenMail(new ServerSetup(MAIL_PORT, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
        mails.setUser("sluice@example.com", "alerts", "another password");
        mails.start();
        try (StartTlsDoor door = new StartTlsDoor(SMTP_PORT, MAIL_PORT)) {
            createTopic(topic);
            notifiers
                    .admin()
                    .body(Map.of("protocol", "email", "endpoint", "ops@example.com"))
                    .post("/api/v1/topics/" + topic + "/subscriptions")
                    .then()
                    .statusCode(201);
            List<String> errors = new ArrayList<>();
            errors.add(awaitAttempt(0));
            door.show(new CertificateAuthority("a stranger").issue("127.0.0.1", "127.0.0.1"));
            errors.add(tryAgain());
            door.show(AUTHORITY.issue("other.example.com", "other.example.com"));
            errors.add(tryAgain());
            assertThat(mails.getReceivedMessages()).isEmpty();
            // Neither account nor message was said to whom it may not concern.
            assertThat(door.inClear()).contains("STARTTLS").isSubsetOf("EHLO", "STARTTLS", "QUIT");
            door.show(AUTHORITY.issue("127.0.0.1", "127.0.0.1"));
            errors.add(tryAgain());
            assertThat(mails.getReceivedMessages()).isEmpty();
            System.out.println("Mail was refused: " + errors);
            assertThat(errors).allMatch(error -> !error.isBlank() && !error.contains(MAIL_PASSWORD));

            mails.getUserManager().getUser("alerts").setPassword(MAIL_PASSWORD);
            tryAgain();
            assertThat(mails.getReceivedMessages()).hasSize(1);
            assertThat(deliveries(topic, "DELIVERED").getList("items")).hasSize(1);
            assertThat(TwoNotifiers.log(notifiers.first()) + TwoNotifiers.log(notifiers.second()))
                    .doesNotContain(MAIL_PASSWORD);
        } finally {
            mails.stop();
        }
    }

    private String tryAgain() {
        JsonPath newest = deliveries(topic, "PENDING");
        int attempts = newest.getList("items[0].attempts").size();
        notifiers
                .admin()
                .post("/api/v1/deliveries/" + newest.getString("items[0].id") + "/redeliver")
                .then()
                .statusCode(202);
        return awaitAttempt(attempts);
    }

    /** What came of the next attempt; empty when the message was taken. */
    private String awaitAttempt(int before) {
        JsonPath found = await().atMost(PATIENCE)
                .until(
                        () -> notifiers
                                .admin()
                                .queryParam("topic", topic)
                                .get("/api/v1/deliveries")
                                .jsonPath(),
                        all -> all.getList("items[0].attempts").size() > before);
        String error = found.getString("items[0].attempts[-1].error");
        return error == null ? "" : error;
    }

    private static JsonPath deliveries(String topic, String state) {
        return notifiers
                .admin()
                .queryParam("topic", topic)
                .queryParam("state", state)
                .get("/api/v1/deliveries")
                .jsonPath();
    }

    /** Key and state of every alert that came, alone or in a group; each message once. */
    private List<String> told(String path) {
        return byId(receiver.notificationsOn(path)).stream()
                .map(message -> Json.read(message.body(), JsonNode.class))
                .flatMap(message -> message.has("alerts")
                        ? StreamSupport.stream(message.get("alerts").spliterator(), false)
                        : Stream.of(message))
                .map(told -> told.has("alert")
                        ? told.path("alert").path("key").asText() + " "
                                + told.path("alert").path("state").asText()
                        : "a test")
                .toList();
    }

    /** The first of those with the same id, in their order. */
    private static List<Received> byId(List<Received> messages) {
        return messages.stream().collect(groupingBy(Received::id, LinkedHashMap::new, toList())).values().stream()
                .map(List::getFirst)
                .toList();
    }

    private static void createTopic(String name) {
        notifiers
                .admin()
                .body(Map.of("name", name))
                .post("/api/v1/topics")
                .then()
                .statusCode(201);
    }

    private Response subscribe(String to, String path) {
        return notifiers
                .admin()
                .body(Map.of("protocol", "http", "endpoint", receiver.url(path)))
                .post("/api/v1/topics/" + to + "/subscriptions");
    }

    private void subscribeAndConfirm(String to, String path) {
        subscribe(to, path).then().statusCode(201);
        awaitReceived(path, 1);
        open(receiver.on(path).getFirst());
    }

    private static void open(Received confirmation) {
        String link = confirmation.json().getString("confirmUrl");
        notifiers
                .anybody()
                .get(link.substring(Servers.BASE_URL.length()))
                .then()
                .statusCode(200)
                .body("state", equalTo("CONFIRMED"));
    }

    private void awaitReceived(String path, int count) {
        await().atMost(PATIENCE).until(() -> receiver.on(path).size() >= count);
    }

    private void awaitNotifications(String path, int count) {
        await().atMost(PATIENCE).until(() -> receiver.notificationsOn(path).size() >= count);
    }
}
