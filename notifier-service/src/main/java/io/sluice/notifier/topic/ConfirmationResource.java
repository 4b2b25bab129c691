package io.sluice.notifier.topic;

import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirements;

/** The one door that is open to everybody: whoever has the link may confirm. It can be opened more than once. */
@Path("/api/v1/confirmations/{token}")
@Produces(MediaType.APPLICATION_JSON)
public class ConfirmationResource {

    private final SubscriptionService subscriptions;

    @Inject
    ConfirmationResource(SubscriptionService subscriptions) {
        this.subscriptions = subscriptions;
    }

    @GET
    @SecurityRequirements
    @Operation(summary = "Confirms a subscription by the link that was sent to it; needs no token of the API")
    public Confirmed confirm(@PathParam("token") String token) {
        Subscription.View subscription = subscriptions.confirm(new ConfirmationToken(token));
        return new Confirmed(subscription.topic(), subscription.state());
    }

    /** No more than a stranger may know. */
    record Confirmed(String topic, SubscriptionState state) {}
}
