package io.sluice.notifier.topic;

import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Locale;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirements;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/**
 * The link of a webhook's confirmation, open to whoever has it; it can be opened more than once. A program confirms with
 * a GET. What asks for HTML, or says that it only looks ahead, gets a page with a button instead: browsers do, and chat
 * programs that show what is behind a link.
 */
@Path("/api/v1/confirmations/{token}")
@Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_HTML})
@Consumes(MediaType.WILDCARD)
@SecurityRequirements
@Tag(name = "Links")
public class ConfirmationResource {

    private static final List<String> LOOKING_AHEAD = List.of("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz");

    private final Confirmations confirmations;
    private final ConfirmationPages pages;

    @Inject
    ConfirmationResource(Confirmations confirmations, ConfirmationPages pages) {
        this.confirmations = confirmations;
        this.pages = pages;
    }

    @GET
    @Operation(
            summary =
                    "Confirms a subscription by the link that was sent to it; to browsers it shows a page with a button")
    @APIResponse(responseCode = "200", description = "Confirmed, or a page that asks")
    @APIResponse(responseCode = "404", description = "NOT_FOUND")
    public Response open(@PathParam("token") String text, @Context HttpHeaders headers) {
        ConfirmationToken token = new ConfirmationToken(text);
        return wantsPage(headers) || looksAhead(headers) ? pages.ask(token) : confirmed(token);
    }

    /** Confirms nothing: it is how links are probed. */
    @HEAD
    @Operation(hidden = true)
    public Response probe(@PathParam("token") String text) {
        confirmations.find(new ConfirmationToken(text));
        return Response.ok().type(MediaType.APPLICATION_JSON).build();
    }

    @POST
    @Operation(summary = "Confirms a subscription by the link that was sent to it")
    @APIResponse(responseCode = "200", description = "Confirmed")
    @APIResponse(responseCode = "404", description = "NOT_FOUND")
    public Response confirm(@PathParam("token") String text, @Context HttpHeaders headers) {
        ConfirmationToken token = new ConfirmationToken(text);
        return wantsPage(headers) ? pages.confirm(token) : confirmed(token);
    }

    private Response confirmed(ConfirmationToken token) {
        Subscription.View subscription = confirmations.confirm(token);
        return Response.ok(new Confirmed(subscription.topic(), subscription.state()), MediaType.APPLICATION_JSON_TYPE)
                .build();
    }

    private static boolean wantsPage(HttpHeaders headers) {
        return headers.getAcceptableMediaTypes().stream()
                .anyMatch(type ->
                        type.getType().equals("text") && type.getSubtype().equals("html"));
    }

    private static boolean looksAhead(HttpHeaders headers) {
        return LOOKING_AHEAD.stream()
                .map(headers::getHeaderString)
                .anyMatch(value -> value != null
                        && (value.toLowerCase(Locale.ROOT).contains("prefetch")
                                || value.toLowerCase(Locale.ROOT).contains("preview")));
    }

    /** No more than a stranger may know. */
    record Confirmed(String topic, SubscriptionState state) {}
}
