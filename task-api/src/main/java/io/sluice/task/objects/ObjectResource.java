package io.sluice.task.objects;

import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.postgres.distribution.DistributionProposal;
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

/** {@code /api/v1/tasks/{id}/source}. */
@Path("/api/v1/tasks")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Source")
@RunOnVirtualThread
public class ObjectResource {

    private final ObjectService objects;

    ObjectResource(ObjectService objects) {
        this.objects = objects;
    }

    @GET
    @Path("{id}/source/objects")
    @Operation(
            summary = "What the source has, by schema, name and kind",
            description = "q: part of the name, without regard to case, or of schema.name when it has a dot. kind: one"
                    + " of SCHEMA, TABLE, VIEW, MATERIALIZED_VIEW, SEQUENCE, INDEX, COLUMN, TRIGGER, FUNCTION, TYPE;"
                    + " without it all but columns and indexes, or with table its columns, indexes and triggers. What"
                    + " belongs to PostgreSQL or to an extension is left out.")
    @APIResponse(responseCode = "200")
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED: kind, limit or cursor")
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    @APIResponse(responseCode = "422", description = "The source cannot be reached or read; violations name the field")
    public Page<SourceObject> list(
            String id,
            @QueryParam("q") @Nullable String text,
            @QueryParam("schema") @Nullable String schema,
            @QueryParam("table") @Nullable String table,
            @QueryParam("kind") @Nullable String kind,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("cursor") @Nullable String cursor) {
        List<ObjectKind> kinds = kind == null ? ObjectQuery.usual(table) : List.of(ObjectKind.parse(kind));
        return objects.page(id, new ObjectQuery(text, schema, table, kinds), PageRequest.of(limit, cursor));
    }

    @GET
    @Path("{id}/source/objects/{object}/dependencies")
    @Operation(
            summary = "What a table, view or sequence needs, directly",
            description = "object: schema.name. Foreign keys, parents, tables under a view, types, functions,"
                    + " sequences, extensions; of tables also whether the task chooses them.")
    @APIResponse(responseCode = "200")
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND; NOT_FOUND: the source has no such object")
    @APIResponse(responseCode = "422", description = "The source cannot be reached or read; violations name the field")
    public Dependencies dependencies(String id, String object) {
        return objects.dependencies(id, object);
    }

    @GET
    @Path("{id}/source/distribution")
    @Operation(
            summary = "By which column each chosen table could be distributed, and why",
            description = "The primary key's column with the most distinct values; tables joined by foreign keys get"
                    + " the same one where their primary keys have it, so that they lie together. In the order of"
                    + " their names.")
    @APIResponse(responseCode = "200", description = "One page; nextCursor asks for the next")
    @APIResponse(responseCode = "400", description = "VALIDATION_FAILED: limit or cursor")
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    @APIResponse(responseCode = "422", description = "The source cannot be reached or read; violations name the field")
    public Page<DistributionProposal> distribution(
            String id, @QueryParam("limit") @Nullable String limit, @QueryParam("cursor") @Nullable String cursor) {
        return objects.distribution(id, PageRequest.of(limit, cursor));
    }
}
