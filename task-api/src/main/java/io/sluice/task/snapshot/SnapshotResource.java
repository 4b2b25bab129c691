package io.sluice.task.snapshot;

import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
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
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/tasks/{id}/snapshots}. */
@Path("/api/v1/tasks")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Snapshots")
@RunOnVirtualThread
public class SnapshotResource {

    private final SnapshotService snapshots;

    SnapshotResource(SnapshotService snapshots) {
        this.snapshots = snapshots;
    }

    @POST
    @Path("{id}/snapshots")
    @Operation(
            summary = "Writes all rows of tables to the task's topic of snapshots, for subscribers of its changes",
            description =
                    "Every row as the source has it under one snapshot, with op r, between a record that begins the"
                            + " snapshot and says what it has seen, and one that ends it. With the changes of the change topic"
                            + " that it has not seen that is the source, exactly. What breaks off begins again, under another"
                            + " id. One at a time for a task.")
    @RequestBody(
            content =
                    @Content(
                            schema = @Schema(implementation = SnapshotRequest.class),
                            example = "{\"tables\": [\"public.orders\"]}"))
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = SnapshotView.class)))
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED")
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    @APIResponse(
            responseCode = "409",
            description = "TASK_STATE: the task is not in INCREMENTAL_SYNC; TABLE_LOADING; SNAPSHOT_RUNNING")
    public Response request(String id, @Nullable SnapshotRequest request) {
        SnapshotRequest asked = request == null ? new SnapshotRequest(null) : request;
        return Response.accepted(snapshots.request(id, asked))
                .location(URI.create("/api/v1/tasks/" + id + "/snapshots"))
                .build();
    }

    @GET
    @Path("{id}/snapshots")
    @Operation(summary = "The snapshots of a task, the newest first, and how far each is")
    @APIResponse(responseCode = "200")
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED: limit or cursor")
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    public Page<SnapshotView> list(
            String id, @QueryParam("limit") @Nullable String limit, @QueryParam("cursor") @Nullable String cursor) {
        return snapshots.page(id, PageRequest.of(limit, cursor));
    }

    @POST
    @Path("{id}/snapshots/{number}/cancel")
    @Operation(summary = "Cancels a snapshot that is being taken; what is in the topic of it has no end")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = SnapshotView.class)))
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    @APIResponse(responseCode = "409", description = "TASK_STATE: it is not being taken")
    public Response cancel(String id, int number, @Nullable NoFields request) {
        return Response.accepted(snapshots.cancel(id, number)).build();
    }

    /** A body that holds nothing. */
    @Schema(name = "SnapshotCancellation")
    public record NoFields() {}
}
