package io.sluice.notifier.topic;

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
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.ResponseStatus;
import org.jspecify.annotations.Nullable;

@Path("/api/v1/topics")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Topics")
public class TopicResource {

    private final TopicService topics;
    private final CurrentCaller callers;

    @Inject
    TopicResource(TopicService topics, CurrentCaller callers) {
        this.callers = callers;
        this.topics = topics;
    }

    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Creates a topic",
            description = "A request that is repeated with the same Idempotency-Key within 24 h gets the same answer.")
    @RequestBody(
            required = true,
            content =
                    @Content(
                            schema = @Schema(implementation = NewTopic.class),
                            example = "{\"name\": \"ops\", \"displayName\": \"Operators of the shop\"}"))
    @APIResponse(responseCode = "201", content = @Content(schema = @Schema(implementation = Topic.View.class)))
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED, UNKNOWN_FIELD, MALFORMED_REQUEST")
    @APIResponse(responseCode = "409", description = "TOPIC_NAME_TAKEN")
    @APIResponse(responseCode = "422", description = "IDEMPOTENCY_KEY_REUSED")
    public Response create(@HeaderParam(IdempotencyKeys.HEADER) @Nullable String key, @Nullable NewTopic asked) {
        NewTopic.Valid topic = (asked == null ? new NewTopic(null, null) : asked).validated();
        IdempotencyKeys.Request request =
                IdempotencyKeys.Request.of(callers.get().name(), key, "topic", topic.toString());
        return Response.created(URI.create("/api/v1/topics/" + topic.name()))
                .entity(topics.create(topic, request))
                .build();
    }

    @GET
    @Operation(summary = "Topics by name")
    @APIResponse(responseCode = "200", description = "One page; nextCursor asks for the next")
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED: limit or cursor")
    public Page<Topic.View> list(
            @QueryParam("limit") @Nullable String limit, @QueryParam("cursor") @Nullable String cursor) {
        return topics.list(PageRequest.of(limit, cursor));
    }

    @GET
    @Path("/{name}")
    @Operation(summary = "One topic")
    @APIResponse(responseCode = "200", description = "The topic")
    @APIResponse(responseCode = "404", description = "NOT_FOUND")
    public Topic.View load(@PathParam("name") String name) {
        return topics.load(name);
    }

    @DELETE
    @Path("/{name}")
    @Operation(summary = "Deletes a topic and its subscriptions, which are told")
    @APIResponse(responseCode = "204", description = "It is gone")
    @APIResponse(responseCode = "404", description = "NOT_FOUND")
    public void delete(@PathParam("name") String name) {
        topics.delete(name);
    }

    @POST
    @Path("/{name}/test")
    @ResponseStatus(202)
    @Operation(summary = "Sends a test message to every confirmed subscription")
    @APIResponse(responseCode = "202", description = "How many messages are on their way")
    @APIResponse(responseCode = "404", description = "NOT_FOUND")
    public TestSent test(@PathParam("name") String name) {
        return new TestSent(topics.publishTest(name));
    }

    /** @param deliveries how many messages are on their way */
    record TestSent(int deliveries) {}
}
