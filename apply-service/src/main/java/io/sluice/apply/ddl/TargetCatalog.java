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

    boolean hasIndex(String schema, String name);

    /** A table or view. */
    boolean hasRelation(TableName name);

    boolean hasSchema(String name);

    /** The tables and views that a view reads; null when there is no such view. */
    @Nullable
    List<TableName> viewReads(TableName view);

    /** Whether there is a type of this name. */
    boolean hasType(TableName type);

    /** As {@link io.sluice.postgres.catalog.TypeDefinitionSql} says it; null when there is none, or that says none. */
    @Nullable
    String typeDefinition(TableName type);

    /** Of an enumeration type, in order; empty when there is none. */
    List<String> labels(String schema, String type);
}
