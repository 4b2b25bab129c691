package io.sluice.task.cutover;

import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/tasks/{id}/cutover}. */
@Path("/api/v1/tasks")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Cutover")
@RunOnVirtualThread
public class CutoverResource {

    private final CutoverService cutovers;
    private final WayBack wayBack;

    CutoverResource(CutoverService cutovers, WayBack wayBack) {
        this.cutovers = cutovers;
        this.wayBack = wayBack;
    }

    private CutoverView view(String id, CutoverService.Found found) {
        return CutoverView.of(found.row(), found.subject().status().state(), wayBack.of(id, found.subject()));
    }

    @POST
    @Path("{id}/cutover")
    @Operation(
            summary = "Switches from source to target, step by step",
            description =
                    "Waits until the target has caught up and nothing writes at the source any more, sets sequences,"
                            + " compares, fences the target against any later write of the task, and completes it. Until the"
                            + " fence it may be aborted, and the task goes on.")
    @RequestBody(
            content =
                    @Content(
                            schema = @Schema(implementation = CutoverRequest.class),
                            example = "{\"readOnlySource\": true, \"endSessions\": true, \"compare\": \"RECENT\"}"))
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = CutoverView.class)))
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED")
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    @APIResponse(
            responseCode = "409",
            description = "TASK_STATE: the task is not in INCREMENTAL_SYNC; CUTOVER_RUNNING; TABLE_LOADING")
    public Response begin(String id, @Nullable CutoverRequest request) {
        CutoverRequest asked = request == null ? new CutoverRequest(null, null, null, null, null) : request;
        return Response.accepted(view(id, cutovers.begin(id, asked)))
                .location(URI.create("/api/v1/tasks/" + id + "/cutover"))
                .build();
    }

    @GET
    @Path("{id}/cutover")
    @Operation(
            summary = "The latest cutover, step by step",
            description =
                    "With the task that would lead changes back from the target to the source, ready to be created"
                            + " once passwords are added.")
    @APIResponse(responseCode = "200", content = @Content(schema = @Schema(implementation = CutoverView.class)))
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND; CUTOVER_NOT_FOUND")
    public CutoverView latest(String id) {
        return view(id, cutovers.latest(id));
    }

    @DELETE
    @Path("{id}/cutover")
    @Operation(
            summary = "Aborts the cutover",
            description =
                    "What it did to the source is undone, and the task goes on. One that reaches the fence first is"
                            + " completed.")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = CutoverView.class)))
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND; CUTOVER_NOT_FOUND")
    @APIResponse(responseCode = "409", description = "TASK_STATE: it has ended")
    public Response delete(String id) {
        return Response.accepted(view(id, cutovers.abort(id))).build();
    }

    @POST
    @Path("{id}/cutover/abort")
    @Operation(summary = "Aborts the cutover, as DELETE does")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = CutoverView.class)))
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND; CUTOVER_NOT_FOUND")
    @APIResponse(responseCode = "409", description = "TASK_STATE: it has ended")
    public Response abort(String id, @Nullable NoFields request) {
        return delete(id);
    }

    /** A body that holds nothing. */
    @Schema(name = "CutoverAbortion")
    public record NoFields() {}
}
