package io.sluice.notifier;

import static io.restassured.RestAssured.given;
import static io.sluice.contracts.event.TaskEvent.Health.ABNORMAL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.GreenMailUtil;
import com.icegreen.greenmail.util.ServerSetup;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.sluice.contracts.event.TaskEvent;
import io.sluice.notifier.channel.ScriptedMailServer;
import jakarta.mail.MessagingException;
import jakarta.mail.Multipart;
import jakarta.mail.Part;
import jakarta.mail.internet.MimeMessage;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages by e-mail, through a real mail server or one that refuses. */
@QuarkusTest
@QuarkusTestResource(Servers.class)
class MailIT extends ReceiverScenario {

    private static final Pattern LINK =
            Pattern.compile(Pattern.quote(Servers.BASE_URL) + "(/(confirm|unsubscribe)/\\S+)");
    private static final String BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    private final String address = "ops-" + UUID.randomUUID() + "@example.com";
    private GreenMail mails;

    @BeforeEach
    void startMailServer() {
        mails = start();
    }

    private static GreenMail start() {
        GreenMail server = new GreenMail(new ServerSetup(Servers.SMTP_PORT, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
        server.start();
        return server;
    }

    @AfterEach
    void stopMailServer() {
        mails.stop();
    }

    @Test
    void anAlertComesByMailOnceItIsConfirmedByTheButtonAndUntilUnsubscribed() throws Exception {
        Response created = Api.subscribe(topic, "email", address);
        created.then()
                .statusCode(201)
                .body("state", equalTo("PENDING"))
                .body("protocol", equalTo("email"))
                .body("endpoint", equalTo(address))
                .body("secret", nullValue());
        String location = created.header("Location");
        String confirm = path(awaitMails(1).getFirst());
        // Each of these would be one more that the limit does not count.
        String delivery = await().until(() -> Api.deliveries(topic, "DELIVERED").path("items[0].id"), Objects::nonNull);
        Api.admin()
                .post("/api/v1/deliveries/" + delivery + "/redeliver")
                .then()
                .statusCode(429)
                .body("code", equalTo("TOO_MANY_CONFIRMATIONS"));

        // What a scanner or a curious program does to links confirms nothing.
        given().head(confirm);
        given().accept("*/*").get(confirm).then().statusCode(200);
        given().accept(BROWSER)
                .get(confirm)
                .then()
                .statusCode(200)
                .contentType("text/html")
                .header("Referrer-Policy", "no-referrer")
                .header("Content-Security-Policy", containsString("default-src 'none'"))
                .body(containsString("<form method=\"post\">"))
                .body(containsString(address));
        Api.admin().get(location).then().body("state", equalTo("PENDING"));
        given().accept(BROWSER)
                .contentType("application/x-www-form-urlencoded")
                .post(confirm)
                .then()
                .statusCode(200);
        Api.admin().get(location).then().body("state", equalTo("CONFIRMED"));

        String task = UUID.randomUUID().toString();
        try (Events events = new Events(kafka.bootstrapServers())) {
            TaskEvent failed = Events.event(task + "-1", task, topic, ABNORMAL);
            events.send(new TaskEvent(
                    failed.id(),
                    task,
                    "orders",
                    topic,
                    failed.kind(),
                    failed.health(),
                    failed.state(),
                    failed.code(),
                    "refused: <script>alert(1)</script> {unsubscribe}",
                    failed.at()));
        }
        MimeMessage alert = awaitMails(2).get(1);
        assertThat(alert.getSubject()).isEqualTo("[FIRING] Task orders is abnormal: INCREMENTAL_SYNC_FAILED");
        assertThat(alert.getAllRecipients()).hasSize(1);
        assertThat(alert.getHeader("Auto-Submitted")).containsExactly("auto-generated");
        assertThat(alert.getHeader("List-Unsubscribe-Post")).containsExactly("List-Unsubscribe=One-Click");
        assertThat(part(alert, "text/plain"))
                .contains("SLOT_LOST: refused: <script>alert(1)</script> {unsubscribe}", "Task: orders (" + task);
        assertThat(part(alert, "text/html"))
                .contains("SLOT_LOST: refused: &lt;script&gt;alert(1)&lt;/script&gt; {unsubscribe}")
                .doesNotContain("<script>");

        String unsubscribe = path(alert);
        assertThat(alert.getHeader("List-Unsubscribe")[0]).isEqualTo("<" + Servers.BASE_URL + unsubscribe + ">");
        given().get(unsubscribe).then().statusCode(200).body(containsString("<form method=\"post\">"));
        given().get(unsubscribe.substring(0, unsubscribe.length() - 1) + "_")
                .then()
                .statusCode(404);
        Api.admin().get(location).then().statusCode(200);
        given().contentType("application/x-www-form-urlencoded")
                .body("List-Unsubscribe=One-Click")
                .post(unsubscribe)
                .then()
                .statusCode(200);
        Api.admin().get(location).then().statusCode(404);
        assertThat(awaitMails(3).get(2).getSubject()).isEqualTo("Unsubscribed from topic " + topic);
        given().post(unsubscribe).then().statusCode(404);
    }

    @Test
    void anAddressGetsAtMostTwentyConfirmationsAnHour() throws Exception {
        String location = Api.subscribe(topic, "email", address).header("Location");
        for (int resent = 1; resent < 20; resent++) {
            Api.admin().post(location + "/resend").then().statusCode(202);
        }
        Api.admin().post(location + "/resend").then().statusCode(429).body("code", equalTo("TOO_MANY_CONFIRMATIONS"));
        Api.admin().delete(location).then().statusCode(204);
        Api.subscribe(topic, "email", address.toUpperCase(Locale.ROOT)).then().statusCode(429);
        Api.subscribe(topic, "email", "other-" + address).then().statusCode(201);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ops@example.com\r\nBcc: all@example.com", "ops@example.com, all@example.com", "ops", ""})
    void anAddressThatIsNoneIsRefused(String wrong) {
        Api.subscribe(topic, "email", wrong)
                .then()
                .statusCode(400)
                .body("code", equalTo("VALIDATION_FAILED"))
                .body("violations[0].field", equalTo("endpoint"));
    }

    @Test
    void aMailboxHasNoSecretToChange() {
        String location = Api.subscribe(topic, "email", address).header("Location");
        Api.admin().post(location + "/secret").then().statusCode(400).body(not(containsString("whsec")));
    }

    @Test
    void whatAServerRefusesForNowComesLaterWhatItRefusesForGoodIsDeadAndItsAbsenceDelays() {
        String grey = "grey-" + address;
        String gone = "gone-" + address;
        String full = "full-" + address;
        mails.stop();
        Api.subscribe(topic, "email", address).then().statusCode(201);
        await().atMost(PATIENCE)
                .untilAsserted(() -> Api.deliveries(topic, "PENDING")
                        .then()
                        .body("items[0].attempts[0].error", containsString("could not be reached")));
        try (ScriptedMailServer scripted = new ScriptedMailServer(Servers.SMTP_PORT)) {
            scripted.answer(grey, before -> before == 0 ? "450 4.2.0 greylisted, try again" : "250 ok");
            scripted.answer(gone, before -> "550 5.1.1 no such user");
            scripted.answer(full, before -> "452 4.2.2 mailbox full");
            Api.subscribe(topic, "email", grey).then().statusCode(201);
            Api.subscribe(topic, "email", gone).then().statusCode(201);
            Api.subscribe(topic, "email", full).then().statusCode(201);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(scripted.taken()).contains(grey, address));
            assertThat(scripted.taken()).doesNotContain(gone, full);
            // What the server has answered is stored a moment later.
            await().atMost(PATIENCE)
                    .untilAsserted(() -> Api.deliveries(topic, "DEAD")
                            .then()
                            .body("items.endpoint", equalTo(List.of(gone)))
                            .body("items[0].attempts[0].error", containsString("550 5.1.1 no such user")));
            await().atMost(PATIENCE)
                    .untilAsserted(() ->
                            Api.deliveries(topic, "PENDING").then().body("items.endpoint", equalTo(List.of(full))));
        } finally {
            mails = start();
        }
    }

    @Test
    void aWebhooksLinkConfirmsForProgramsAndAsksPeople() {
        Response created = Api.subscribe(topic, "http", receiver.url("/link"));
        String location = created.header("Location");
        awaitReceived("/link", 1);
        String link = receiver.on("/link").getFirst().json().getString("confirmUrl");
        String path = link.substring(Servers.BASE_URL.length());
        for (RequestSpecification curious : List.of(
                given().accept(BROWSER),
                given().header("Sec-Purpose", "prefetch;prerender"),
                given().accept("text/html"))) {
            curious.get(path).then().statusCode(200).contentType("text/html");
        }
        given().head(path).then().statusCode(200);
        Api.admin().get(location).then().body("state", equalTo("PENDING"));
        given().accept("*/*").get(path).then().statusCode(200).body("state", equalTo("CONFIRMED"));
        Api.admin().get(location).then().body("state", equalTo("CONFIRMED"));
        given().accept(BROWSER).get(path).then().statusCode(200).body(containsString("is confirmed"));
        given().accept(BROWSER)
                .get("/api/v1/confirmations/none")
                .then()
                .statusCode(404)
                .contentType("text/html");
    }

    /** The mails to this test's address, in their order. */
    private List<MimeMessage> awaitMails(int count) throws MessagingException {
        Instant end = Instant.now().plus(PATIENCE);
        List<MimeMessage> received = List.of();
        while (received.size() < count && Instant.now().isBefore(end)) {
            mails.waitForIncomingEmail(200, count);
            received = Arrays.stream(mails.getReceivedMessages())
                    .filter(mail -> GreenMailUtil.getHeaders(mail).contains(address))
                    .toList();
        }
        assertThat(received)
                .as(() -> Api.deliveries(topic, "PENDING").asString())
                .hasSizeGreaterThanOrEqualTo(count);
        return received;
    }

    private static String path(MimeMessage mail) throws Exception {
        Matcher link = LINK.matcher(part(mail, "text/plain"));
        assertThat(link.find()).isTrue();
        return link.group(1);
    }

    private static String part(Part mail, String type) throws Exception {
        if (mail.isMimeType(type)) {
            return (String) mail.getContent();
        }
        if (mail.getContent() instanceof Multipart parts) {
            for (int i = 0; i < parts.getCount(); i++) {
                String found = part(parts.getBodyPart(i), type);
                if (!found.isEmpty()) {
                    return found;
                }
            }
        }
        return "";
    }
}
