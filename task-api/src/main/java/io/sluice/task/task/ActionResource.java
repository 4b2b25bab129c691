package io.sluice.task.task;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.task.life.TaskAction;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/tasks/{id}/start} and its like: each answers 202 with the task as it is then. */
@Path("/api/v1/tasks")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Tasks")
@RunOnVirtualThread
public class ActionResource {

    private final TaskService tasks;
    private final TaskStarter starter;

    ActionResource(TaskService tasks, TaskStarter starter) {
        this.tasks = tasks;
        this.starter = starter;
    }

    @POST
    @Path("{id}/start")
    @Operation(
            summary = "Checks source and target and starts the task",
            description = "Relies on the newest precheck when nothing in it failed, every warning is confirmed and the"
                    + " task was not changed since; runs one otherwise. Source and target are left as they were when"
                    + " the start is refused.")
    @APIResponse(
            responseCode = "409",
            description = "TASK_STATE; PRECHECK_RUNNING; PRECHECK_UNCONFIRMED: violations name the warnings to confirm")
    @APIResponse(responseCode = "422", description = "violations name everything that the checks found")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = TaskView.class)))
    public Response start(String id, @Nullable StartRequest request) {
        if (request != null && request.at() != null) {
            throw new SluiceException(
                    "This version cannot do that yet: at.",
                    List.of(new Violation("at", ErrorCode.NOT_AVAILABLE, "does not work yet; leave it out.")));
        }
        return accepted(starter.start(id));
    }

    @POST
    @Path("{id}/pause")
    @Operation(summary = "Stops writing to the target; changes go on being captured")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = TaskView.class)))
    public Response pause(String id, @Nullable NoFields request) {
        return accepted(tasks.carryOut(id, TaskAction.PAUSE));
    }

    @POST
    @Path("{id}/resume")
    @Operation(summary = "Goes on where the task was paused or has failed")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = TaskView.class)))
    public Response resume(String id, @Nullable NoFields request) {
        return accepted(tasks.carryOut(id, TaskAction.RESUME));
    }

    @POST
    @Path("{id}/stop")
    @Operation(
            summary = "Ends the task for good; the data on the target stays",
            description = "force: COMPLETED at once, without waiting for the services.")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = TaskView.class)))
    public Response stop(String id, @Nullable StopRequest request) {
        boolean force = request != null && Boolean.TRUE.equals(request.force());
        return accepted(tasks.carryOut(id, force ? TaskAction.FORCE_STOP : TaskAction.STOP));
    }

    private static Response accepted(TaskView task) {
        return Response.accepted(task).build();
    }

    /** @param at when to start; does not work yet */
    public record StartRequest(@Nullable Instant at) {}

    /** @param force do not wait for the services */
    public record StopRequest(@Nullable Boolean force) {}

    /** A body that holds nothing. */
    public record NoFields() {}
}
