package io.sluice.task.task;

import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** Changes of a running task's tables; the others are not disturbed. */
@Path("/api/v1/tasks")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Tasks")
@RunOnVirtualThread
public class RunningTablesResource {

    private final ObjectEditing editing;
    private final RunningTables tables;

    RunningTablesResource(ObjectEditing editing, RunningTables tables) {
        this.editing = editing;
        this.tables = tables;
    }

    @POST
    @Path("{id}/objects")
    @Operation(
            summary = "Adds tables to a running task, and removes others",
            description =
                    "Only what is added is made and loaded; the other tables go on streaming meanwhile. A rule in add is"
                            + " one of objects.include; its tables are checked as before a start, and nothing is changed when"
                            + " something is wrong. Rows that its table of the target has are deleted only when confirm names"
                            + " target-tables. An added table is in the progress as WAITING, LOADING, INDEXING,"
                            + " CATCHING_UP and DONE, or FAILED with the reason; then a reload tries it again. The load waits"
                            + " for transactions of the source that are open now. A removed table stays on the target as it is.")
    @RequestBody(
            required = true,
            content =
                    @Content(
                            schema = @Schema(implementation = ObjectsRequest.class),
                            examples = {
                                @ExampleObject(
                                        name = "add",
                                        summary = "Two tables more, one under another name and in part",
                                        value = """
                                                {"add": [{"schema": "public", "table": "invoices"},
                                                         {"schema": "public", "table": "events", "targetTable": "events_2027",
                                                          "filter": "created_at >= '2027-01-01'"}]}"""),
                                @ExampleObject(
                                        name = "confirm",
                                        summary = "A table whose rows on the target may be deleted",
                                        value = """
                                                {"add": [{"schema": "public", "table": "invoices"}],
                                                 "confirm": ["target-tables"]}"""),
                                @ExampleObject(name = "remove", summary = "A table less", value = """
                                                {"remove": [{"schema": "public", "table": "audit_log"}]}""")
                            }))
    @APIResponse(
            responseCode = "202",
            description = "The task, and what the checks warn of",
            content = @Content(schema = @Schema(implementation = ChangedTables.class)))
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED: violations name everything that is wrong")
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    @APIResponse(
            responseCode = "409",
            description = "TASK_STATE; CUTOVER_RUNNING; PRECHECK_UNCONFIRMED: violations name the tables of the target"
                    + " whose rows would be deleted")
    @APIResponse(
            responseCode = "422",
            description = "the first that the checks of the new tables found, and violations name everything; or why"
                    + " a database cannot be reached")
    public Response changeObjects(String id, @Nullable ObjectsRequest request) {
        return Response.accepted(editing.change(id, request)).build();
    }

    @POST
    @Path("{id}/tables/{table}/reload")
    @Operation(
            summary = "Loads a table once more while the task runs",
            description =
                    "Its rows on the target are replaced by a new copy; changes that come meanwhile are kept, in order,"
                            + " and applied when the copy is there. Its open exceptions are closed. The other tables go on"
                            + " streaming. Tables that go into the same table of the target are loaded together.")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = TaskView.class)))
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND; TABLE_NOT_IN_TASK")
    @APIResponse(responseCode = "409", description = "TABLE_LOADING; TASK_STATE; CUTOVER_RUNNING")
    public Response reload(
            String id,
            @Parameter(description = "schema.table, as at the source", example = "public.orders") String table,
            ActionResource.@Nullable NoFields request) {
        return Response.accepted(tables.reload(id, table)).build();
    }
}
