package io.sluice.task.objects;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sluice.postgres.catalog.TableDefinition.Kind;
import io.sluice.postgres.catalog.TableDefinition.ReplicaIdentity;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * An object of the source. What does not apply to its kind is absent.
 *
 * @param table of a column, index or trigger
 * @param arguments of a function
 * @param chosen whether the task's patterns choose it, or the table it belongs to; of tables and their parts
 */
@Schema(name = "SourceObject")
@JsonInclude(JsonInclude.Include.NON_NULL)
record SourceObject(
        ObjectKind kind,
        String schema,
        String name,
        @Nullable String table,
        @Nullable String arguments,
        @Nullable Boolean chosen,
        @Nullable TableFacts details,
        @Nullable ColumnFacts column) {

    /**
     * @param rowsEstimated from the last ANALYZE or VACUUM; 0 when there was none
     * @param bytes the heap and its TOAST
     * @param identityColumns that identify a row in the stream of changes; empty when none do
     */
    @Schema(name = "SourceTable")
    record TableFacts(
            Kind tableKind,
            boolean unlogged,
            long rowsEstimated,
            long bytes,
            List<String> primaryKey,
            ReplicaIdentity replicaIdentity,
            List<String> identityColumns) {}

    /** @param defaultExpression null when there is none, and for generated columns */
    @Schema(name = "SourceColumn")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record ColumnFacts(
            String type,
            boolean notNull,
            boolean inPrimaryKey,
            @Nullable String defaultExpression,
            @Nullable String generatedAs) {}
}
