package io.sluice.task.task;

import io.sluice.task.life.TaskAction;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
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
    private final RunningTables running;

    ActionResource(TaskService tasks, TaskStarter starter, RunningTables running) {
        this.tasks = tasks;
        this.starter = starter;
        this.running = running;
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
    @APIResponse(
            responseCode = "422",
            description = "the first that the checks found, and violations name everything; or why a database"
                    + " cannot be reached")
    @APIResponse(responseCode = "501", description = "NOT_AVAILABLE: names fields that do not work yet")
    public Response start(String id, @Nullable StartRequest request) {
        return accepted(
                request == null || request.at() == null ? starter.start(id) : starter.schedule(id, request.at()));
    }

    @DELETE
    @Path("{id}/start")
    @Operation(
            summary = "Takes a planned start back",
            description = "The task is in CONFIGURATION again, and can be changed and started.")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = TaskView.class)))
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    @APIResponse(responseCode = "409", description = "TASK_STATE: the task is not in PENDING_START; CUTOVER_RUNNING")
    public Response unschedule(String id) {
        return accepted(tasks.carryOut(id, TaskAction.UNSCHEDULE));
    }

    @POST
    @Path("{id}/pause")
    @Operation(summary = "Stops writing to the target; changes go on being captured")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = TaskView.class)))
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    @APIResponse(
            responseCode = "409",
            description = "TASK_STATE: names the states in which it is possible; CUTOVER_RUNNING")
    public Response pause(String id, @Nullable NoFields request) {
        return accepted(tasks.carryOut(id, TaskAction.PAUSE));
    }

    @POST
    @Path("{id}/resume")
    @Operation(
            summary = "Goes on where the task was paused or has failed",
            description = "A delayed start that failed is tried again at once. reload names tables that are loaded anew"
                    + " while the others go on, as where the source has put another table in the place of one"
                    + " (SCHEMA_CHANGED). With \"*\" all are, after whatever way changes came so far is removed: the way"
                    + " out when the slot or the change topic is lost (SLOT_LOST, CHANGES_LOST, CHANGES_EXPIRED).")
    @RequestBody(
            content =
                    @Content(
                            schema = @Schema(implementation = ResumeRequest.class),
                            example = "{\"reload\": [\"public.orders\"]}"))
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = TaskView.class)))
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND; TABLE_NOT_IN_TASK")
    @APIResponse(
            responseCode = "409",
            description = "TASK_STATE: names the states in which it is possible; TABLE_LOADING; CUTOVER_RUNNING")
    public Response resume(String id, @Nullable ResumeRequest request) {
        return accepted(
                request == null || request.reload() == null || request.reload().isEmpty()
                        ? tasks.carryOut(id, TaskAction.RESUME)
                        : running.resume(id, request.reload()));
    }

    @POST
    @Path("{id}/stop")
    @Operation(
            summary = "Ends the task for good; the data on the target stays",
            description =
                    "The replication slot is dropped. force: COMPLETED at once, without waiting for the services.")
    @RequestBody(
            content = @Content(schema = @Schema(implementation = StopRequest.class), example = "{\"force\": false}"))
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = TaskView.class)))
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    @APIResponse(
            responseCode = "409",
            description = "TASK_STATE: names the states in which it is possible; CUTOVER_RUNNING")
    public Response stop(String id, @Nullable StopRequest request) {
        boolean force = request != null && Boolean.TRUE.equals(request.force());
        return accepted(tasks.carryOut(id, force ? TaskAction.FORCE_STOP : TaskAction.STOP));
    }

    @POST
    @Path("{id}/reset")
    @Operation(
            summary = "Takes a task back to CONFIGURATION",
            description =
                    "Removes slot, publication, change topic and bookkeeping; the tables on the target stay unless"
                            + " dropTargetData is true: then those go that Sluice made. The state changes when the services have"
                            + " done it; what could not be removed is in the history, with the SQL to do it, and when the task"
                            + " cannot be reset because of it, in the task's error. While it is being carried out it may be"
                            + " asked for again, with the same dropTargetData. A planned start is taken back with DELETE …/start.")
    @RequestBody(
            content =
                    @Content(
                            schema = @Schema(implementation = ResetRequest.class),
                            example = "{\"dropTargetData\": true}"))
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = TaskView.class)))
    @APIResponse(
            responseCode = "400",
            description = "VALIDATION_FAILED: dropTargetData where tables may have been there before the task")
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    @APIResponse(
            responseCode = "409",
            description = "TASK_STATE, also when a reset with another dropTargetData is being carried out;"
                    + " CUTOVER_RUNNING")
    public Response reset(String id, @Nullable ResetRequest request) {
        return accepted(tasks.reset(id, request != null && Boolean.TRUE.equals(request.dropTargetData())));
    }

    @POST
    @Path("{id}/structure/retries")
    @Operation(
            summary = "Tries again what the target refused of the structure",
            description = "The objects that the progress shows as failed. What became of them is seen there.")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = TaskView.class)))
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    @APIResponse(
            responseCode = "409",
            description = "TASK_STATE: names the states in which it is possible; CUTOVER_RUNNING")
    public Response retryStructure(String id, @Nullable NoFields request) {
        return accepted(tasks.carryOut(id, TaskAction.RETRY_STRUCTURE));
    }

    private static Response accepted(TaskView task) {
        return Response.accepted(task).build();
    }

    /** @param at when to start, within a year; at once when null */
    public record StartRequest(@Nullable Instant at) {}

    /** @param reload tables to be loaded anew, as {@code schema.table}; {@code *} for all of them, with a new slot */
    public record ResumeRequest(@Nullable List<@Nullable String> reload) {}

    /** @param force do not wait for the services */
    public record StopRequest(@Nullable Boolean force) {}

    /** @param dropTargetData drop the tables on the target that Sluice made, too */
    public record ResetRequest(@Nullable Boolean dropTargetData) {}

    /** A body that holds nothing. */
    public record NoFields() {}
}
