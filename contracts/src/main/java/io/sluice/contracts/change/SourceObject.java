package io.sluice.contracts.change;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.sluice.contracts.task.TableName;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Something that a command at the source has made, changed or dropped.
 *
 * @param type {@code table}, {@code schema}, {@code view}, {@code materialized view} or {@code type}; {@code unknown} where
 *     the source could not say it
 * @param schema null for a schema
 * @param before the table as it was; null for one that is new, or no table of the task
 * @param after the table as it is; null when it was dropped
 * @param definition the query of a view; the statement that makes a type
 * @param uses the relations that a view reads
 * @param labels of an enumeration type, in order
 * @param rewrites what became of a table's rows, of which no change of rows tells; null where that is not known
 * @param partitions of a table that have come, gone or got another name; those of partitions before their own
 * @param rename which renaming of a table of the task this is, counted from 1 in the order of the stream; null when the table
 *     has kept its name
 * @param filled whether a materialized view can be read; null for others
 * @param options of a view, as in {@code security_barrier=true}
 * @param parts of a type; of a view its columns
 * @param earlier a view or type as it was; null for one that is new, and for tables
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
        List<String> labels,
        @Nullable Set<Rewrite> rewrites,
        List<PartitionChange> partitions,
        @Nullable Long rename,
        @Nullable Boolean filled,
        List<String> options,
        @Nullable TypeParts parts,
        @Nullable Earlier earlier) {

    public SourceObject {
        options = List.copyOf(Objects.requireNonNullElse(options, List.of()));
        uses = List.copyOf(Objects.requireNonNullElse(uses, List.of()));
        labels = List.copyOf(Objects.requireNonNullElse(labels, List.of()));
        rewrites = rewrites == null ? null : Set.copyOf(rewrites);
        partitions = List.copyOf(Objects.requireNonNullElse(partitions, List.of()));
    }

    public SourceObject(
            String type,
            @Nullable String schema,
            String name,
            boolean dropped,
            @Nullable SourceTable before,
            @Nullable SourceTable after,
            @Nullable String definition,
            List<Relation> uses,
            List<String> labels) {
        this(type, schema, name, dropped, before, after, definition, uses, labels, null, List.of(), null);
    }

    /** A table. */
    public SourceObject(
            String type,
            @Nullable String schema,
            String name,
            boolean dropped,
            @Nullable SourceTable before,
            @Nullable SourceTable after,
            @Nullable String definition,
            List<Relation> uses,
            List<String> labels,
            @Nullable Set<Rewrite> rewrites,
            List<PartitionChange> partitions,
            @Nullable Long rename) {
        this(
                type,
                schema,
                name,
                dropped,
                before,
                after,
                definition,
                uses,
                labels,
                rewrites,
                partitions,
                rename,
                null,
                List.of(),
                null,
                null);
    }

    /** What the command has done to a table, as if that were called so before and after. */
    public SourceObject named(TableName table) {
        return new SourceObject(
                type,
                table.schema(),
                table.table(),
                dropped,
                before == null ? null : before.named(table),
                after == null ? null : after.named(table),
                definition,
                uses,
                labels,
                rewrites,
                partitions,
                rename,
                filled,
                options,
                parts,
                earlier);
    }

    /**
     * The same of a renaming, with which nothing else can become of a table; but what a default or a constraint says may look
     * different after it, since it speaks of others by their new names.
     */
    public SourceObject onlyRenamed(TableName table) {
        SourceObject named = named(table);
        return before == null || after == null || !before.sameColumns(after)
                ? named
                : named.with(named.before, definition, uses, earlier);
    }

    /** The same of a command that can have done nothing but to give a schema another name, and with it types of columns. */
    public SourceObject onlyMoved(TableName table) {
        SourceObject named = named(table);
        return named.with(named.before, definition, uses, earlier);
    }

    /** The same when the relations that it reads are called differently: its definition then speaks of others. */
    public SourceObject reading(UnaryOperator<TableName> names) {
        List<Relation> read = uses.stream()
                .map(used -> names.apply(new TableName(used.schema(), used.name())))
                .map(used -> new Relation(used.schema(), used.table()))
                .toList();
        return with(after, read.equals(uses) ? definition : null, read, earlier);
    }

    /** A type has lost attributes, and rows what they had in them. */
    public boolean losesAttributes() {
        TypeParts now = parts;
        return type.equals("type")
                && now != null
                && earlier != null
                && earlier.parts() != null
                && earlier.parts().attributes().stream()
                        .anyMatch(old -> now.attributes().stream().noneMatch(each -> each.number() == old.number()));
    }

    /** The same when it is not certain what it was. */
    public SourceObject withoutEarlier() {
        return with(after, definition, uses, null);
    }

    private SourceObject with(
            @Nullable SourceTable otherAfter,
            @Nullable String otherDefinition,
            List<Relation> otherUses,
            @Nullable Earlier otherEarlier) {
        return new SourceObject(
                type,
                schema,
                name,
                dropped,
                before,
                otherAfter,
                otherDefinition,
                otherUses,
                labels,
                rewrites,
                partitions,
                rename,
                filled,
                options,
                parts,
                otherEarlier);
    }

    /** What a command has done to the rows of a table. */
    public enum Rewrite {
        /** All were written anew: new columns have got values that {@link SourceTable.Column#missing} does not tell. */
        ROWS,
        /** These need not be the defaults that the columns have now. */
        OTHER_DEFAULTS,
        /** Values of other columns were cast to another type. */
        CAST,
        /** Values of other columns are whatever an expression ({@code USING}) has made of a row. */
        COMPUTED
    }

    /** What the command is about: a table by the name that it had before, as its changes before have it. */
    public TableName subject() {
        if (before != null) {
            return before.tableName();
        }
        return new TableName(Objects.requireNonNullElse(schema, name), name);
    }

    /**
     * What became of a partition.
     *
     * @param before null for one that was made or attached
     * @param after null for one that was dropped or detached
     * @param dropped it is no table of its own either
     */
    public record PartitionChange(
            @Nullable Partition before, @Nullable Partition after, boolean dropped) {}

    /**
     * A partition, of whatever level.
     *
     * @param oid stays when it gets another name
     * @param parent what it is a partition of
     * @param parentKey by which that is partitioned, as in {@code RANGE (at)}; told of one that has come or gone
     * @param bound as in {@code FOR VALUES FROM (1) TO (10)}
     * @param key by which it is itself partitioned, told of one that has come; null for one that holds rows
     */
    public record Partition(
            long oid,
            String schema,
            String name,
            Relation parent,
            @Nullable String parentKey,
            String bound,
            @Nullable String key) {}

    /**
     * A view or type as it was before a command.
     *
     * @param definition the statement that made a type; null for a view
     * @param parts of a type; of a view its columns
     */
    public record Earlier(
            String schema,
            String name,
            @Nullable String definition,
            @Nullable TypeParts parts) {}

    /**
     * What an enumeration, domain, range or composite type, or a view, is made of.
     *
     * @param attributes of a composite type; columns of a view
     * @param defaultValue of a domain; null when it has none
     * @param constraints of a domain
     */
    public record TypeParts(
            List<Attribute> attributes,
            @JsonProperty("default") @Nullable String defaultValue,
            boolean notNull,
            List<SourceTable.Constraint> constraints) {

        public TypeParts {
            attributes = List.copyOf(attributes);
            constraints = List.copyOf(constraints);
        }

        /**
         * @param number stays when it gets another name
         * @param type with its collation, when that is not the type's own
         */
        public record Attribute(int number, String name, String type) {}
    }

    /** The name of a table or view. */
    public record Relation(String schema, String name) {}
}
