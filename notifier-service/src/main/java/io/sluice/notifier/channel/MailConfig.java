package io.sluice.notifier.channel;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Whether e-mail can be sent, through which server and as whom. */
@ConfigMapping(prefix = "sluice.mail")
public interface MailConfig {

    /** Whether a connection that begins in clear goes on in TLS (RFC 3207). */
    enum StartTls {
        /** Nothing is said to a server that does not offer it. */
        REQUIRED,
        /** Where the server offers it. */
        OPTIONAL,
        DISABLED
    }

    /** The mail server, from {@code SLUICE_SMTP_HOST}; without one there is no e-mail. */
    Optional<String> host();

    /** Its port, from {@code SLUICE_SMTP_PORT}. */
    @WithDefault("587")
    int port();

    /** From {@code SLUICE_SMTP_STARTTLS}; of no matter with {@link #tls()}. */
    @WithDefault("REQUIRED")
    StartTls startTls();

    /** TLS from the first byte, as on port 465, from {@code SLUICE_SMTP_TLS}. */
    @WithDefault("false")
    boolean tls();

    /** Whose certificates the server's may be signed with (PEM), from {@code SLUICE_SMTP_CA}; else the JVM's. */
    Optional<Path> ca();

    /** The account, from {@code SLUICE_SMTP_USERNAME}; none where the server wants none. */
    Optional<String> username();

    /** Its password, from {@code SLUICE_SMTP_PASSWORD}. */
    Optional<String> password();

    /** Whom messages come from, from {@code SLUICE_MAIL_FROM}; required with a mail server. */
    Optional<String> from();

    /** For one attempt, from the look-up of the server's name to its word that it has the message. */
    @WithDefault("30s")
    Duration timeout();
}
