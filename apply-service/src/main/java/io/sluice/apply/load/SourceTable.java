package io.sluice.apply.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.transform.RowTransform;
import io.sluice.transform.WrittenColumns;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A table of the source, what becomes of it, and where its rows are; a partitioned one has them in its partitions.
 *
 * @param root a partitioned table itself; null for others
 * @param transform what becomes of each row; null when rows go over as they are
 */
record SourceTable(
        TableDefinition definition,
        TableMapping mapping,
        List<SourcePart> parts,
        @Nullable SourcePart root,
        @Nullable RowTransform transform) {

    SourceTable {
        parts = List.copyOf(parts);
    }

    TableName name() {
        return definition.name();
    }

    long bytes() {
        return parts.stream().mapToLong(SourcePart::bytes).sum();
    }

    long pages() {
        return parts.stream().mapToLong(SourcePart::pages).sum();
    }

    /** The columns of the source that go over. */
    List<ColumnDefinition> columns() {
        return definition.writableColumns().stream()
                .filter(column -> mapping.moves(column.name()))
                .toList();
    }

    /** What is read: the columns that go over, and those that the transform looks at. */
    List<ColumnDefinition> columnsRead() {
        Set<String> looked = transform == null ? Set.of() : transform.columns();
        return definition.writableColumns().stream()
                .filter(column -> mapping.moves(column.name()) || looked.contains(column.name()))
                .toList();
    }

    /** The columns of the target that only the transform writes. */
    List<String> columnsAdded() {
        return transform == null
                ? List.of()
                : WrittenColumns.of(transform, definition).added();
    }

    /** The columns that tell rows apart and go over; empty when there are none, or not all of them go. */
    List<ColumnDefinition> key() {
        List<String> key = definition.primaryKey().isEmpty() ? definition.identityColumns() : definition.primaryKey();
        List<ColumnDefinition> columns =
                columns().stream().filter(column -> key.contains(column.name())).toList();
        return columns.size() == key.size() ? columns : List.of();
    }

    /** What the names that it is read by must mean: its parts, and where it is read through its root, that one. */
    List<SourcePart> named() {
        return root == null
                ? parts
                : Stream.concat(parts.stream(), Stream.of(root)).toList();
    }

    boolean partitioned() {
        return definition.kind() == TableDefinition.Kind.PARTITIONED;
    }

    /** Names the files of all parts: as long as they are the same, a row that nobody changes keeps its place. */
    String files() {
        return parts.stream()
                .map(part -> part.oid() + ":" + part.file())
                .sorted()
                .collect(Collectors.joining(","));
    }

    /** Its own columns, as {@code number name}. */
    List<String> numberedColumns() {
        return ColumnWatch.numbered(itself().columns());
    }

    /** That values in its columns can have. */
    List<EnumLabel> labels() {
        return itself().labels();
    }

    private SourcePart itself() {
        return root == null ? parts.getFirst() : root;
    }

    /** Says what the columns of all parts mean: as long as it is the same, what is read later goes with what was read. */
    String shape() {
        String all = parts.stream()
                .map(part -> part.oid() + ": " + part.columns()
                        + part.labels().stream()
                                .map(label -> "; " + label.oid() + " " + label.label())
                                .collect(Collectors.joining()))
                .sorted()
                .collect(Collectors.joining("\n"));
        return UUID.nameUUIDFromBytes(all.getBytes(UTF_8)).toString();
    }
}
