package io.sluice.task.task;

import com.fasterxml.jackson.databind.JsonMappingException;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.report.Fact.Leftover;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.http.access.ProjectAccess;
import io.sluice.http.once.IdempotencyKeys;
import io.sluice.task.life.TaskState;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerResponse;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.net.URI;
import java.security.Principal;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/tasks}: create, clone, list, read, change, delete. */
@Path("/api/v1/tasks")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Tasks")
@RunOnVirtualThread
public class TaskResource {

    private static final String MERGE_PATCH = "application/merge-patch+json";
    private static final String EXAMPLE = """
            {"name": "orders-to-cluster",
             "source": {"host": "db1", "database": "shop", "username": "sluice", "password": "***"},
             "target": {"host": "db2", "database": "shop", "username": "sluice", "password": "***"},
             "objects": {"include": [{"schema": "public", "table": "*"}]}}
            """;

    private final TaskService tasks;
    private final TaskEditing editing;
    private final TaskRemover remover;
    private final ProjectAccess access;

    TaskResource(TaskService tasks, TaskEditing editing, TaskRemover remover, ProjectAccess access) {
        this.tasks = tasks;
        this.editing = editing;
        this.remover = remover;
        this.access = access;
    }

    @POST
    @Operation(
            summary = "Creates a task in state CONFIGURATION",
            description = "Everything that is wrong is told in one answer. With from, the task of that id is cloned and"
                    + " the body changes the clone as a merge patch; its name and passwords must be given. A request"
                    + " that is repeated with the same Idempotency-Key within 24 h gets the same answer and creates"
                    + " nothing. Filters are checked on the source.")
    @RequestBody(
            required = true,
            content = @Content(schema = @Schema(implementation = TaskInput.class), example = EXAMPLE))
    @APIResponse(
            responseCode = "201",
            description = "Created; the ETag is for the If-Match of a change",
            content = @Content(schema = @Schema(implementation = TaskView.class)))
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED, UNKNOWN_FIELD, MALFORMED_REQUEST")
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND: the task to clone")
    @APIResponse(responseCode = "409", description = "TASK_NAME_TAKEN")
    @APIResponse(
            responseCode = "422",
            description = "FILTER_REFUSED, NOTHING_SELECTED, IDEMPOTENCY_KEY_REUSED, or why the source of a filter"
                    + " cannot be reached")
    public Response create(
            @Parameter(description = "the id of a task to clone") @QueryParam("from") @Nullable String from,
            @Parameter(description = "1 to 255 visible ASCII characters") @HeaderParam(IdempotencyKeys.HEADER) @Nullable
                    String key,
            @Context SecurityContext caller,
            @Nullable String body)
            throws JsonMappingException {
        IdempotencyKeys.Request request =
                IdempotencyKeys.Request.of(name(caller), key, String.valueOf(from), String.valueOf(body));
        TaskEditing.Created created = editing.create(body, TaskEditing.id("from", from), request);
        return Response.created(URI.create("/api/v1/tasks/" + created.id()))
                .tag(new EntityTag(Long.toString(created.version())))
                .entity(created.json())
                .build();
    }

    @PATCH
    @Path("{id}")
    @Consumes({MERGE_PATCH, MediaType.APPLICATION_JSON})
    @Operation(
            summary = "Changes a task",
            description = "The body is a JSON merge patch (RFC 7396): what is named changes, null restores a default, a"
                    + " list is taken whole. In CONFIGURATION everything may change; in any other state description,"
                    + " tags, passwords, TLS, fullLoad, incremental, retry, alerts and autoStopDays. What the services"
                    + " use takes effect at once.")
    @RequestBody(
            required = true,
            content =
                    @Content(
                            mediaType = MERGE_PATCH,
                            schema = @Schema(implementation = TaskInput.class),
                            example = "{\"description\": \"all orders\", \"fullLoad\": {\"workers\": 8}}"))
    @APIResponse(responseCode = "200", content = @Content(schema = @Schema(implementation = TaskView.class)))
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED, UNKNOWN_FIELD, MALFORMED_REQUEST")
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    @APIResponse(responseCode = "409", description = "TASK_STATE: names the fields; TASK_NAME_TAKEN")
    @APIResponse(responseCode = "412", description = "PRECONDITION_FAILED: the task was changed meanwhile")
    @APIResponse(
            responseCode = "422",
            description = "FILTER_REFUSED, NOTHING_SELECTED, or why the source of a filter cannot be reached")
    @APIResponse(responseCode = "428", description = "PRECONDITION_REQUIRED: If-Match is missing")
    public Response change(String id, @HeaderParam("If-Match") @Nullable String ifMatch, @Nullable String body)
            throws JsonMappingException {
        return answer(editing.change(id, ifMatch, body));
    }

    @GET
    @Operation(
            summary = "Lists tasks, newest first",
            description = "q: part of the name, without regard to case; tag: name or name:value, may be repeated. What"
                    + " was asked for is told by the task itself.")
    @APIResponse(responseCode = "200", description = "One page; nextCursor asks for the next")
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED: state, tag, limit or cursor")
    public Page<TaskSummary> list(
            @QueryParam("state") @Nullable String state,
            @QueryParam("project") @Nullable String project,
            @QueryParam("tag") List<String> tags,
            @QueryParam("q") @Nullable String name,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        return tasks.list(
                new TaskRepository.Filter(state(state), project, tags(tags), name, access.visibleProjects()),
                PageRequest.of(limit, cursor));
    }

    @GET
    @Path("{id}")
    @Operation(summary = "One task", description = "The ETag is for the If-Match of a change.")
    @APIResponse(responseCode = "200", content = @Content(schema = @Schema(implementation = TaskView.class)))
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    public Response load(String id) {
        return answer(tasks.load(id));
    }

    @DELETE
    @Path("{id}")
    @Operation(
            summary = "Deletes a task and all that Sluice made for it",
            description = "Only in CONFIGURATION, COMPLETED or a failed state. 204 when there was nothing to remove,"
                    + " else 200 with what could not be removed, and the SQL to do it. Waits up to 30 s for the services;"
                    + " when the request is cut off meanwhile the deletion goes on. At its end the task is gone, or, when"
                    + " something could not be removed, stays with deleting true and says in its error what and how;"
                    + " another DELETE tries it again, and answers with what is still left when the task is gone.")
    @APIResponse(responseCode = "200", content = @Content(schema = @Schema(implementation = Deleted.class)))
    @APIResponse(responseCode = "204")
    @APIResponse(
            responseCode = "404",
            description = "TASK_NOT_FOUND, also when another request has finished the deletion meanwhile")
    @APIResponse(responseCode = "409", description = "TASK_STATE")
    public Response delete(String id, @Context HttpServerResponse response) throws InterruptedException {
        Optional<List<Leftover>> leftovers = remover.delete(id, response::closed);
        return leftovers.isEmpty()
                ? Response.noContent().build()
                : Response.ok(new Deleted(leftovers.get())).build();
    }

    @GET
    @Path("{id}/events")
    @Operation(
            summary = "The history of a task, newest first",
            description = "The newest 10,000 lines are kept (sluice.history.lines).")
    @APIResponse(responseCode = "200", description = "One page; nextCursor asks for the next")
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED: limit or cursor")
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    public Page<TaskHistory.Item> events(
            String id, @QueryParam("limit") @Nullable String limit, @QueryParam("cursor") @Nullable String cursor) {
        return tasks.events(id, PageRequest.of(limit, cursor));
    }

    private static Response answer(TaskView task) {
        return Response.ok(task)
                .tag(new EntityTag(Long.toString(task.version())))
                .build();
    }

    private static String name(SecurityContext caller) {
        Principal principal = caller.getUserPrincipal();
        return principal == null ? "" : principal.getName();
    }

    /** A task has no more. */
    private static List<String> tags(List<String> tags) {
        if (tags.size() > TaskRules.MAXIMUM_TAGS) {
            String message = "may be given at most " + TaskRules.MAXIMUM_TAGS + " times.";
            throw new SluiceException(
                    "tag " + message, List.of(new Violation("tag", ErrorCode.VALIDATION_FAILED, message)));
        }
        return tags;
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
