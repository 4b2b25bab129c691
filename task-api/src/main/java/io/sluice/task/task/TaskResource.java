package io.sluice.task.task;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.report.Fact.Leftover;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.http.access.ProjectAccess;
import io.sluice.task.life.TaskState;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/tasks}: create, list, read, delete. */
@Path("/api/v1/tasks")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Tasks")
@RunOnVirtualThread
public class TaskResource {

    private final TaskService tasks;
    private final TaskRemover remover;
    private final ProjectAccess access;

    TaskResource(TaskService tasks, TaskRemover remover, ProjectAccess access) {
        this.tasks = tasks;
        this.remover = remover;
        this.access = access;
    }

    @POST
    @Operation(summary = "Creates a task in state CONFIGURATION")
    @APIResponse(responseCode = "201", content = @Content(schema = @Schema(implementation = TaskView.class)))
    public Response create(@Nullable TaskInput input) {
        if (input == null) {
            throw new SluiceException(ErrorCode.MALFORMED_REQUEST, "The body must be one JSON object: a TaskSpec.");
        }
        TaskView created = tasks.create(input);
        return Response.created(URI.create("/api/v1/tasks/" + created.id()))
                .entity(created)
                .build();
    }

    @GET
    @Operation(summary = "Lists tasks, newest first", description = "tag: name or name:value, may be repeated")
    public Page<TaskView> list(
            @QueryParam("state") @Nullable String state,
            @QueryParam("project") @Nullable String project,
            @QueryParam("tag") List<String> tags,
            @QueryParam("q") @Nullable String name,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        return tasks.list(
                new TaskRepository.Filter(
                        state(state),
                        project,
                        tags.stream().map(TaskRepository.Tag::parse).toList(),
                        name,
                        access.visibleProjects()),
                PageRequest.of(limit, cursor));
    }

    @GET
    @Path("{id}")
    @Operation(summary = "One task")
    public TaskView load(String id) {
        return tasks.load(id);
    }

    @DELETE
    @Path("{id}")
    @Operation(
            summary = "Deletes a task and all that Sluice made for it",
            description = "Only in CONFIGURATION, COMPLETED or a failed state. 204 when there was nothing to remove,"
                    + " else 200 with what could not be removed. Waits up to 30 s for the services.")
    @APIResponse(responseCode = "200", content = @Content(schema = @Schema(implementation = Deleted.class)))
    @APIResponse(responseCode = "204")
    public Response delete(String id) throws InterruptedException {
        Optional<List<Leftover>> leftovers = remover.delete(id);
        return leftovers.isEmpty()
                ? Response.noContent().build()
                : Response.ok(new Deleted(leftovers.get())).build();
    }

    @GET
    @Path("{id}/events")
    @Operation(summary = "The history of a task, newest first")
    public Page<TaskHistory.Item> events(
            String id, @QueryParam("limit") @Nullable String limit, @QueryParam("cursor") @Nullable String cursor) {
        return tasks.events(id, PageRequest.of(limit, cursor));
    }

    private static @Nullable TaskState state(@Nullable String text) {
        if (text == null) {
            return null;
        }
        return Arrays.stream(TaskState.values())
                .filter(state -> state.name().equals(text))
                .findFirst()
                .orElseThrow(() -> {
                    String message = "must be one of " + Arrays.toString(TaskState.values()) + ".";
                    return new SluiceException(
                            "state " + message, List.of(new Violation("state", ErrorCode.VALIDATION_FAILED, message)));
                });
    }

    /** @param leftovers what could not be removed, with the SQL to remove it by hand */
    record Deleted(List<Leftover> leftovers) {}
}
