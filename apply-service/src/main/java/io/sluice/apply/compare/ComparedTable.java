package io.sluice.apply.compare;

import io.sluice.apply.compare.Relation.Column;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.transform.RowTransform;
import io.sluice.transform.WrittenColumns;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One table of the target and those of the source whose rows it holds.
 *
 * @param nullKeys the target can have rows with NULL in their key, which the key does not tell apart
 * @param writable the target's columns that can be written, for repairs
 * @param transformed the target's columns that a transform writes, which are not compared; in order
 */
record ComparedTable(
        TableName name,
        List<Relation> sources,
        Relation target,
        boolean nullKeys,
        Set<String> writable,
        List<String> transformed) {

    ComparedTable {
        sources = List.copyOf(sources);
        writable = Set.copyOf(writable);
        transformed = List.copyOf(transformed);
    }

    /** Each row of both sides has a key. */
    boolean keyed() {
        return target.keyed() && !nullKeys;
    }

    /** Each row of the source can be looked up on the target. */
    boolean sourcesKeyed() {
        return target.keyed();
    }

    List<Relation> targets() {
        return List.of(target);
    }

    /** The same, read from servers that would write floating-point numbers in different ways. */
    ComparedTable inAllDigits() {
        return new ComparedTable(
                name,
                sources.stream().map(Relation::inAllDigits).toList(),
                target.inAllDigits(),
                nullKeys,
                writable,
                transformed);
    }

    /** The same with the sizes of partitions. */
    ComparedTable sized(UnaryOperator<Relation> source, UnaryOperator<Relation> targetToo) {
        return new ComparedTable(
                name, sources.stream().map(source).toList(), targetToo.apply(target), nullKeys, writable, transformed);
    }

    /** Rows are read and written in the same way. */
    boolean sameColumns(ComparedTable other) {
        return sources.size() == other.sources.size()
                && IntStream.range(0, sources.size())
                        .allMatch(i -> sources.get(i).sameColumns(other.sources.get(i)))
                && target.sameColumns(other.target)
                && writable.equals(other.writable)
                && transformed.equals(other.transformed);
    }

    /**
     * @param mappings of the tables of the source that go into one of the target
     * @param sources definitions by name; one that is missing was dropped
     * @param slicedSource ranges of pages can be read on the source
     * @throws SluiceException {@code SCHEMA_CHANGED} when a table is gone, {@code TARGET_COLUMNS_DIFFER} when the target
     *     has not all columns
     */
    static ComparedTable of(
            List<TableMapping> mappings,
            Map<TableName, TableDefinition> sources,
            Map<TableName, TableDefinition> targets,
            boolean slicedSource,
            boolean slicedTarget) {
        TableName name = mappings.getFirst().target();
        TableDefinition target = require(targets.get(name), name, "target");
        Map<String, ColumnDefinition> targetColumns =
                target.columns().stream().collect(Collectors.toMap(ColumnDefinition::name, Function.identity()));
        TableMapping first = mappings.getFirst();
        TableDefinition model = require(sources.get(first.source()), first.source(), "source");
        Set<String> transformed = writtenByTransforms(mappings, sources);
        List<String> compared = comparedColumns(first, model, targetColumns).stream()
                .filter(column -> !transformed.contains(column))
                .toList();
        List<Map<String, ColumnDefinition>> byTarget = new ArrayList<>();
        for (TableMapping mapping : mappings) {
            TableDefinition definition = require(sources.get(mapping.source()), mapping.source(), "source");
            requireNoOthers(mapping, definition, compared, transformed);
            byTarget.add(byTarget(mapping, definition, compared));
        }
        List<String> key = key(first, model, compared, byTarget);
        Set<String> alike = compared.stream()
                .filter(column -> byTarget.stream()
                        .allMatch(columns -> columns.get(column)
                                .castType()
                                .equals(targetColumns.get(column).castType())))
                .collect(Collectors.toSet());
        List<Relation> relations = new ArrayList<>();
        for (int i = 0; i < mappings.size(); i++) {
            TableMapping mapping = mappings.get(i);
            relations.add(relation(
                    require(sources.get(mapping.source()), mapping.source(), "source"),
                    columns(compared, byTarget.get(i), alike),
                    columns(key, byTarget.get(i), alike),
                    mapping.filter(),
                    slicedSource));
        }
        Relation written = relation(
                target,
                columns(compared, targetColumns, alike),
                columns(key, targetColumns, alike),
                null,
                slicedTarget);
        return new ComparedTable(
                name,
                relations,
                written,
                !key.stream().allMatch(column -> targetColumns.get(column).notNull()),
                target.writableColumns().stream().map(ColumnDefinition::name).collect(Collectors.toSet()),
                transformed.stream().filter(targetColumns::containsKey).toList());
    }

    /** A transform decides which rows there are, so that sides cannot be compared. */
    static boolean leavesRowsOut(List<TableMapping> mappings) {
        return mappings.stream().map(RowTransform::of).anyMatch(transform -> transform != null && transform.drops());
    }

    /**
     * What transforms write is theirs alone: it is not compared.
     *
     * @throws SluiceException {@code TABLE_UNSUPPORTED} where a transform leaves rows out, which no database could tell
     */
    private static SortedSet<String> writtenByTransforms(
            List<TableMapping> mappings, Map<TableName, TableDefinition> sources) {
        SortedSet<String> written = new TreeSet<>();
        for (TableMapping mapping : mappings) {
            RowTransform transform = RowTransform.of(mapping);
            if (transform == null) {
                continue;
            }
            if (transform.drops()) {
                throw new SluiceException(
                        ErrorCode.TABLE_UNSUPPORTED,
                        "The transform of table " + mapping.source()
                                + " can leave rows out, and the databases, which do the"
                                + " comparison, cannot tell which: neither its rows nor their number can be compared.");
            }
            written.addAll(
                    WrittenColumns.of(transform, require(sources.get(mapping.source()), mapping.source(), "source"))
                            .onTarget(mapping));
        }
        return written;
    }

    private static Relation relation(
            TableDefinition definition,
            List<Column> columns,
            List<Column> key,
            @Nullable String filter,
            boolean sliced) {
        return new Relation(
                definition.name(),
                columns,
                key,
                filter,
                definition.rowsEstimated(),
                definition.bytes(),
                definition.pages(),
                cut(definition, sliced),
                definition.kind() == TableDefinition.Kind.INHERITED);
    }

    private static Relation.Cut cut(TableDefinition definition, boolean sliced) {
        return switch (definition.kind()) {
            case TABLE, INHERITED -> sliced ? Relation.Cut.PAGES : Relation.Cut.NOT;
            case PARTITIONED -> sliced ? Relation.Cut.PARTITIONS : Relation.Cut.NOT;
            case PARTITION, FOREIGN -> Relation.Cut.NOT;
        };
    }

    private static TableDefinition require(@Nullable TableDefinition found, TableName name, String side) {
        if (found == null) {
            throw new SluiceException(
                    ErrorCode.SCHEMA_CHANGED,
                    "Table " + name + " is not on the " + side + " any more. Restore it there and compare again.");
        }
        return found;
    }

    /** The target's names of the columns that both sides have. */
    private static List<String> comparedColumns(
            TableMapping mapping, TableDefinition source, Map<String, ColumnDefinition> target) {
        List<String> compared = new ArrayList<>();
        List<String> lacking = new ArrayList<>();
        for (ColumnDefinition column : source.columns()) {
            if (!mapping.moves(column.name())) {
                continue;
            }
            String name = mapping.targetColumn(column.name());
            if (target.containsKey(name)) {
                compared.add(name);
            } else if (!column.generated()) {
                lacking.add(name);
            }
        }
        if (!lacking.isEmpty()) {
            throw new SluiceException(
                    ErrorCode.TARGET_COLUMNS_DIFFER,
                    "Table " + mapping.target() + " of the target lacks columns: " + String.join(", ", lacking)
                            + ". Add them and compare again.");
        }
        return compared;
    }

    /** The target's names; empty when rows cannot be identified by what goes over. */
    private static List<String> key(
            TableMapping mapping,
            TableDefinition source,
            List<String> compared,
            List<Map<String, ColumnDefinition>> byTarget) {
        List<String> names = source.primaryKey().isEmpty() ? source.identityColumns() : source.primaryKey();
        List<String> key = names.stream()
                .filter(mapping::moves)
                .map(mapping::targetColumn)
                .filter(compared::contains)
                // What is a key of one table may be empty in another one that goes into the same.
                .filter(column -> byTarget.stream()
                        .allMatch(columns -> columns.get(column).notNull()))
                .toList();
        return key.size() == names.size() ? key : List.of();
    }

    /** A column that goes over from some of the tables only would be compared of none. */
    private static void requireNoOthers(
            TableMapping mapping, TableDefinition definition, List<String> compared, Set<String> transformed) {
        List<String> others = definition.writableColumns().stream()
                .map(ColumnDefinition::name)
                .filter(mapping::moves)
                .map(mapping::targetColumn)
                .filter(column -> !compared.contains(column) && !transformed.contains(column))
                .toList();
        if (!others.isEmpty()) {
            throw new SluiceException(
                    ErrorCode.SCHEMA_CHANGED,
                    "Table " + definition.name()
                            + " of the source has columns that others lack that go into the same table"
                            + " of the target, which cannot be compared: " + String.join(", ", others)
                            + ". Leave them out in the mapping, or add them to the others, and compare again.");
        }
    }

    /** The source's columns by the target's names. */
    private static Map<String, ColumnDefinition> byTarget(
            TableMapping mapping, TableDefinition definition, List<String> compared) {
        Map<String, ColumnDefinition> byTarget = definition.columns().stream()
                .filter(column -> mapping.moves(column.name()))
                .collect(Collectors.toMap(column -> mapping.targetColumn(column.name()), Function.identity()));
        List<String> lacking =
                compared.stream().filter(name -> !byTarget.containsKey(name)).toList();
        if (!lacking.isEmpty()) {
            throw new SluiceException(
                    ErrorCode.SCHEMA_CHANGED,
                    "Table " + definition.name() + " of the source lacks columns that others have that go into the same"
                            + " table of the target: " + String.join(", ", lacking) + ".");
        }
        return byTarget;
    }

    private static List<Column> columns(
            List<String> names, Map<String, ColumnDefinition> definitions, Set<String> alike) {
        return names.stream()
                .map(name -> {
                    ColumnDefinition found = Objects.requireNonNull(definitions.get(name));
                    return new Column(found.name(), found.castType(), found.equality(), alike.contains(name));
                })
                .toList();
    }
}
