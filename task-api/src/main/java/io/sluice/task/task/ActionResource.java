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
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
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
            summary = "Starts the task, now or later",
            description = "Relies on the newest precheck when nothing in it failed, every warning is confirmed and the"
                    + " task was not changed since; runs one otherwise. Source and target are left as they were when"
                    + " the start is refused. With at, the task waits in PENDING_START and all this is done once more"
                    + " then; when it is refused then, the task is START_FAILED and says why.")
    @RequestBody(
            content =
                    @Content(
                            schema = @Schema(implementation = StartRequest.class),
                            example = "{\"at\": \"2027-01-31T22:00:00Z\"}"))
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = TaskView.class)))
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED: at is past or more than a year ahead")
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    @APIResponse(
            responseCode = "409",
            description = "TASK_STATE; PRECHECK_RUNNING; PRECHECK_UNCONFIRMED: violations name the warnings to confirm")
    @APIResponse(responseCode = "422", description = "violations name everything that the checks found")
    @APIResponse(responseCode = "501", description = "NOT_AVAILABLE: names fields that do not work yet")
    public Response start(String id, @Nullable StartRequest request) {
        return accepted(
                request == null || request.at() == null ? starter.start(id) : starter.schedule(id, request.at()));
    }

    @POST
    @Path("{id}/pause")
    @Operation(summary = "Stops writing to the target; changes go on being captured")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = TaskView.class)))
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    @APIResponse(responseCode = "409", description = "TASK_STATE: names the states in which it is possible")
    public Response pause(String id, @Nullable NoFields request) {
        return accepted(tasks.carryOut(id, TaskAction.PAUSE));
    }

    @POST
    @Path("{id}/resume")
    @Operation(
            summary = "Goes on where the task was paused or has failed",
            description = "A delayed start that failed is tried again at once.")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = TaskView.class)))
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    @APIResponse(responseCode = "409", description = "TASK_STATE: names the states in which it is possible")
    public Response resume(String id, @Nullable NoFields request) {
        return accepted(tasks.carryOut(id, TaskAction.RESUME));
    }

    @POST
    @Path("{id}/stop")
    @Operation(
            summary = "Ends the task for good; the data on the target stays",
            description =
                    "The replication slot is dropped. force: COMPLETED at once, without waiting for the services.")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = TaskView.class)))
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    @APIResponse(responseCode = "409", description = "TASK_STATE: names the states in which it is possible")
    public Response stop(String id, @Nullable StopRequest request) {
        boolean force = request != null && Boolean.TRUE.equals(request.force());
        return accepted(tasks.carryOut(id, force ? TaskAction.FORCE_STOP : TaskAction.STOP));
    }

    @POST
    @Path("{id}/reset")
    @Operation(
            summary = "Takes a task back to CONFIGURATION",
            description = "Removes slot, publication, change topic and bookkeeping; the tables on the target stay. The"
                    + " state changes when the services have done it; what could not be removed is in the history,"
                    + " with the SQL to do it. From PENDING_START it takes the planned start back.")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = TaskView.class)))
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    @APIResponse(responseCode = "409", description = "TASK_STATE")
    @APIResponse(responseCode = "501", description = "NOT_AVAILABLE: dropTargetData")
    public Response reset(String id, @Nullable ResetRequest request) {
        if (request != null && Boolean.TRUE.equals(request.dropTargetData())) {
            throw new SluiceException(
                    "This version cannot do that yet: dropTargetData.",
                    List.of(new Violation(
                            "dropTargetData", ErrorCode.NOT_AVAILABLE, "does not work yet; drop the tables by hand.")));
        }
        return accepted(tasks.carryOut(id, TaskAction.RESET));
    }

    private static Response accepted(TaskView task) {
        return Response.accepted(task).build();
    }

    /** @param at when to start, within a year; at once when null */
    public record StartRequest(@Nullable Instant at) {}

    /** @param force do not wait for the services */
    public record StopRequest(@Nullable Boolean force) {}

    /** @param dropTargetData drop the tables on the target too; does not work yet */
    public record ResetRequest(@Nullable Boolean dropTargetData) {}

    /** A body that holds nothing. */
    public record NoFields() {}
}
