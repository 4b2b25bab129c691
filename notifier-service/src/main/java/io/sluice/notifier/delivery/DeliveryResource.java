package io.sluice.notifier.delivery;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.ResponseStatus;
import org.jspecify.annotations.Nullable;

@Path("/api/v1/deliveries")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Deliveries")
public class DeliveryResource {

    private final DeliveryQueue queue;

    @Inject
    DeliveryResource(DeliveryQueue queue) {
        this.queue = queue;
    }

    @GET
    @Operation(summary = "Messages with their attempts, newest first")
    @APIResponse(responseCode = "200", description = "One page; nextCursor asks for the next")
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED: state, limit or cursor")
    public Page<DeliveryView> list(
            @QueryParam("topic") @Nullable String topic,
            @QueryParam("state") @Nullable String state,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        return queue.list(topic, state == null ? null : state(state), PageRequest.of(limit, cursor));
    }

    @POST
    @Path("/{id}/redeliver")
    @ResponseStatus(202)
    @Operation(summary = "Sends a message again, with the same id")
    @APIResponse(responseCode = "202", description = "The message")
    @APIResponse(responseCode = "404", description = "NOT_FOUND")
    @APIResponse(responseCode = "429", description = "TOO_MANY_CONFIRMATIONS: of a confirmation that has arrived")
    public DeliveryView redeliver(@PathParam("id") String id) {
        return queue.redeliver(id(id));
    }

    private static DeliveryState state(String text) {
        return Arrays.stream(DeliveryState.values())
                .filter(state -> state.name().equals(text))
                .findFirst()
                .orElseThrow(() -> {
                    String message = "must be one of "
                            + Arrays.stream(DeliveryState.values())
                                    .map(DeliveryState::name)
                                    .collect(Collectors.joining(", "))
                            + ".";
                    return new SluiceException(
                            "state " + message, List.of(new Violation("state", ErrorCode.VALIDATION_FAILED, message)));
                });
    }

    private static UUID id(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new SluiceException(ErrorCode.NOT_FOUND, "There is no delivery with this id.", e);
        }
    }
}
