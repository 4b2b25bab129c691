package io.sluice.notifier.channel;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.secret.Secret;
import io.sluice.localstack.CertificateAuthority;
import io.sluice.notifier.channel.Outcome.Accepted;
import io.sluice.notifier.channel.Outcome.Failed;
import io.sluice.notifier.channel.Outcome.Refused;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Receivers that misbehave, and names that lead elsewhere; over real sockets. */
@Timeout(30)
class WebhookChannelIT {

    private static final Duration TIMEOUT = Duration.ofSeconds(1);
    private static final Duration LATE = Duration.ofSeconds(5);
    private static final String OK = "HTTP/1.1 200 OK\r\n";

    private final CertificateAuthority authority = new CertificateAuthority("receivers");
    private final AtomicInteger lookUps = new AtomicInteger();
    private List<String> addresses = List.of("127.0.0.1");
    private WebhookChannel channel = channel();
    private final CountDownLatch over = new CountDownLatch(1);
    private RawReceiver receiver = RawReceiver.silent();

    @AfterEach
    void close() throws IOException {
        over.countDown();
        channel.close();
        receiver.close();
    }

    @Test
    void oneThatHangsIsGivenUpInTime() {
        assertThat(send()).isEqualTo(new Failed("No complete answer within 1000 ms."));
    }

    @Test
    void oneThatAnswersByteByByteIsGivenUpInTime() {
        receiver = RawReceiver.answering(out -> {
            out.write((OK + "X: ").getBytes(US_ASCII));
            drip(out);
        });
        assertThat(send()).isEqualTo(new Failed("No complete answer within 1000 ms."));
    }

    @Test
    void oneWhoseBodyNeverEndsIsGivenUpInTime() {
        receiver = RawReceiver.answering(out -> {
            out.write((OK + "\r\n").getBytes(US_ASCII));
            drip(out);
        });
        assertThat(send()).isEqualTo(new Failed("No complete answer within 1000 ms."));
    }

    @Test
    void oneThatHangsInTheHandshakeIsGivenUpInTime() {
        assertThat(send("https", "hooks.example.com")).isInstanceOf(Failed.class);
    }

    @Test
    void ofAGigabyteOnlyTheBeginningIsTaken() {
        byte[] block = "x\0".repeat(32_768).getBytes(US_ASCII);
        receiver = RawReceiver.answering(out -> {
            out.write((OK + "Content-Length: 1073741824\r\n\r\n").getBytes(US_ASCII));
            for (long sent = 0; sent < 1L << 30; sent += block.length) {
                out.write(block);
            }
        });
        assertThat(send()).isEqualTo(new Accepted(200, "x".repeat(512)));
    }

    @Test
    void headersWithoutEndAreNotTaken() {
        receiver = RawReceiver.answering(out -> {
            out.write(OK.getBytes(US_ASCII));
            for (int line = 0; line < 1_000_000; line++) {
                out.write(("X-" + line + ": " + "y".repeat(100) + "\r\n").getBytes(US_ASCII));
            }
        });
        assertThat(send()).isInstanceOf(Failed.class);
    }

    @Test
    void oneThatClosesAtOnceHasFailed() {
        receiver = RawReceiver.answering(out -> {});
        assertThat(send()).isInstanceOf(Failed.class);
    }

    @ParameterizedTest
    @CsvSource({
        "500, Internal Server Error",
        "302, Found",
        "307, Temporary Redirect",
        "404, Not Found",
        "401, Unauthorized"
    })
    void whatIsNo2xxIsRefusedAndNoRedirectFollowed(int status, String phrase) {
        receiver = RawReceiver.answering(out -> out.write(("HTTP/1.1 " + status + " " + phrase
                        + "\r\nLocation: http://127.0.0.1:" + receiver.port()
                        + "/elsewhere\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 2\r\n\r\nno")
                .getBytes(US_ASCII)));
        assertThat(send()).isEqualTo(new Refused(status, "no"));
        assertThat(receiver.connections()).isEqualTo(1);
    }

    @Test
    void theAddressThatWasJudgedIsTheOneThatIsCalled() {
        receiver = RawReceiver.answering(out -> out.write((OK + "Content-Length: 0\r\n\r\n").getBytes(US_ASCII)));
        assertThat(send("http", "rebinding.example.com")).isEqualTo(new Accepted(200, ""));
        assertThat(lookUps).hasValue(1);

        addresses = List.of("10.0.0.1");
        assertThat(send("http", "rebinding.example.com"))
                .isInstanceOfSatisfying(
                        Failed.class,
                        failed -> assertThat(failed.error()).startsWith("The endpoint leads to a loopback, private"));

        addresses = List.of("127.0.0.1", "10.0.0.1");
        assertThat(send("http", "both.example.com")).isInstanceOf(Failed.class);
        assertThat(receiver.connections()).isEqualTo(1);
    }

    @Test
    void anAddressInTheUrlIsJudgedToo() {
        for (String host : List.of("127.0.0.2", "[::1]", "[::ffff:10.0.0.1]", "2130706434")) {
            addresses = List.of();
            assertThat(send("http", host)).isInstanceOf(Failed.class);
        }
        assertThat(receiver.connections()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "hooks.example.com, hooks.example.com, 1,  true",
        "hooks.example.com, other.example.com, 1,  false",
        "hooks.example.com, 127.0.0.1,         1,  false",
        "hooks.example.com, hooks.example.com, -1, false",
    })
    void aCertificateMustBeForTheNameWhateverTheAddress(String host, String certified, int days, boolean accepted) {
        CertificateAuthority.Issued issued = authority.issue(
                certified, CertificateAuthority.ecKeys(), Instant.now().plus(Duration.ofDays(days)), certified);
        receiver = RawReceiver.tls(
                TestTls.server(issued), out -> out.write((OK + "Content-Length: 0\r\n\r\n").getBytes(US_ASCII)));
        Outcome outcome = send("https", host);
        assertThat(outcome instanceof Accepted).as(outcome.toString()).isEqualTo(accepted);
        if (accepted) {
            assertThat(receiver.serverName()).isEqualTo(host);
        }
    }

    @Test
    void aCertificateOfAStrangerIsNotTaken() {
        CertificateAuthority.Issued issued =
                new CertificateAuthority("a stranger").issue("hooks.example.com", "hooks.example.com");
        receiver = RawReceiver.tls(TestTls.server(issued), out -> out.write((OK + "\r\n").getBytes(US_ASCII)));
        assertThat(send("https", "hooks.example.com")).isInstanceOf(Failed.class);
    }

    @Test
    void eachSecretSigns() {
        receiver = RawReceiver.answering(out -> out.write((OK + "Content-Length: 0\r\n\r\n").getBytes(US_ASCII)));
        channel.send(new WebhookMessage("m1", endpoint("http", "hooks.example.com"), secrets(2), "{}"));
        assertThat(receiver.request())
                .contains("POST /x?y=z HTTP/1.1", "webhook-id: m1")
                .containsPattern("webhook-signature: v1,\\S+ v1,\\S+\r\n")
                .contains("Host: hooks.example.com:" + receiver.port());
    }

    private Outcome send() {
        return send("http", "hooks.example.com");
    }

    private Outcome send(String protocol, String host) {
        long began = System.nanoTime();
        Outcome outcome = channel.send(new WebhookMessage("m1", endpoint(protocol, host), secrets(1), "{}"));
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(LATE);
        return outcome;
    }

    private WebhookEndpoint endpoint(String protocol, String host) {
        return new WebhookEndpoint(URI.create(protocol + "://" + host + ":" + receiver.port() + "/x?y=z"));
    }

    private static List<Secret> secrets(int count) {
        return Stream.generate(Signature::newSecret).limit(count).toList();
    }

    /** A byte now and then, until the test is over or the other side has hung up. */
    private void drip(OutputStream out) throws IOException {
        try {
            while (!over.await(100, TimeUnit.MILLISECONDS)) {
                out.write('a');
                out.flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private WebhookChannel channel() {
        return new WebhookChannel(
                new AddressPolicy(List.of("127.0.0.1/32")),
                this::lookUp,
                authority.trusting(),
                TIMEOUT,
                Clock.systemUTC());
    }

    /** As a name server whose answers change; what is an address already is none of its business. */
    private InetAddress[] lookUp(String host) throws UnknownHostException {
        lookUps.incrementAndGet();
        if (addresses.isEmpty()) {
            return InetAddress.getAllByName(host);
        }
        InetAddress[] found = new InetAddress[addresses.size()];
        for (int i = 0; i < found.length; i++) {
            found[i] = InetAddress.getByName(addresses.get(i));
        }
        return found;
    }
}
