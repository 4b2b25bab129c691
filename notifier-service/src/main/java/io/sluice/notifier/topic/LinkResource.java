package io.sluice.notifier.topic;

import io.sluice.notifier.delivery.UnsubscribeToken;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Optional;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirements;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/**
 * The links of e-mails, open to whoever has them. To GET they show a page with a button, whoever asks. Mail programs
 * unsubscribe with the POST of RFC 8058, people with that of the button.
 */
@Path("/")
@APIResponse(responseCode = "200", description = "The page")
@APIResponse(responseCode = "404", description = "A page that says that the link is not valid, or not any more")
@Produces(MediaType.TEXT_HTML)
@Consumes(MediaType.WILDCARD)
@SecurityRequirements
@Tag(name = "Links")
public class LinkResource {

    private static final String GONE = "There is no subscription behind it, or not any more.";

    private final ConfirmationPages confirmations;
    private final SubscriptionService subscriptions;
    private final Pages pages;

    @Inject
    LinkResource(ConfirmationPages confirmations, SubscriptionService subscriptions, Pages pages) {
        this.confirmations = confirmations;
        this.subscriptions = subscriptions;
        this.pages = pages;
    }

    @GET
    @Path("confirm/{token}")
    @Operation(summary = "A page with the button that confirms a subscription")
    public Response askToConfirm(@PathParam("token") String token) {
        return confirmations.ask(new ConfirmationToken(token));
    }

    @POST
    @Path("confirm/{token}")
    @Operation(summary = "Confirms a subscription, and says so on a page")
    public Response confirm(@PathParam("token") String token) {
        return confirmations.confirm(new ConfirmationToken(token));
    }

    @GET
    @Path("unsubscribe/{token}")
    @Operation(summary = "A page with the button that unsubscribes")
    public Response askToUnsubscribe(@PathParam("token") String token) {
        return onTopic(
                token,
                subscriptions::findTopic,
                topic -> pages.of(
                        200, "Unsubscribe", "Do you want no more messages of topic " + topic + "?", "Unsubscribe"));
    }

    @POST
    @Path("unsubscribe/{token}")
    @Operation(summary = "Unsubscribes, and says so on a page")
    public Response unsubscribe(@PathParam("token") String token) {
        return onTopic(
                token,
                subscriptions::unsubscribe,
                topic -> pages.of(200, "Unsubscribed", "You get no more messages of topic " + topic + ".", null));
    }

    private Response onTopic(
            String token, Function<UnsubscribeToken, Optional<String>> act, Function<String, Response> answer) {
        return UnsubscribeToken.parse(token).flatMap(act).map(answer).orElseGet(() -> pages.notValid(GONE));
    }
}
