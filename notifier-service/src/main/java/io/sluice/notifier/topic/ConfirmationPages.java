package io.sluice.notifier.topic;

import io.sluice.contracts.error.SluiceException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.Response;

/** What people see of a confirmation. */
@ApplicationScoped
class ConfirmationPages {

    private final Confirmations confirmations;
    private final Pages pages;

    @Inject
    ConfirmationPages(Confirmations confirmations, Pages pages) {
        this.confirmations = confirmations;
        this.pages = pages;
    }

    /** Changes nothing. */
    Response ask(ConfirmationToken token) {
        try {
            Subscription.View subscription = confirmations.find(token);
            return subscription.state() == SubscriptionState.CONFIRMED
                    ? done(subscription)
                    : pages.of(
                            200,
                            "Confirm the subscription",
                            "Do you want the messages of topic " + subscription.topic() + " to be sent to "
                                    + subscription.endpoint() + "?",
                            "Confirm");
        } catch (SluiceException e) {
            return pages.notValid(String.valueOf(e.getMessage()));
        }
    }

    Response confirm(ConfirmationToken token) {
        try {
            return done(confirmations.confirm(token));
        } catch (SluiceException e) {
            return pages.notValid(String.valueOf(e.getMessage()));
        }
    }

    private Response done(Subscription.View subscription) {
        return pages.of(
                200,
                "The subscription is confirmed",
                "Messages of topic " + subscription.topic() + " are sent to " + subscription.endpoint() + ".",
                null);
    }
}
