package io.sluice.task.exceptions;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.task.life.TaskAction;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/tasks/{id}/exceptions}. */
@Path("/api/v1/tasks")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Exceptions")
@RunOnVirtualThread
public class ExceptionResource {

    private static final List<String> STATES = List.of("OPEN", "RETRIED", "SKIPPED");

    private final ExceptionService exceptions;

    ExceptionResource(ExceptionService exceptions) {
        this.exceptions = exceptions;
    }

    @GET
    @Path("{id}/exceptions")
    @Operation(
            summary = "Changes that the target has refused, oldest first",
            description =
                    "Read from the target, where apply keeps them with the rows' images. Later changes of a row"
                            + " that is in an open exception wait here, too (sqlState null). state: OPEN, RETRIED, SKIPPED;"
                            + " without it all. operation DDL: a command of the source that was not carried over, SUSPENSION:"
                            + " another error that belongs to its table, both with code. A page of large rows holds fewer than limit.")
    @APIResponse(responseCode = "200", description = "One page; nextCursor asks for the next")
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED: state, limit or cursor")
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    @APIResponse(responseCode = "422", description = "The target cannot be reached or read; violations name the field")
    public Page<ExceptionView> list(
            String id,
            @QueryParam("state") @Nullable String state,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        requireOneOf(STATES, state);
        return exceptions.page(id, state, PageRequest.of(limit, cursor));
    }

    static void requireOneOf(List<String> states, @Nullable String state) {
        if (state != null && !states.contains(state)) {
            String message = "must be one of " + String.join(", ", states) + ".";
            throw new SluiceException(
                    "state " + message, List.of(new Violation("state", ErrorCode.VALIDATION_FAILED, message)));
        }
    }

    @POST
    @Path("{id}/exceptions/{number}/retry")
    @Consumes(MediaType.WILDCARD)
    @Operation(
            summary = "Has apply write the change once more",
            description =
                    "Done by apply within a second while the task runs, else when it is resumed. When it succeeds,"
                            + " the changes that wait behind it follow. When the target refuses it again, requested becomes null"
                            + " and sqlState and message say why. Of operation DDL or SUSPENSION: the suspended table"
                            + " goes on from where it stands; requested stays until it is in step.")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = ExceptionView.class)))
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND, EXCEPTION_NOT_FOUND")
    @APIResponse(
            responseCode = "409",
            description = "EXCEPTION_CLOSED; TASK_STATE: the task has no run that could do it, and names the states")
    @APIResponse(
            responseCode = "422",
            description = "The target cannot be reached or written; violations name the field")
    public Response retry(String id, String number) {
        return ask(id, number, TaskAction.RETRY_EXCEPTION);
    }

    @POST
    @Path("{id}/exceptions/{number}/skip")
    @Consumes(MediaType.WILDCARD)
    @Operation(
            summary = "Leaves the change out for good",
            description =
                    "Done by apply, as a retry. The changes that wait behind it are written then. Of operation DDL: the"
                            + " suspended table, or the task once it is resumed, goes on behind the command. Of operation"
                            + " SUSPENSION only where it is about one change; else requested becomes null.")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = ExceptionView.class)))
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND, EXCEPTION_NOT_FOUND")
    @APIResponse(
            responseCode = "409",
            description = "EXCEPTION_CLOSED; TASK_STATE: the task has no run that could do it, and names the states")
    @APIResponse(
            responseCode = "422",
            description = "The target cannot be reached or written; violations name the field")
    public Response skip(String id, String number) {
        return ask(id, number, TaskAction.SKIP_EXCEPTION);
    }

    private Response ask(String id, String number, TaskAction action) {
        return Response.accepted(exceptions.ask(id, number(number), action)).build();
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new SluiceException(
                    ErrorCode.EXCEPTION_NOT_FOUND, "An exception has a whole number; GET …/exceptions lists them.");
        }
    }
}
