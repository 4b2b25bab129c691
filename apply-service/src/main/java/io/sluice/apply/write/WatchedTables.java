package io.sluice.apply.write;

import io.sluice.apply.change.AlteredTables;
import io.sluice.apply.change.TableFailure;
import io.sluice.apply.position.TableTurn;
import io.sluice.apply.position.TableTurn.Step;
import io.sluice.apply.position.TableTurns;
import io.sluice.apply.position.TargetShapes;
import io.sluice.apply.position.TargetShapes.Column;
import io.sluice.apply.position.TargetShapes.Shape;
import io.sluice.apply.position.UntouchedColumns;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.ChangeChoice.Operation;
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
 * nor are tables that are gone, until they come back. Of a suspended table it stays noted what it looked like: it does not
 * come back as another one. Not thread-safe.
 */
public final class WatchedTables {

    private final TargetShapes shapes;
    private final UntouchedColumns untouched;
    private final TableTurns turns;
    private final TaskSpec spec;
    private final boolean reloads;
    private Map<TableName, List<TableName>> sources = Map.of();
    private Map<TableName, Shape> known = Map.of();
    private String fingerprint = "";

    private WatchedTables(String taskId, TaskSpec spec) {
        this.shapes = new TargetShapes(taskId);
        this.untouched = new UntouchedColumns(taskId);
        this.turns = new TableTurns(taskId);
        this.spec = spec;
        this.reloads = spec.mode().loads() && spec.structure().existingTable() != ExistingTable.KEEP;
    }

    /** Where a task cannot load its tables once more, one that was made again between two runs is taken as it is. */
    public static WatchedTables of(TaskOrder order) {
        return new WatchedTables(order.taskId(), order.spec());
    }

    /**
     * At the start of a run.
     *
     * @throws AlteredTables when they are not as they were noted
     */
    public void begin(Connection target, Collection<TableMapping> mappings) throws SQLException {
        sources = byTarget(mappings);
        known = noted(target, sources.keySet());
        compare(target, untouched.read(target));
    }

    /** From here on these are watched, as they are now: they were altered or loaded by the task itself. */
    public void accept(Connection target, Collection<TableMapping> mappings) throws SQLException {
        sources = byTarget(mappings);
        known = new HashMap<>();
        compare(target, Map.of());
    }

    /** @throws AlteredTables when they are not as they were */
    public void look(Connection target) throws SQLException {
        if (!shapes.fingerprint(target, sources.keySet()).equals(fingerprint)) {
            compare(target, untouched.read(target));
        }
    }

    /**
     * Suspended tables that go on without a copy must be those that they were. From here on a command of the source may
     * alter the columns of one.
     *
     * @param tables of the source; one that is loaded anew is not looked at
     * @throws AlteredTables when they are not as they were noted
     */
    public void comeBack(Connection target, Collection<TableName> tables) throws SQLException {
        Map<TableName, TableTurn> steps = turns.read(target);
        Map<TableName, List<TableName>> returning = byTarget(tables.stream()
                .filter(table -> steps.containsKey(table) && steps.get(table).step() == Step.RETURNING)
                .map(table -> TableMapping.of(spec, table))
                .toList());
        requireSame(
                noted(target, returning.keySet()),
                shapes.read(target, returning.keySet()),
                untouched.read(target),
                returning);
        if (spec.changes().operations().contains(Operation.DDL)) {
            for (TableName table : returning.keySet()) {
                shapes.anyColumns(target, table);
            }
        }
    }

    private Map<TableName, Shape> noted(Connection target, Set<TableName> tables) throws SQLException {
        Map<TableName, Shape> noted = shapes.noted(target);
        noted.keySet().retainAll(tables);
        if (!reloads) {
            noted.replaceAll((table, shape) -> new Shape(Shape.ANY, shape.columns()));
        }
        return noted;
    }

    private static Map<TableName, List<TableName>> byTarget(Collection<TableMapping> mappings) {
        return mappings.stream()
                .collect(Collectors.groupingBy(
                        TableMapping::target, Collectors.mapping(TableMapping::source, Collectors.toList())));
    }

    private void compare(Connection target, Map<TableName, Set<String>> unwritten) throws SQLException {
        // Read first: what is altered in between is found by the next look.
        String seen = shapes.fingerprint(target, sources.keySet());
        Map<TableName, Shape> now = shapes.read(target, sources.keySet());
        requireSame(known, now, unwritten, sources);
        known.forEach((table, before) -> now.merge(table, before, WatchedTables::withWhatIsGone));
        if (!now.equals(known)) {
            note(target, now);
        }
        fingerprint = seen;
        known = now;
    }

    private void note(Connection target, Map<TableName, Shape> now) throws SQLException {
        Set<TableName> suspended = turns.suspended(target).stream()
                .map(table -> TableMapping.of(spec, table).target())
                .collect(Collectors.toSet());
        Map<TableName, Shape> all = shapes.noted(target);
        all.keySet().retainAll(suspended);
        all.putAll(now);
        shapes.note(target, all);
    }

    private void requireSame(
            Map<TableName, Shape> before,
            Map<TableName, Shape> now,
            Map<TableName, Set<String>> unwritten,
            Map<TableName, List<TableName>> filledBy) {
        Map<TableName, List<String>> altered = new TreeMap<>();
        now.forEach((table, shape) -> {
            Shape was = before.get(table);
            if (was != null) {
                List<String> differences = differences(was, shape, unwritten.getOrDefault(table, Set.of()));
                if (!differences.isEmpty()) {
                    altered.put(table, differences);
                }
            }
        });
        if (!altered.isEmpty()) {
            throw altered(altered, filledBy);
        }
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
        if (before.oid() == Shape.NONE) {
            return List.of("it was altered while changes were written to it, and may lack some of them, also when that"
                    + " is undone");
        }
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

    private AlteredTables altered(Map<TableName, List<String>> altered, Map<TableName, List<TableName>> filledBy) {
        String names = altered.keySet().stream()
                .flatMap(table -> filledBy.getOrDefault(table, List.of()).stream())
                .map(source -> "\"" + source + '"')
                .collect(Collectors.joining(", "));
        List<TableFailure> each = new ArrayList<>();
        altered.forEach((table, differences) -> each.add(TableFailure.ofTarget(
                table,
                ErrorCode.SCHEMA_CHANGED,
                words(Map.of(table, differences))
                        + (reloads
                                ? "reload " + filledBy.getOrDefault(table, List.of()) + "."
                                : "bring the rows in step by hand and retry."))));
        return new AlteredTables(
                words(altered)
                        + (reloads
                                ? "resume the task with {\"reload\": [" + names + "]}, which loads it anew."
                                : "bring the rows in step by hand and resume the task."),
                each);
    }

    private static String words(Map<TableName, List<String>> altered) {
        return "Somebody has altered the target: "
                + altered.entrySet().stream()
                        .map(table -> "table " + table.getKey() + ": " + String.join(", ", table.getValue()))
                        .collect(Collectors.joining("; "))
                + ". Its rows may not be those of the source any more. Undo it there, then ";
    }
}
