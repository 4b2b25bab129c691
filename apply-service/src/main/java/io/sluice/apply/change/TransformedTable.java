package io.sluice.apply.change;

import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableMapping;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.transform.RowFrame;
import io.sluice.transform.RowTransform;
import io.sluice.transform.TransformFailure;
import io.sluice.transform.Value;
import io.sluice.transform.WrittenColumns;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Turns changes of one table of the source into changes of its table on the target, by the table's transform: what it
 * makes of the rows is what the target has, so an update may be an insert or a deletion there. Not thread-safe.
 */
public final class TransformedTable {

    private final TableMapping mapping;
    private final RowTransform transform;
    private final RowFrame frame;
    private final Set<String> written;
    private final List<String> added;
    private final Map<List<String>, Columns> shapes = new HashMap<>();

    /** @param table as the source has it; of what is not in it, every value is text */
    public TransformedTable(TableMapping mapping, RowTransform transform, TableDefinition table) {
        this.mapping = mapping;
        this.transform = transform;
        this.frame = new RowFrame(
                mapping.source().toString(),
                table.columns().stream().collect(Collectors.toMap(ColumnDefinition::name, ColumnDefinition::castType)));
        this.written = transform.written();
        this.added = WrittenColumns.of(transform, table).added();
    }

    /** One image, and for what it does not carry another one of the same row. */
    private record Image(Row row, @Nullable Row other) implements RowFrame.Image {

        @Override
        public boolean holds(String column) {
            return row.columns().contains(column)
                    || other != null && other.columns().contains(column);
        }

        @Override
        public @Nullable String text(String column) {
            int place = row.columns().place(column);
            return place >= 0 || other == null ? row.value(column) : other.value(column);
        }

        List<String> columns() {
            if (other == null) {
                return row.columns().names();
            }
            List<String> all = new ArrayList<>(row.columns().names());
            other.columns().names().stream()
                    .filter(column -> !row.columns().contains(column))
                    .forEach(all::add);
            return all;
        }
    }

    /**
     * The change in the target's terms; null when it means nothing there.
     *
     * @throws TransformFailure when the expression fails on the row, or it takes values that the source has not sent
     * @throws TableFailure {@code TRANSFORM_UNDECIDABLE} when it cannot be told whether the old row is on the target
     */
    public @Nullable RowChange map(RowChange change) throws TransformFailure {
        if (change.key().isEmpty() && (transform.choiceDependsOnChange() || transform.valuesDependOnChange())) {
            throw TableFailure.ofSource(
                    mapping.source(),
                    ErrorCode.TRANSFORM_REFUSED,
                    "The transform of table " + mapping.source()
                            + " looks at op, before or commitTime, and the table has no"
                            + " key: its rows could not be found again on the target. Give it a key, or an expression"
                            + " that looks at row alone.");
        }
        return switch (change.operation()) {
            case INSERT -> inserted(change);
            case UPDATE -> updated(change);
            case DELETE -> deleted(change);
        };
    }

    private @Nullable RowChange inserted(RowChange change) throws TransformFailure {
        Image row = image(change.after(), null);
        frame.set(RowFrame.Operation.INSERT, row, null, time(change));
        Map<String, Value> values = transform.valuesOf(frame);
        return values == null ? null : as(Operation.INSERT, change, null, row(row, values, false));
    }

    private @Nullable RowChange updated(RowChange change) throws TransformFailure {
        Row before = change.before();
        // With REPLICA IDENTITY FULL the old image fills what was not sent again; a key's columns always are.
        Image row = image(change.after(), before);
        Image old = before == null ? keyOnly(change, row) : image(before, null);
        frame.set(RowFrame.Operation.UPDATE, row, old, time(change));
        Map<String, Value> values = transform.valuesOf(frame);
        Row after = values == null ? null : row(row, values, true);
        boolean was = wasThere(change, old);
        if (after == null) {
            return was ? as(Operation.DELETE, change, identity(change, old), null) : null;
        }
        return was
                ? as(Operation.UPDATE, change, before == null ? null : identity(change, old), after)
                : as(Operation.INSERT, change, null, after);
    }

    private @Nullable RowChange deleted(RowChange change) throws TransformFailure {
        Image old = image(change.before(), null);
        if (transform.drops() && transform.choiceDependsOnChange()) {
            frame.set(RowFrame.Operation.DELETE, old, old, time(change));
            if (transform.valuesOf(frame) == null) {
                return null;
            }
        } else if (!wasThere(change, old)) {
            return null;
        }
        return as(Operation.DELETE, change, identity(change, old), null);
    }

    /** Where the choice does not depend on the row alone the target is asked, by writing without relying on it. */
    private boolean wasThere(RowChange change, Image old) {
        if (!transform.drops() || transform.choiceDependsOnChange()) {
            return true;
        }
        frame.set(RowFrame.Operation.UPDATE, old, null, time(change));
        try {
            return transform.valuesOf(frame) != null;
        } catch (TransformFailure e) {
            if (!e.undecidable()) {
                // It failed on this row before, too, so that the row has not come to the target by itself.
                return true;
            }
            throw TableFailure.ofSource(
                    mapping.source(),
                    ErrorCode.TRANSFORM_UNDECIDABLE,
                    "It cannot be told whether a changed row of table " + mapping.source() + " is on the target: "
                            + e.withoutData() + ". ALTER TABLE " + Identifier.quote(mapping.source())
                            + " REPLICA IDENTITY FULL at the source, then reload the table.");
        }
    }

    /** What finds the old row on the target: its key, or all that the transform has made of it. */
    private Row identity(RowChange change, Image old) throws TransformFailure {
        if (change.key().isEmpty()) {
            frame.set(RowFrame.Operation.UPDATE, old, null, time(change));
            Map<String, Value> values = transform.valuesOf(frame);
            return row(old, values == null ? Map.of() : values, false);
        }
        List<String> names = new ArrayList<>();
        @Nullable String[] values = new @Nullable String[change.key().size()];
        for (String column : change.key()) {
            values[names.size()] = old.text(column);
            names.add(mapping.targetColumn(column));
        }
        return new Row(shape(names), values);
    }

    private Row row(Image row, Map<String, Value> given, boolean update) throws TransformFailure {
        List<String> names = new ArrayList<>();
        List<@Nullable String> values = new ArrayList<>();
        List<String> columns = row.columns();
        for (String column : columns) {
            if (mapping.moves(column)) {
                Value value = given.get(column);
                if (value == null || !stays(value, row, update)) {
                    names.add(mapping.targetColumn(column));
                    values.add(value == null ? row.text(column) : value.text(frame));
                }
            }
        }
        for (String column : written) {
            boolean added = this.added.contains(column);
            if (added || !row.holds(column)) {
                put(column, added, row, given.get(column), update, names, values);
            }
        }
        return new Row(shape(names), values.toArray(new @Nullable String[0]));
    }

    /** A column that the image does not carry, or that only the target has. */
    private void put(
            String column,
            boolean onlyOnTarget,
            Image row,
            @Nullable Value value,
            boolean update,
            List<String> names,
            List<@Nullable String> values)
            throws TransformFailure {
        String name = onlyOnTarget ? column : mapping.targetColumn(column);
        if (value != null) {
            if (!stays(value, row, update)) {
                names.add(name);
                values.add(value.text(frame));
            }
        } else if (onlyOnTarget) {
            names.add(name);
            values.add(null);
        } else if (transform.branches()) {
            // What another end of the expression has made of the column would have to become what it is at the source.
            new Value.Copy("1:1", column).text(frame);
        }
    }

    /**
     * A value that is made of columns that did not change is what it was. Not so where another end of the expression may
     * have counted for the old row.
     */
    private boolean stays(Value value, Image row, boolean update) {
        return update
                && !transform.branches()
                && !value.dependsOnChange()
                && !value.columns().isEmpty()
                && value.columns().stream().noneMatch(row::holds);
    }

    private RowChange as(Operation operation, RowChange change, @Nullable Row before, @Nullable Row after) {
        return new RowChange(
                operation,
                mapping.target(),
                change.key().stream().map(mapping::targetColumn).toList(),
                change.position(),
                before,
                after,
                change.commitMillis(),
                described(change.described()));
    }

    private @Nullable Columns described(@Nullable Columns columns) {
        if (columns == null) {
            return null;
        }
        List<String> names = new ArrayList<>();
        columns.names().stream()
                .filter(mapping::moves)
                .map(mapping::targetColumn)
                .forEach(names::add);
        names.addAll(added);
        return shape(names);
    }

    private Columns shape(List<String> names) {
        return shapes.computeIfAbsent(names, Columns::new);
    }

    private static Image keyOnly(RowChange change, Image row) {
        @Nullable String[] values = new @Nullable String[change.key().size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = row.text(change.key().get(i));
        }
        return new Image(new Row(new Columns(change.key()), values), null);
    }

    private static Image image(@Nullable Row row, @Nullable Row other) {
        if (row == null) {
            throw new IllegalArgumentException("change: an image is missing");
        }
        return new Image(row, other);
    }

    private static Instant time(RowChange change) {
        return Instant.ofEpochMilli(change.commitMillis());
    }
}
