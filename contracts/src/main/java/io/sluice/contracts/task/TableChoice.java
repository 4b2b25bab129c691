package io.sluice.contracts.task;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Tables by pattern, and what becomes of them on the target.
 *
 * @param targetSchema null when it is the source's
 * @param targetTable null when it is the source's
 * @param columns null when every column keeps its name
 * @param filter an SQL condition over the table's columns; null when every row is meant
 * @param distribution null when nobody has decided
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TableChoice(
        String schema,
        String table,
        @Nullable String targetSchema,
        @Nullable String targetTable,
        @Nullable Columns columns,
        @Nullable String filter,
        @Nullable Distribution distribution) {

    /** Everything as it is on the source. */
    public static TableChoice unchanged(TablePattern pattern) {
        return new TableChoice(pattern.schema(), pattern.table(), null, null, null, null, null);
    }

    @JsonIgnore
    public TablePattern pattern() {
        return new TablePattern(schema, table);
    }

    /** It names just this table. */
    boolean isOf(TableName name) {
        return schema.equals(name.schema()) && table.equals(name.table());
    }

    /** The same for a table that is named. */
    TableChoice of(TableName name) {
        return new TableChoice(name.schema(), name.table(), targetSchema, targetTable, columns, filter, distribution);
    }

    /**
     * @param exclude columns that are left out
     * @param rename the target's name by the source's
     */
    public record Columns(List<String> exclude, Map<String, String> rename) {

        public Columns {
            exclude = List.copyOf(exclude);
            rename = Collections.unmodifiableMap(new TreeMap<>(rename));
        }
    }

    /** @param columns of a HASH; empty otherwise */
    public record Distribution(Kind kind, List<String> columns) {

        public Distribution {
            columns = List.copyOf(columns);
        }

        /** How rows are spread over the target's nodes. */
        public enum Kind {
            HASH,
            /** Every node has every row. */
            REPLICATION,
            /** On one node. */
            NONE
        }
    }
}
