package io.sluice.notifier.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.StartupEvent;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.localstack.CertificateAuthority;
import io.sluice.notifier.channel.Outcome.Accepted;
import io.sluice.notifier.channel.Outcome.Failed;
import io.sluice.notifier.channel.Outcome.Rejected;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MailChannelTest {

    private static final Duration LONG = Duration.ofMinutes(1);

    private record Settings(
            Optional<String> host,
            int port,
            StartTls startTls,
            boolean tls,
            Optional<Path> ca,
            Optional<String> username,
            Optional<String> password,
            Optional<String> from,
            Duration timeout)
            implements MailConfig {

        static Settings of(Optional<String> host, Optional<String> from) {
            return new Settings(
                    host,
                    587,
                    StartTls.OPTIONAL,
                    false,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    from,
                    LONG);
        }

        static Settings local(int port) {
            return of(Optional.of("127.0.0.1"), Optional.of("sluice@example.com"))
                    .at(port);
        }

        Settings at(int newPort) {
            return new Settings(host, newPort, startTls, tls, ca, username, password, from, timeout);
        }

        Settings within(Duration newTimeout) {
            return new Settings(host, port, startTls, tls, ca, username, password, from, newTimeout);
        }

        Settings requiringStartTls() {
            return new Settings(host, port, StartTls.REQUIRED, tls, ca, username, password, from, timeout);
        }

        Settings throughTls(Path authorities) {
            return new Settings(
                    host, port, StartTls.REQUIRED, true, Optional.of(authorities), username, password, from, timeout);
        }
    }

    @Test
    void withoutAMailServerEmailIsRefusedByName() {
        MailChannel channel = channel(Settings.of(Optional.empty(), Optional.empty()));
        assertThatThrownBy(channel::requireConfigured).isInstanceOfSatisfying(SluiceException.class, e -> {
            assertThat(e.violations().getFirst().code()).isEqualTo(ErrorCode.MAIL_NOT_CONFIGURED);
            assertThat(e.getMessage()).contains("SLUICE_SMTP_HOST", "SLUICE_MAIL_FROM");
        });
        channel.check(new StartupEvent());
    }

    @Test
    void itDoesNotStartWithAServerAndNoSender() {
        MailChannel channel = channel(Settings.of(Optional.of("mail.example.com"), Optional.empty()));
        assertThatThrownBy(() -> channel.check(new StartupEvent())).hasMessageContaining("SLUICE_MAIL_FROM");
    }

    @Test
    void itDoesNotStartWithAuthoritiesThatAreNone(@TempDir Path directory) throws IOException {
        Path empty = Files.createFile(directory.resolve("authority.pem"));
        assertThatThrownBy(() -> channel(Settings.local(25).throughTls(empty)))
                .hasMessageContaining("SLUICE_SMTP_CA")
                .hasMessageContaining("authority.pem");
    }

    @Test
    void hundredsOfRefusalsSideBySideAreEachAnsweredAndHoldNothingUp() throws Exception {
        try (ScriptedMailServer server = new ScriptedMailServer(0);
                ExecutorService senders = Executors.newFixedThreadPool(8)) {
            MailChannel channel = channel(Settings.local(server.port()));
            List<Future<Outcome>> outcomes = new ArrayList<>();
            for (int i = 0; i < 600; i++) {
                String to = (i % 3 == 0 ? "gone" : i % 3 == 1 ? "full" : "ops") + i + "@example.com";
                if (i % 3 == 0) {
                    server.answer(to, before -> "550 5.1.1 no such user");
                } else if (i % 3 == 1) {
                    server.answer(to, before -> "452 4.2.2 mailbox full");
                }
                outcomes.add(senders.submit(() -> channel.send(message(to))));
            }
            for (int i = 0; i < outcomes.size(); i++) {
                Outcome outcome = outcomes.get(i).get();
                switch (i % 3) {
                    case 0 ->
                        assertThat(outcome).isEqualTo(new Rejected("The mail server answered: 550 5.1.1 no such user"));
                    case 1 ->
                        assertThat(outcome).isEqualTo(new Failed("The mail server answered: 452 4.2.2 mailbox full"));
                    default -> assertThat(outcome).isInstanceOf(Accepted.class);
                }
            }
            assertThat(server.taken()).hasSize(200);
        }
    }

    @Test
    void whatTheServerHasAgainstSluiceIsTriedAgain() {
        try (ScriptedMailServer server = new ScriptedMailServer(0)) {
            MailChannel channel = channel(Settings.local(server.port()));
            for (String answer : List.of(
                    "554 5.7.1 <relay@example.com>: Relay access denied",
                    "550 5.7.1 listed",
                    "552 5.2.2 mailbox full",
                    "421 4.3.2 closing")) {
                server.answer("relay@example.com", before -> answer);
                assertThat(channel.send(message("relay@example.com")))
                        .isEqualTo(new Failed("The mail server answered: " + answer));
            }
            for (String answer : List.of("550 5.1.0 sender unknown", "553 5.7.1 not owned", "451 4.3.0 later")) {
                server.answerSender(answer);
                assertThat(channel.send(message("ops@example.com")))
                        .isEqualTo(new Failed("The mail server answered: " + answer));
            }
            assertThat(server.taken()).isEmpty();
        }
    }

    @Test
    void theWordOfTheServerIsKept() {
        try (ScriptedMailServer server = new ScriptedMailServer(0)) {
            MailChannel channel = channel(Settings.local(server.port()));
            server.answerContent("250 2.0.0 queued as 4Zx1");
            assertThat(channel.send(message("ops@example.com")))
                    .isEqualTo(new Accepted(null, "250 2.0.0 queued as 4Zx1"));
            server.answerContent("554 5.6.0 message refused");
            assertThat(channel.send(message("ops@example.com")))
                    .isEqualTo(new Rejected("The mail server answered: 554 5.6.0 message refused"));
        }
    }

    @Test
    void aSenderThatIsNoAddressIsNamedAtTheStart() {
        MailChannel wrong = channel(Settings.of(Optional.of("mail.example.com"), Optional.of("alerts at example")));
        assertThatThrownBy(() -> wrong.check(new StartupEvent())).hasMessageContaining("SLUICE_MAIL_FROM");
        channel(Settings.of(Optional.of("mail.example.com"), Optional.of("Störungen <alerts@example.com>")))
                .check(new StartupEvent());
    }

    @Test
    void aServerThatSaysNothingIsLeftAtTheDeadline() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            MailChannel channel = channel(Settings.local(silent.getLocalPort()).within(Duration.ofSeconds(1)));
            assertThat(channel.send(message("ops@example.com")))
                    .isEqualTo(new Failed("The mail server took no message within 1 s."));
        }
    }

    @Test
    void whatCannotBeReachedIsNamed() throws IOException {
        int port;
        try (ServerSocket gone = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            port = gone.getLocalPort();
        }
        assertThat(error(channel(Settings.local(port))))
                .startsWith("The mail server could not be reached: 127.0.0.1 port " + port + ": Connection refused");
    }

    @Test
    void nothingIsSaidInClearWhereTlsIsRequired() {
        try (ScriptedMailServer server = new ScriptedMailServer(0)) {
            assertThat(error(channel(Settings.local(server.port()).requiringStartTls())))
                    .contains("STARTTLS is required but host does not support STARTTLS");
            assertThat(server.taken()).isEmpty();
        }
    }

    @Test
    void tlsFromTheFirstByteIsForTheServerThatTheAuthorityNames(@TempDir Path directory) throws IOException {
        CertificateAuthority authority = new CertificateAuthority("an authority");
        Path trusted = Files.writeString(directory.resolve("authority.pem"), authority.certificate());
        try (ScriptedMailServer server = new ScriptedMailServer(
                0, TestTls.server(authority.issue("127.0.0.1", "127.0.0.1")).getServerSocketFactory())) {
            assertThat(channel(Settings.local(server.port()).throughTls(trusted))
                            .send(message("ops@example.com")))
                    .isInstanceOf(Accepted.class);
        }
        try (ScriptedMailServer other = new ScriptedMailServer(
                0,
                TestTls.server(authority.issue("other.example.com", "other.example.com"))
                        .getServerSocketFactory())) {
            assertThat(error(channel(Settings.local(other.port()).throughTls(trusted))))
                    .contains("127.0.0.1");
            assertThat(other.taken()).isEmpty();
        }
    }

    private static String error(MailChannel channel) {
        return ((Failed) channel.send(message("ops@example.com"))).error();
    }

    private static MailMessage message(String to) {
        return new MailMessage("id", EmailAddress.parse(to), "subject", "text", "<p>html</p>", null);
    }

    private static MailChannel channel(MailConfig config) {
        return new MailChannel(config, Clock.systemUTC());
    }
}
