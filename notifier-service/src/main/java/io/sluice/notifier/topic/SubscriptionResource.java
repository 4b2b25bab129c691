package io.sluice.notifier.topic;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.http.access.CurrentCaller;
import io.sluice.http.once.IdempotencyKeys;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.time.Instant;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.ResponseStatus;
import org.jspecify.annotations.Nullable;

@Path("/api/v1/topics/{name}/subscriptions")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Subscriptions")
public class SubscriptionResource {

    private final SubscriptionService subscriptions;
    private final CurrentCaller callers;

    @Inject
    SubscriptionResource(SubscriptionService subscriptions, CurrentCaller callers) {
        this.callers = callers;
        this.subscriptions = subscriptions;
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Subscribes an endpoint; the answer holds the signing secret, which is never shown again",
            description =
                    "A request that is repeated with the same Idempotency-Key within 24 h subscribes nothing and is"
                            + " answered with the first one's subscription and secret.")
    @RequestBody(
            required = true,
            content =
                    @Content(
                            schema = @Schema(implementation = NewSubscription.class),
                            example = "{\"protocol\": \"https\", \"endpoint\": \"https://hooks.example.com/sluice\"}"))
    @APIResponse(responseCode = "201", content = @Content(schema = @Schema(implementation = WithSecret.class)))
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED, UNKNOWN_FIELD, MALFORMED_REQUEST")
    @APIResponse(responseCode = "404", description = "NOT_FOUND: the topic")
    @APIResponse(responseCode = "422", description = "ENDPOINT_FORBIDDEN, MAIL_NOT_CONFIGURED, IDEMPOTENCY_KEY_REUSED")
    @APIResponse(responseCode = "429", description = "TOO_MANY_CONFIRMATIONS")
    public Response create(
            @PathParam("name") String topic,
            @HeaderParam(IdempotencyKeys.HEADER) @Nullable String key,
            @Nullable NewSubscription asked) {
        Target target = (asked == null ? new NewSubscription(null, null) : asked).validated();
        SubscriptionService.Created created = subscriptions.create(
                topic,
                target,
                IdempotencyKeys.Request.of(callers.get().name(), key, "subscription", topic, target.toString()));
        Subscription.View subscription = created.subscription();
        URI location = URI.create("/api/v1/topics/" + subscription.topic() + "/subscriptions/" + subscription.id());
        return Response.created(location)
                .entity(new WithSecret(
                        subscription,
                        created.secret() == null ? null : created.secret().reveal()))
                .build();
    }

    @GET
    @Operation(summary = "The subscriptions of a topic, oldest first")
    @APIResponse(responseCode = "200", description = "One page; nextCursor asks for the next")
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED: limit or cursor")
    @APIResponse(responseCode = "404", description = "NOT_FOUND")
    public Page<Subscription.View> list(
            @PathParam("name") String topic,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        return subscriptions.list(topic, PageRequest.of(limit, cursor));
    }

    @GET
    @Path("/{id}")
    @Operation(summary = "One subscription")
    @APIResponse(responseCode = "200", description = "The subscription, without its secret")
    @APIResponse(responseCode = "404", description = "NOT_FOUND")
    public Subscription.View load(@PathParam("name") String topic, @PathParam("id") String id) {
        return subscriptions.load(topic, id(id));
    }

    @DELETE
    @Path("/{id}")
    @Operation(summary = "Unsubscribes; a confirmed endpoint gets one last message")
    @APIResponse(responseCode = "204", description = "It is gone")
    @APIResponse(responseCode = "404", description = "NOT_FOUND")
    public void delete(@PathParam("name") String topic, @PathParam("id") String id) {
        subscriptions.delete(topic, id(id));
    }

    @POST
    @Path("/{id}/resend")
    @ResponseStatus(202)
    @Operation(summary = "Sends a new confirmation link, which voids the one before; nothing when it is confirmed")
    @APIResponse(responseCode = "202", description = "The subscription")
    @APIResponse(responseCode = "404", description = "NOT_FOUND")
    @APIResponse(responseCode = "429", description = "TOO_MANY_CONFIRMATIONS")
    public Subscription.View resend(@PathParam("name") String topic, @PathParam("id") String id) {
        return subscriptions.resend(topic, id(id));
    }

    @POST
    @Path("/{id}/secret")
    @Operation(
            summary = "Makes a new signing secret, which is shown this once; for a day the one before signs beside it")
    @APIResponse(responseCode = "200", description = "The secret")
    @APIResponse(responseCode = "404", description = "NOT_FOUND")
    public NewSecret rotateSecret(@PathParam("name") String topic, @PathParam("id") String id) {
        SubscriptionService.Rotated rotated = subscriptions.rotateSecret(topic, id(id));
        return new NewSecret(rotated.secret().reveal(), rotated.previousValidUntil());
    }

    record NewSecret(String secret, Instant previousValidUntil) {
        @Override
        public String toString() {
            return "NewSecret[***, " + previousValidUntil + "]";
        }
    }

    /** @param secret signs every message to a webhook; absent of a mailbox */
    record WithSecret(
            @JsonUnwrapped Subscription.View subscription,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String secret) {

        @Override
        public String toString() {
            return "WithSecret[" + subscription + "]";
        }
    }

    private static UUID id(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new SluiceException(ErrorCode.NOT_FOUND, "There is no subscription with this id.", e);
        }
    }
}
