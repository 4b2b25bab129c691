package io.sluice.notifier.delivery;

import io.sluice.contracts.Json;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.notifier.channel.EmailAddress;
import io.sluice.notifier.channel.MailChannel;
import io.sluice.notifier.channel.Outcome;
import io.sluice.notifier.channel.WebhookChannel;
import io.sluice.notifier.channel.WebhookEndpoint;
import io.sluice.notifier.channel.WebhookMessage;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Makes one attempt over the channel that the recipient asked for. */
@ApplicationScoped
class DeliverySender {

    private final WebhookChannel webhooks;
    private final MailChannel mails;
    private final MailText text;
    private final SecretSeal seal;
    private final Clock clock;

    @Inject
    DeliverySender(WebhookChannel webhooks, MailChannel mails, MailText text, SecretSeal seal, Clock clock) {
        this.webhooks = webhooks;
        this.mails = mails;
        this.text = text;
        this.seal = seal;
        this.clock = clock;
    }

    Outcome send(Claim claim) {
        Recipient recipient = claim.recipient();
        try {
            Message message = claim.confirmUrl() == null
                    ? claim.message()
                    : claim.message()
                            .withConfirmUrl(open(recipient, claim.confirmUrl()).reveal());
            return recipient.protocol().equals(EmailAddress.PROTOCOL)
                    ? mails.send(text.render(recipient, message))
                    : webhooks.send(new WebhookMessage(
                            message.id(),
                            new WebhookEndpoint(URI.create(recipient.endpoint())),
                            secrets(recipient),
                            Json.write(message)));
        } catch (SluiceException e) {
            return new Outcome.Failed(String.valueOf(e.getMessage()));
        }
    }

    private List<Secret> secrets(Recipient recipient) {
        SealedKeys keys = recipient.keys();
        return Stream.of(keys.current(), keys.previousAt(clock.instant()))
                .filter(Objects::nonNull)
                .map(secret -> open(recipient, secret))
                .toList();
    }

    private Secret open(Recipient recipient, SealedSecret sealed) {
        return seal.open(Recipient.sealContext(recipient.subscriptionId()), sealed);
    }
}
