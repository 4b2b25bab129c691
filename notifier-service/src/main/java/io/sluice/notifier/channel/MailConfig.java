package io.sluice.notifier.channel;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** Whether e-mail can be sent; how is Quarkus' own {@code quarkus.mailer}. */
@ConfigMapping(prefix = "sluice.mail")
public interface MailConfig {

    /** The mail server, from {@code SLUICE_SMTP_HOST}; without one there is no e-mail. */
    Optional<String> host();

    /** Whom messages come from, from {@code SLUICE_MAIL_FROM}; required with a mail server. */
    Optional<String> from();

    /** For one attempt, the wait for a connection included. */
    @WithDefault("30s")
    Duration timeout();
}
