package io.sluice.contracts.change;

import io.sluice.contracts.task.TableName;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Something that a command at the source has made, changed or dropped.
 *
 * @param type {@code table}, {@code schema}, {@code view}, {@code materialized view} or {@code type}
 * @param schema null for a schema
 * @param before the table as it was; null for one that is new, or no table of the task
 * @param after the table as it is; null when it was dropped
 * @param definition the query of a view
 * @param uses the relations that a view reads
 * @param labels of an enumeration type, in order
 */
public record SourceObject(
        String type,
        @Nullable String schema,
        String name,
        boolean dropped,
        @Nullable SourceTable before,
        @Nullable SourceTable after,
        @Nullable String definition,
        List<Relation> uses,
        List<String> labels) {

    public SourceObject {
        uses = List.copyOf(Objects.requireNonNullElse(uses, List.of()));
        labels = List.copyOf(Objects.requireNonNullElse(labels, List.of()));
    }

    /** What the command is about: a table by the name that it had before, as its changes before have it. */
    public TableName subject() {
        if (before != null) {
            return new TableName(before.schema(), before.name());
        }
        return new TableName(Objects.requireNonNullElse(schema, name), name);
    }

    /** The name of a table or view. */
    public record Relation(String schema, String name) {}
}
