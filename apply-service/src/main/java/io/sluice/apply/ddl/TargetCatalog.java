package io.sluice.apply.ddl;

import io.sluice.contracts.task.TableName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the target has. What is there already is not made again, so a user may mend by hand and go on. */
interface TargetCatalog {

    /** As {@code format_type} writes it; null when there is no such column. */
    @Nullable
    String columnType(TableName table, String column);

    boolean hasConstraint(TableName table, String name);

    /** As {@code pg_get_constraintdef} writes it, with the schemas of all tables; null when there is none of this name. */
    @Nullable
    String constraintDefinition(TableName table, String name);

    boolean hasIndex(String schema, String name);

    /** A table or view. */
    boolean hasRelation(TableName name);

    boolean hasSchema(String name);

    /** The names of the tables in a schema, without partitions. */
    List<String> tables(String schema);

    /** As in {@code RANGE (at)}; null when there is no partitioned table of this name. */
    @Nullable
    String partitionKey(TableName table);

    /** Null when there is no partition of this name. */
    @Nullable
    PartitionOf partitionOf(TableName partition);

    /** Whether a partition with this bound could be made: no other one, and no row in the default one, is in its way. */
    boolean hasRoom(TableName table, String bound);

    /** @param bound as in {@code FOR VALUES FROM (1) TO (10)} */
    record PartitionOf(TableName whole, String bound) {}

    /** The tables and views that a view, or a materialized one, reads; null when there is no such view. */
    @Nullable
    List<TableName> viewReads(TableName view);

    /** Whether a view can be read, as a materialized one cannot before it is filled. */
    boolean isFilled(TableName view);

    /** Enumerations, domains, composite types and ranges in a schema. */
    List<TableName> types(String schema);

    /** The tables that have a column of this type, or of arrays of it. */
    List<TableName> tablesWith(TableName type);

    /** Foreign keys of other tables refer to it, and fire for what this session deletes. */
    boolean isReferredTo(TableName table);

    /**
     * Changes of rows wait among the exceptions of a task.
     *
     * @param source the table, as the source calls it
     */
    boolean hasRefusedRows(String taskId, TableName source);

    /** Whether there is a type of this name. */
    boolean hasType(TableName type);

    /** As {@link io.sluice.postgres.catalog.TypeDefinitionSql} says it; null when there is none, or that says none. */
    @Nullable
    String typeDefinition(TableName type);

    /** Of an enumeration type, in order; empty when there is none. */
    List<String> labels(String schema, String type);
}
