package io.sluice.apply.write;

import io.sluice.apply.position.TargetShapes;
import io.sluice.apply.position.TargetShapes.Column;
import io.sluice.apply.position.TargetShapes.Shape;
import io.sluice.apply.position.UntouchedColumns;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.StructureChoice.ExistingTable;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.catalog.TypeFit;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Notices what is done by hand to the tables that changes are written to, where no statement would fail: a table that was
 * dropped and made again lacks its rows, a column that has the name of another one gets its values, and a type that holds
 * less rounds or cuts without a word. What the tables look like is noted on the target, so it is noticed also when it was
 * done between two runs. Columns that come, are renamed or are dropped make the next change fail, and are not looked for,
 * nor are tables that are gone, until they come back. Not thread-safe.
 */
public final class WatchedTables {

    private final TargetShapes shapes;
    private final UntouchedColumns untouched;
    private final boolean reloads;
    private Map<TableName, List<TableName>> sources = Map.of();
    private Map<TableName, Shape> known = Map.of();
    private String fingerprint = "";

    private WatchedTables(String taskId, boolean reloads) {
        this.shapes = new TargetShapes(taskId);
        this.untouched = new UntouchedColumns(taskId);
        this.reloads = reloads;
    }

    /** Where a task cannot load its tables once more, one that was made again between two runs is taken as it is. */
    public static WatchedTables of(TaskOrder order) {
        TaskSpec spec = order.spec();
        return new WatchedTables(
                order.taskId(), spec.mode().loads() && spec.structure().existingTable() != ExistingTable.KEEP);
    }

    /**
     * At the start of a run.
     *
     * @throws SluiceException {@code SCHEMA_CHANGED} when they are not as they were noted
     */
    public void begin(Connection target, Collection<TableMapping> mappings) throws SQLException {
        watch(mappings);
        Map<TableName, Shape> noted = shapes.noted(target);
        noted.keySet().retainAll(sources.keySet());
        known = noted;
        if (!reloads) {
            known.replaceAll((table, shape) -> new Shape(Shape.ANY, shape.columns()));
        }
        compare(target, untouched.read(target));
    }

    /** From here on these are watched, as they are now: they were altered or loaded by the task itself. */
    public void accept(Connection target, Collection<TableMapping> mappings) throws SQLException {
        watch(mappings);
        known = new HashMap<>();
        compare(target, Map.of());
    }

    /** @throws SluiceException {@code SCHEMA_CHANGED} when they are not as they were */
    public void look(Connection target) throws SQLException {
        if (!shapes.fingerprint(target, sources.keySet()).equals(fingerprint)) {
            compare(target, untouched.read(target));
        }
    }

    private void watch(Collection<TableMapping> mappings) {
        sources = mappings.stream()
                .collect(Collectors.groupingBy(
                        TableMapping::target, Collectors.mapping(TableMapping::source, Collectors.toList())));
    }

    private void compare(Connection target, Map<TableName, Set<String>> unwritten) throws SQLException {
        // Read first: what is altered in between is found by the next look.
        String seen = shapes.fingerprint(target, sources.keySet());
        Map<TableName, Shape> now = shapes.read(target, sources.keySet());
        Map<TableName, List<String>> altered = new TreeMap<>();
        now.forEach((table, shape) -> {
            Shape before = known.get(table);
            if (before != null) {
                List<String> differences = differences(before, shape, unwritten.getOrDefault(table, Set.of()));
                if (!differences.isEmpty()) {
                    altered.put(table, differences);
                }
            }
        });
        if (!altered.isEmpty()) {
            throw altered(altered);
        }
        known.forEach((table, before) -> now.merge(table, before, WatchedTables::withWhatIsGone));
        if (!now.equals(known)) {
            shapes.note(target, now);
        }
        fingerprint = seen;
        known = now;
    }

    /** One that comes back is another one, without rows or values. */
    private static Shape withWhatIsGone(Shape now, Shape before) {
        List<Column> columns = new ArrayList<>(now.columns());
        before.columns().stream()
                .filter(column -> now.column(column.name()) == null)
                .forEach(columns::add);
        return new Shape(now.oid(), columns);
    }

    private static List<String> differences(Shape before, Shape now, Set<String> unwritten) {
        if (before.oid() != Shape.ANY && before.oid() != now.oid()) {
            return List.of("it was dropped and made again, or another one has its name");
        }
        List<String> differences = new ArrayList<>();
        for (Column was : before.columns()) {
            Column is = now.column(was.name());
            if (is == null || unwritten.contains(was.name())) {
                continue;
            }
            if (is.number() != was.number() && before.oid() != Shape.ANY) {
                differences.add("column " + was.name() + " is another one than it was");
            } else if (!is.type().equals(was.type())
                    && !TypeFit.holds(is.type(), is.castType(), was.type(), was.castType())) {
                differences.add("column " + was.name() + " is " + is.type() + " instead of " + was.type()
                        + ", and does not hold its values");
            }
        }
        return differences;
    }

    private SluiceException altered(Map<TableName, List<String>> altered) {
        String names = altered.keySet().stream()
                .flatMap(table -> sources.getOrDefault(table, List.of()).stream())
                .map(source -> "\"" + source + '"')
                .collect(Collectors.joining(", "));
        return new SluiceException(
                ErrorCode.SCHEMA_CHANGED,
                "Somebody has altered the target: "
                        + altered.entrySet().stream()
                                .map(table -> "table " + table.getKey() + ": " + String.join(", ", table.getValue()))
                                .collect(Collectors.joining("; "))
                        + ". Its rows may not be those of the source any more. Undo it there, then "
                        + (reloads
                                ? "resume the task with {\"reload\": [" + names + "]}, which loads it anew."
                                : "bring the rows in step by hand and resume the task."));
    }
}
