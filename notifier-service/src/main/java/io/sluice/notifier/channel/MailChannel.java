package io.sluice.notifier.channel;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.quarkus.runtime.StartupEvent;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.notifier.channel.Outcome.Accepted;
import io.sluice.notifier.channel.Outcome.Failed;
import io.sluice.notifier.channel.Outcome.Rejected;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.mail.Message.RecipientType;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeBodyPart;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import java.io.IOException;
import java.io.UnsupportedEncodingException;
import java.time.Clock;
import java.util.Date;
import java.util.List;
import java.util.regex.Pattern;
import org.eclipse.angus.mail.smtp.SMTPAddressFailedException;
import org.eclipse.angus.mail.smtp.SMTPSendFailedException;
import org.jboss.logging.Logger;

/**
 * Sends e-mail through one mail server, a message for each recipient and a connection for each message. An answer of
 * the server that another attempt can change (RFC 5321: 4xx, as of greylisting) is a failure; what it says about the
 * mailbox or the message for good is a rejection. Thread-safe.
 */
@ApplicationScoped
public class MailChannel {

    private static final Logger LOG = Logger.getLogger(MailChannel.class);

    /** What ends a message's content: the answer is to that. */
    private static final String CONTENT = ".";

    private static final Pattern POLICY = Pattern.compile("^5\\d\\d[ -]5\\.7\\.");

    private final MailConfig config;
    private final Clock clock;
    private final MailServer server;

    @Inject
    MailChannel(MailConfig config, Clock clock) {
        this.config = config;
        this.clock = clock;
        this.server = new MailServer(config);
    }

    @PreDestroy
    void close() {
        server.close();
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
        try {
            sender(from);
        } catch (MessagingException e) {
            throw new IllegalStateException(
                    "SLUICE_MAIL_FROM is " + from + ", which is no address: " + e.getMessage(), e);
        }
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
            return new Accepted(null, beginning(server.send(mime(message))));
        } catch (MailServer.TooSlowException e) {
            return new Failed(
                    "The mail server took no message within " + config.timeout().toSeconds() + " s.");
        } catch (IOException e) {
            return new Failed("The mail server could not be reached: " + beginning(e));
        } catch (MessagingException e) {
            return failure(e);
        }
    }

    private MimeMessage mime(MailMessage message) throws MessagingException {
        MimeMessage mime = new IdentifiedMessage(server.session(), "<" + message.id() + "@sluice>");
        mime.setFrom(sender(config.from().orElseThrow()));
        mime.setRecipient(RecipientType.TO, new InternetAddress(message.to().text()));
        mime.setSubject(oneLine(message.subject()), UTF_8.name());
        mime.setSentDate(Date.from(clock.instant()));
        mime.setHeader("Auto-Submitted", "auto-generated");
        if (message.unsubscribeUrl() != null) {
            mime.setHeader("List-Unsubscribe", "<" + message.unsubscribeUrl() + ">");
            mime.setHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
        }
        MimeBodyPart text = new MimeBodyPart();
        text.setText(message.text(), UTF_8.name());
        MimeBodyPart html = new MimeBodyPart();
        html.setText(message.html(), UTF_8.name(), "html");
        mime.setContent(new MimeMultipart("alternative", text, html));
        mime.saveChanges();
        return mime;
    }

    private static InternetAddress sender(String from) throws AddressException {
        InternetAddress address = new InternetAddress(from, true);
        try {
            // A name in other letters than ASCII is to be encoded.
            address.setPersonal(address.getPersonal(), UTF_8.name());
        } catch (UnsupportedEncodingException e) {
            throw new IllegalStateException("every Java has UTF-8", e);
        }
        return address;
    }

    /** A message whose id is not made up anew for each attempt. */
    private static final class IdentifiedMessage extends MimeMessage {

        private final String id;

        IdentifiedMessage(Session session, String id) {
            super(session);
            this.id = id;
        }

        @Override
        protected void updateMessageID() throws MessagingException {
            setHeader("Message-ID", id);
        }
    }

    /** A line break in a header would begin another header. */
    private static String oneLine(String text) {
        return text.replaceAll("\\p{Cntrl}+", " ").strip();
    }

    private static Outcome failure(MessagingException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SMTPAddressFailedException answer) {
                return answered(answer, isFinal(answer.getReturnCode(), answer));
            }
        }
        // It is around the one above, and says of the message as a whole what that one says of the mailbox. What
        // the server has against the sender, before it was shown anything else, is about Sluice.
        if (failure instanceof SMTPSendFailedException answer) {
            return answered(answer, CONTENT.equals(answer.getCommand()) && isFinal(answer.getReturnCode(), answer));
        }
        Throwable cause = failure.getCause();
        return new Failed("The mail server did not take the message: " + beginning(failure)
                + (cause == null ? "" : ": " + beginning(cause)));
    }

    private static Outcome answered(Exception answer, boolean forGood) {
        String text = "The mail server answered: " + beginning(answer);
        return forGood ? new Rejected(text) : new Failed(text);
    }

    /**
     * About the mailbox or the message. Other 5xx are about Sluice itself, as a wrong password, and so is what RFC 3463 calls
     * security or policy (5.7.x), as relaying that is denied: both can be mended. A full mailbox (552) may be emptied.
     */
    private static boolean isFinal(int code, Exception answer) {
        return code >= 550
                && code <= 559
                && code != 552
                && !POLICY.matcher(beginning(answer)).find();
    }

    private static String beginning(Throwable cause) {
        return beginning(String.valueOf(cause.getMessage()));
    }

    private static String beginning(String answer) {
        String text = oneLine(answer);
        return text.length() <= 1024 ? text : text.substring(0, 1024);
    }
}
