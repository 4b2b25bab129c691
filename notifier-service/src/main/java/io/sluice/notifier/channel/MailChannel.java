package io.sluice.notifier.channel;

import io.quarkus.mailer.Mail;
import io.quarkus.mailer.reactive.ReactiveMailer;
import io.quarkus.runtime.StartupEvent;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.notifier.channel.Outcome.Accepted;
import io.sluice.notifier.channel.Outcome.Failed;
import io.sluice.notifier.channel.Outcome.Rejected;
import io.smallrye.mutiny.TimeoutException;
import io.vertx.ext.mail.SMTPException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Sends e-mail through one mail server, a message for each recipient. An answer of the server that another attempt can
 * change (RFC 5321: 4xx, as of greylisting) is a failure; what it says about the mailbox or the message for good is a
 * rejection. Thread-safe.
 */
@ApplicationScoped
public class MailChannel {

    private static final Logger LOG = Logger.getLogger(MailChannel.class);

    private final ReactiveMailer mailer;
    private final MailConfig config;

    @Inject
    MailChannel(ReactiveMailer mailer, MailConfig config) {
        this.mailer = mailer;
        this.config = config;
    }

    /** Says whether there is e-mail; does not start with half of it. */
    void check(@Observes StartupEvent started) {
        if (config.host().isEmpty()) {
            LOG.info("No mail server is configured (SLUICE_SMTP_HOST): e-mail subscriptions are refused");
            return;
        }
        String from = config.from()
                .orElseThrow(
                        () -> new IllegalStateException(
                                "SLUICE_SMTP_HOST is set, but not SLUICE_MAIL_FROM: set it to the address that alerts come from."));
        LOG.infof("E-mail goes through %s, from %s", config.host().get(), from);
    }

    /** @throws SluiceException {@code MAIL_NOT_CONFIGURED} */
    public void requireConfigured() {
        if (config.host().isEmpty()) {
            String message =
                    "protocol email needs a mail server, and this Sluice has none: an administrator can name one"
                            + " with SLUICE_SMTP_HOST and SLUICE_MAIL_FROM. Webhooks (http, https) work without.";
            throw new SluiceException(
                    message, List.of(new Violation("protocol", ErrorCode.MAIL_NOT_CONFIGURED, message)));
        }
    }

    /** Never throws for what a mail server or the network does. */
    public Outcome send(MailMessage message) {
        if (config.host().isEmpty()) {
            return new Failed("No mail server is configured any more (SLUICE_SMTP_HOST).");
        }
        try {
            mailer.send(mail(message)).await().atMost(config.timeout());
            return new Accepted(null, "The mail server has taken it.");
        } catch (TimeoutException e) {
            return new Failed(
                    "The mail server took no message within " + config.timeout().toSeconds() + " s.");
        } catch (RuntimeException e) {
            return failure(e);
        }
    }

    private Mail mail(MailMessage message) {
        Mail mail = new Mail()
                .addTo(message.to().text())
                .setFrom(config.from().orElseThrow())
                .setSubject(oneLine(message.subject()))
                .setText(message.text())
                .setHtml(message.html())
                .addHeader("Message-ID", "<" + message.id() + "@sluice>")
                .addHeader("Auto-Submitted", "auto-generated");
        if (message.unsubscribeUrl() != null) {
            mail.addHeader("List-Unsubscribe", "<" + message.unsubscribeUrl() + ">")
                    .addHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
        }
        return mail;
    }

    /** A line break in a header would begin another header. */
    private static String oneLine(String text) {
        return text.replaceAll("\\p{Cntrl}+", " ").strip();
    }

    private static Outcome failure(RuntimeException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SMTPException answer) {
                String text = "The mail server answered: "
                        + oneLine(String.valueOf(answer.getReplyMessage())).transform(MailChannel::beginning);
                return isFinal(answer.getReplyCode()) ? new Rejected(text) : new Failed(text);
            }
        }
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        return new Failed("The mail server could not be reached: "
                + oneLine(String.valueOf(cause.getMessage())).transform(MailChannel::beginning));
    }

    /** About the mailbox or the message. Other 5xx are about Sluice itself, as a wrong password, which can be mended. */
    private static boolean isFinal(int code) {
        return code >= 550 && code <= 559;
    }

    private static String beginning(String text) {
        return text.length() <= 1024 ? text : text.substring(0, 1024);
    }
}
