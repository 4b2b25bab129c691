package io.sluice.task.progress;

import io.sluice.http.PageRequest;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/tasks/{id}/progress} and {@code /lag}. */
@Path("/api/v1/tasks")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Tasks")
@RunOnVirtualThread
public class ProgressResource {

    private final ProgressService progress;

    ProgressResource(ProgressService progress) {
        this.progress = progress;
    }

    @GET
    @Path("{id}/progress")
    @Operation(
            summary = "Phases, and the load table by table",
            description = "All tables, or a page of them when limit or cursor is given; the totals are always those of"
                    + " all tables.")
    @APIResponse(responseCode = "200", content = @Content(schema = @Schema(implementation = ProgressView.class)))
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED: limit or cursor")
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    public ProgressView progress(
            String id, @QueryParam("limit") @Nullable String limit, @QueryParam("cursor") @Nullable String cursor) {
        PageRequest request = PageRequest.of(limit, cursor);
        ProgressView whole = progress.progress(id);
        return limit == null && cursor == null ? whole : whole.page(request);
    }

    @GET
    @Path("{id}/lag")
    @Operation(summary = "How far behind the target is")
    @APIResponse(responseCode = "200", content = @Content(schema = @Schema(implementation = LagView.class)))
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    public LagView lag(String id) {
        return progress.lag(id);
    }
}
