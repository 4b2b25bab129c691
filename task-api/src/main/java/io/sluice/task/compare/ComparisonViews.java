package io.sluice.task.compare;

import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.ObjectDifference;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.event.Comparison;
import io.sluice.contracts.task.TableName;
import io.sluice.task.compare.ComparisonView.Objects;
import io.sluice.task.compare.ComparisonView.Result;
import io.sluice.task.compare.ComparisonView.Table;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Puts together what users see of a comparison. */
final class ComparisonViews {

    static final int MOST_TABLES = 1_000;
    private static final int MOST_OBJECTS = 1_000;

    private ComparisonViews() {}

    static ComparisonView summary(ComparisonRow row, ComparisonResults results) {
        List<TableComparison> tables = results.tables(row.taskId, row.number, MOST_TABLES);
        return view(row, result(row, tables), List.of(), 0, null, null);
    }

    static ComparisonView whole(ComparisonRow row, ComparisonResults results) {
        List<TableComparison> tables = results.tables(row.taskId, row.number, MOST_TABLES);
        List<Table> shown = tables.stream().map(table -> Table.of(table, null)).toList();
        Objects objects = row.kind == ComparisonKind.OBJECTS && row.objectsCompared != null
                ? new Objects(
                        row.objectsCompared,
                        java.util.Objects.requireNonNullElse(row.objectsDifferent, 0L),
                        results.objects(row.taskId, row.number, MOST_OBJECTS))
                : null;
        boolean repairable = row.state.ended()
                && tables.stream().anyMatch(table -> table.missing() + table.extra() + table.changed() > 0);
        return view(
                row,
                result(row, tables),
                shown,
                results.countTables(row.taskId, row.number) - tables.size(),
                objects,
                repairable ? "/api/v1/tasks/" + row.taskId + "/comparisons/" + row.number + "/repair-sql" : null);
    }

    /** What others are told of a comparison that has ended. */
    static Comparison told(ComparisonRow row, ComparisonView view) {
        // Definitions are compared as a whole, whatever tables were named.
        List<String> asked = row.kind == ComparisonKind.OBJECTS
                ? List.of()
                : row.tableNames().stream().map(TableName::toString).toList();
        // Several sources of one table on the target cannot be told apart there: they were all compared.
        List<String> compared = asked.isEmpty()
                ? asked
                : Stream.concat(asked.stream(), view.tables().stream().flatMap(ComparisonViews::sources))
                        .distinct()
                        .toList();
        return new Comparison(
                row.number,
                row.kind,
                view.result() == Result.EQUAL,
                compared,
                differing(view),
                view.tables().stream()
                        .filter(table -> table.state() != TableComparison.State.EQUAL
                                && table.state() != TableComparison.State.DIFFERENT)
                        .flatMap(ComparisonViews::sources)
                        .toList());
    }

    private static Stream<String> sources(Table table) {
        return table.sources() == null ? Stream.of(table.table()) : table.sources().stream();
    }

    /** Names of what differs, for people to read. */
    private static List<String> differing(ComparisonView view) {
        if (view.objects() != null) {
            return view.objects().items().stream()
                    .filter(difference -> difference.kind() != ObjectDifference.Kind.LAGGING)
                    .map(ObjectDifference::name)
                    .distinct()
                    .toList();
        }
        return view.tables().stream()
                .filter(table -> table.state() == TableComparison.State.DIFFERENT)
                .map(Table::table)
                .toList();
    }

    private static @Nullable Result result(ComparisonRow row, List<TableComparison> tables) {
        if (row.state != ComparisonState.COMPLETED) {
            return null;
        }
        if (row.kind == ComparisonKind.OBJECTS) {
            return row.objectsDifferent != null && row.objectsDifferent > 0 ? Result.DIFFERENT : Result.EQUAL;
        }
        if (tables.stream().anyMatch(table -> table.state() == TableComparison.State.DIFFERENT)) {
            return Result.DIFFERENT;
        }
        boolean all = tables.stream().allMatch(table -> table.state() == TableComparison.State.EQUAL);
        return all ? Result.EQUAL : Result.INCOMPLETE;
    }

    private static ComparisonView view(
            ComparisonRow row,
            @Nullable Result result,
            List<Table> tables,
            long leftOut,
            @Nullable Objects objects,
            @Nullable String repairSql) {
        return new ComparisonView(
                row.number,
                row.kind,
                row.state,
                result,
                row.requestedAt,
                row.requestedBy,
                row.at,
                row.every(),
                row.workers,
                row.maxRowsPerSecond,
                row.startedAt,
                row.endedAt,
                row.errorCode,
                row.errorDetail,
                tables,
                leftOut,
                objects,
                repairSql);
    }
}
