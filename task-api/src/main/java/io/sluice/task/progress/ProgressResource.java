package io.sluice.task.progress;

import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

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
    @Operation(summary = "Phases, and the load table by table")
    public ProgressView progress(String id) {
        return progress.progress(id);
    }

    @GET
    @Path("{id}/lag")
    @Operation(summary = "How far behind the target is")
    public LagView lag(String id) {
        return progress.lag(id);
    }
}
