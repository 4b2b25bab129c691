package io.sluice.task.precheck;

import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/tasks/{id}/prechecks}. */
@Path("/api/v1/tasks")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Prechecks")
@RunOnVirtualThread
public class PrecheckResource {

    private final PrecheckService prechecks;

    PrecheckResource(PrecheckService prechecks) {
        this.prechecks = prechecks;
    }

    @POST
    @Path("{id}/prechecks")
    @Operation(
            summary = "Looks at source and target in the background",
            description =
                    "Nothing is changed on either. Read the result at prechecks/latest. One at a time for a task.")
    @APIResponse(
            responseCode = "202",
            description = "It is running",
            content = @Content(schema = @Schema(implementation = PrecheckView.class)))
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    @APIResponse(
            responseCode = "409",
            description = "TASK_STATE: the task is in no state to be started; PRECHECK_RUNNING: another one is running")
    public Response begin(String id, @Nullable NoFields request) {
        return Response.accepted(prechecks.begin(id))
                .location(URI.create("/api/v1/tasks/" + id + "/prechecks/latest"))
                .build();
    }

    @GET
    @Path("{id}/prechecks/latest")
    @Operation(
            summary = "The newest precheck",
            description = "Items appear as they are done. FAILED ones keep the task from starting, WARNING ones must be"
                    + " confirmed. A start without a precheck that fits the task runs one itself, which is then the"
                    + " newest.")
    @APIResponse(responseCode = "200", content = @Content(schema = @Schema(implementation = PrecheckView.class)))
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND; PRECHECK_NOT_FOUND: none was run yet")
    public PrecheckView latest(String id) {
        return prechecks.latest(id);
    }

    @POST
    @Path("{id}/prechecks/latest/confirmations")
    @Operation(
            summary = "Says that a user has read these warnings",
            description = "All of them or, when one cannot be confirmed, none. A confirmation stays while the warning"
                    + " says the same and the task is not changed.")
    @RequestBody(
            content =
                    @Content(
                            schema = @Schema(implementation = Confirmations.class),
                            example = "{\"items\": [\"slot-retention\", \"large-objects\"]}"))
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = PrecheckView.class)))
    @APIResponse(
            responseCode = "400",
            description = "VALIDATION_FAILED: names each key that is unknown, has passed or has failed")
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND; PRECHECK_NOT_FOUND: none was run yet")
    @APIResponse(responseCode = "409", description = "PRECHECK_RUNNING: it has not ended yet")
    public Response confirm(String id, @Nullable Confirmations request) {
        return Response.accepted(prechecks.confirm(id, request == null ? null : request.items()))
                .build();
    }

    /** @param items keys of warnings */
    @Schema(name = "PrecheckConfirmations")
    public record Confirmations(
            @Schema(required = true) @Nullable List<@Nullable String> items) {}

    /** A body that holds nothing. */
    @Schema(name = "PrecheckRequest")
    public record NoFields() {}
}
