package io.sluice.task.exceptions;

import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/tasks/{id}/structure/problems}. */
@Path("/api/v1/tasks")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Exceptions")
@RunOnVirtualThread
public class StructureProblemResource {

    private static final List<String> STATES = List.of("FAILED", "SKIPPED");

    private final ExceptionService exceptions;

    StructureProblemResource(ExceptionService exceptions) {
        this.exceptions = exceptions;
    }

    @GET
    @Path("{id}/structure/problems")
    @Operation(
            summary = "Every object of the structure that the target has refused, or that was left out",
            description = "Read from the target, where apply notes them with the whole statement; the progress has the"
                    + " first 100. state: FAILED, SKIPPED; without it both. A page of long statements holds fewer than"
                    + " limit.")
    @APIResponse(responseCode = "200", description = "One page; nextCursor asks for the next")
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED: state, limit or cursor")
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    @APIResponse(responseCode = "422", description = "The target cannot be reached or read; violations name the field")
    public Page<StructureObject> list(
            String id,
            @QueryParam("state") @Nullable String state,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        ExceptionResource.requireOneOf(STATES, state);
        return exceptions.objects(id, state, PageRequest.of(limit, cursor));
    }
}
