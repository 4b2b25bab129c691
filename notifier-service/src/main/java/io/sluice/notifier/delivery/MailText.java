package io.sluice.notifier.delivery;

import io.quarkus.qute.Location;
import io.quarkus.qute.Template;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.notifier.channel.EmailAddress;
import io.sluice.notifier.channel.MailMessage;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import org.jspecify.annotations.Nullable;

/** A message as an e-mail, in text and in HTML; what comes from tasks is escaped there. */
@ApplicationScoped
class MailText {

    private final Template text;
    private final Template html;
    private final SecretSeal seal;
    private final LinkConfig links;

    @Inject
    MailText(
            @Location("mail/message.txt") Template text,
            @Location("mail/message.html") Template html,
            SecretSeal seal,
            LinkConfig links) {
        this.text = text;
        this.html = html;
        this.seal = seal;
        this.links = links;
    }

    MailMessage render(Recipient recipient, Message message) {
        String unsubscribe = message.type() == Message.Type.Notification ? unsubscribeUrl(recipient) : null;
        return new MailMessage(
                message.id(),
                new EmailAddress(recipient.endpoint()),
                message.subject(),
                fill(text, message, unsubscribe),
                fill(html, message, unsubscribe),
                unsubscribe);
    }

    private String unsubscribeUrl(Recipient recipient) {
        Secret secret = seal.open(
                Recipient.sealContext(recipient.subscriptionId()),
                recipient.keys().current());
        return links.unsubscribeUrl(UnsubscribeToken.of(recipient.subscriptionId(), secret));
    }

    private static String fill(Template template, Message message, @Nullable String unsubscribe) {
        return template.data("message", message)
                .data("unsubscribe", unsubscribe == null ? "" : unsubscribe)
                .render();
    }
}
