package io.sluice.postgres.dialect;

import io.sluice.contracts.task.TableChoice.Distribution;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.ColumnDefinition.Identity;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A table as it is to be made on the target: every name is the target's, every expression is ready to be used.
 *
 * @param columns in order; of a table that inherits those that are its own
 * @param checks each with its {@code CONSTRAINT "name"}
 * @param partitionedBy as in {@code RANGE (at)}; null when the table is not partitioned
 * @param parent the table that this is a partition of; null when it is none
 * @param bound as in {@code FOR VALUES FROM (1) TO (10)}; null when it is no partition
 * @param inherits parents by inheritance, in order
 * @param inherited columns that they bring, with what is different here
 * @param ofType the composite type that makes the columns, quoted; null when none does
 * @param options storage parameters, as in {@code fillfactor='70'}
 * @param accessMethod null for the target's default
 * @param distribution null when nobody has decided
 */
public record TableBlueprint(
        TableName name,
        boolean unlogged,
        List<Column> columns,
        List<String> checks,
        @Nullable String partitionedBy,
        @Nullable TableName parent,
        @Nullable String bound,
        List<TableName> inherits,
        List<Column> inherited,
        @Nullable String ofType,
        List<String> options,
        @Nullable String accessMethod,
        @Nullable Distribution distribution) {

    public TableBlueprint {
        columns = List.copyOf(columns);
        checks = List.copyOf(checks);
        inherits = List.copyOf(inherits);
        inherited = List.copyOf(inherited);
        options = List.copyOf(options);
    }

    /**
     * One column.
     *
     * @param type as {@code format_type} writes it
     * @param collation qualified and quoted; null for that of the type
     * @param expression the default, or what a generated column is computed by; null for none
     * @param identityOptions as in {@code START WITH 1 INCREMENT BY 2}; empty without identity
     * @param notNullName null when it has the name that the server gives
     * @param storage as in {@code EXTERNAL}; null for that of the type
     * @param compression {@code pglz} or {@code lz4}; null for the server's default
     * @param statistics the target for ANALYZE; null for the server's default
     * @param options as in {@code n_distinct=-1}; empty for none
     */
    public record Column(
            String name,
            String type,
            @Nullable String collation,
            @Nullable String expression,
            Generated generated,
            Identity identity,
            String identityOptions,
            boolean notNull,
            @Nullable String notNullName,
            @Nullable String storage,
            @Nullable String compression,
            @Nullable Integer statistics,
            List<String> options) {

        public Column {
            options = List.copyOf(options);
        }
    }

    /** What the expression of a column is. */
    public enum Generated {
        NO,
        STORED,
        /** Computed when it is read; PostgreSQL 18 and newer. */
        VIRTUAL
    }
}
