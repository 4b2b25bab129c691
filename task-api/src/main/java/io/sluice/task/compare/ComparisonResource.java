package io.sluice.task.compare;

import io.sluice.contracts.task.TaskSpec;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.http.access.CurrentCaller;
import io.sluice.http.once.IdempotencyKeys;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1/tasks/{id}/comparisons}. */
@Path("/api/v1/tasks")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@Tag(name = "Comparisons")
@RunOnVirtualThread
public class ComparisonResource {

    private static final String NONE = "TASK_NOT_FOUND; COMPARISON_NOT_FOUND";

    /** Values are read, and compared with what is there, as the comparison has written them. */
    private static final String HEADER = """
            -- Makes the rows of the target that a comparison found different what they were at the source then.
            -- While the task runs it brings later changes by itself: pause it, or compare again afterwards.
            BEGIN;
            SET LOCAL client_encoding = 'UTF8';
            SET LOCAL standard_conforming_strings = on;
            SET LOCAL DateStyle = 'ISO, MDY';
            SET LOCAL IntervalStyle = 'postgres';
            SET LOCAL TimeZone = 'UTC';
            SET LOCAL lc_monetary = 'C';
            SET LOCAL extra_float_digits = 3;
            SET LOCAL bytea_output = 'hex';
            SET LOCAL xmloption = 'content';
            SET LOCAL array_nulls = on;
            -- Rows that refer to each other come in any order, and triggers have done their work at the source.
            DO $$ BEGIN PERFORM set_config('session_replication_role', 'replica', true); \
            EXCEPTION WHEN insufficient_privilege THEN SET CONSTRAINTS ALL DEFERRED; END $$;
            """;

    private final ComparisonService comparisons;
    private final ComparisonReader reader;
    private final RepairService repairs;
    private final CurrentCaller callers;

    ComparisonResource(
            ComparisonService comparisons, ComparisonReader reader, RepairService repairs, CurrentCaller callers) {
        this.callers = callers;
        this.comparisons = comparisons;
        this.reader = reader;
        this.repairs = repairs;
    }

    @POST
    @Path("{id}/comparisons")
    @Operation(
            summary = "Compares source and target, now, later or periodically",
            description = "OBJECTS compares definitions, ROW_COUNT numbers of rows, CONTENT every column of every row."
                    + " While changes stream, what differs is looked at again once the stream has passed. One of each"
                    + " kind at a time for a task. A request that is repeated with the same Idempotency-Key within 24 h"
                    + " begins nothing and is answered with the first one's comparison, as it is then.")
    @RequestBody(
            required = true,
            content =
                    @Content(
                            schema = @Schema(implementation = ComparisonRequest.class),
                            example = "{\"kind\": \"CONTENT\", \"tables\": [\"public.orders\"]}"))
    @APIResponse(responseCode = "201", content = @Content(schema = @Schema(implementation = ComparisonView.class)))
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED")
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    @APIResponse(
            responseCode = "409",
            description = "TASK_STATE: not every table is loaded, or the task is being stopped; COMPARISON_RUNNING")
    @APIResponse(responseCode = "422", description = "IDEMPOTENCY_KEY_REUSED")
    public Response request(
            String id,
            @Parameter(description = "1 to 255 visible ASCII characters") @HeaderParam(IdempotencyKeys.HEADER) @Nullable
                    String key,
            @Nullable ComparisonRequest request) {
        ComparisonRequest asked = request == null ? new ComparisonRequest(null, null, null, null, null, null) : request;
        int number = comparisons.request(
                id, asked, IdempotencyKeys.Request.of(callers.get().name(), key, "comparison", id, asked.toString()));
        return Response.created(URI.create("/api/v1/tasks/" + id + "/comparisons/" + number))
                .entity(comparisons.view(id, number))
                .build();
    }

    @GET
    @Path("{id}/comparisons")
    @Operation(summary = "The comparisons of a task, the newest first, without their tables")
    @APIResponse(responseCode = "200")
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED: limit or cursor")
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    public Page<ComparisonView> list(
            String id, @QueryParam("limit") @Nullable String limit, @QueryParam("cursor") @Nullable String cursor) {
        return comparisons.page(id, PageRequest.of(limit, cursor));
    }

    @GET
    @Path("{id}/comparisons/{number}")
    @Operation(
            summary = "A comparison, table by table",
            description = "Tables that are not equal come first. Once it has ended, the first rows that differ are read"
                    + " from the target, where they are kept; they are left out while it cannot be reached.")
    @APIResponse(responseCode = "200", content = @Content(schema = @Schema(implementation = ComparisonView.class)))
    @APIResponse(responseCode = "404", description = NONE)
    public ComparisonView view(String id, int number) {
        return reader.view(id, number);
    }

    @GET
    @Path("{id}/comparisons/{number}/differences")
    @Operation(
            summary = "The rows of one table that differ, with both images",
            description = "table: schema.name, at the source or at the target. The first thousand rows of a table are"
                    + " kept. Read from the target.")
    @APIResponse(responseCode = "200")
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED: table, limit or cursor")
    @APIResponse(responseCode = "404", description = NONE)
    @APIResponse(responseCode = "422", description = "The target cannot be reached or read")
    public Page<RowDifference> differences(
            String id,
            int number,
            @QueryParam("table") @Nullable String table,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        return reader.differences(id, number, table, PageRequest.of(limit, cursor));
    }

    @GET
    @Path("{id}/comparisons/{number}/repair-sql")
    @Produces(MediaType.TEXT_PLAIN)
    @Operation(
            summary = "Statements that make the differing rows of the target what they are at the source",
            description = "For the first thousand rows of each table, in one transaction. Read from the target.")
    @APIResponse(responseCode = "200", content = @Content(mediaType = MediaType.TEXT_PLAIN))
    @APIResponse(responseCode = "404", description = NONE + ": also when there is nothing to repair")
    @APIResponse(responseCode = "422", description = "The target cannot be reached or read")
    public Response repairSql(String id, int number) {
        TaskSpec spec = reader.requireRepairable(id, number);
        StreamingOutput output = stream -> {
            Writer writer = new OutputStreamWriter(stream, StandardCharsets.UTF_8);
            writer.write(HEADER);
            reader.writeRepairs(id, spec, number, writer);
            writer.write("COMMIT;\n");
            writer.flush();
        };
        return Response.ok(output)
                .header("Content-Disposition", "attachment; filename=\"repair-" + number + ".sql\"")
                .build();
    }

    @POST
    @Path("{id}/comparisons/{number}/cancel")
    @Operation(summary = "Cancels a comparison that runs or waits; a periodic one ends with the one that waits")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = ComparisonView.class)))
    @APIResponse(responseCode = "404", description = NONE)
    @APIResponse(responseCode = "409", description = "TASK_STATE: it has ended")
    public Response cancel(String id, int number, @Nullable NoFields request) {
        comparisons.cancel(id, number);
        return Response.accepted(comparisons.view(id, number)).build();
    }

    @POST
    @Path("{id}/comparisons/{number}/repair")
    @Operation(
            summary = "Makes the differing rows of the target what they are at the source now, while changes stream",
            description =
                    "For the first thousand rows of each table that has a key. Each row is read again and written as"
                            + " the stream would write it, when no change of it is on its way. One at a time for a task; compare"
                            + " again afterwards.")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = RepairView.class)))
    @APIResponse(responseCode = "404", description = NONE + ": also when there is nothing to repair")
    @APIResponse(
            responseCode = "409",
            description = "TASK_STATE: the task is not in INCREMENTAL_SYNC; COMPARISON_RUNNING: another repair runs")
    public Response repair(String id, int number, @Nullable NoFields request) {
        return Response.accepted(repairs.request(id, number)).build();
    }

    @GET
    @Path("{id}/comparisons/{number}/repair")
    @Operation(summary = "The newest repair of what a comparison found, table by table")
    @APIResponse(responseCode = "200", content = @Content(schema = @Schema(implementation = RepairView.class)))
    @APIResponse(responseCode = "404", description = NONE + ": also when nothing was repaired")
    public RepairView viewRepair(String id, int number) {
        return repairs.view(id, number);
    }

    /** A body that holds nothing. */
    @Schema(name = "ComparisonCancellation")
    public record NoFields() {}
}
