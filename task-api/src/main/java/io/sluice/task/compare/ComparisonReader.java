package io.sluice.task.compare;

import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.task.compare.ComparisonView.Table;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Joins what is stored of a comparison with the rows on the target; the target is asked outside of any transaction. */
@ApplicationScoped
class ComparisonReader {

    private static final Logger LOG = Logger.getLogger(ComparisonReader.class);
    private static final int TABLES_WITH_ROWS = 20;
    private static final int FIRST_ROWS = 10;

    /** Bytes of images in one answer, more or less, so that any fits into memory. */
    private static final int LONG_ANSWER = 4_000_000;

    private static final int LONG_TABLE = LONG_ANSWER / TABLES_WITH_ROWS;

    private final ComparisonService comparisons;
    private final ComparisonTasks tasks;
    private final DifferingRows rows;

    ComparisonReader(ComparisonService comparisons, ComparisonTasks tasks, DifferingRows rows) {
        this.comparisons = comparisons;
        this.tasks = tasks;
        this.rows = rows;
    }

    /** With the first rows that differ, when it has ended and the target answers. */
    ComparisonView view(String id, int number) {
        ComparisonView view = comparisons.view(id, number);
        return view.repairSql() == null ? view : withRows(id, view);
    }

    private ComparisonView withRows(String id, ComparisonView view) {
        TaskSpec spec = tasks.loadSpec(id);
        List<Table> tables = new ArrayList<>(view.tables());
        List<TableComparison> differing = comparisons.differing(id, view.number());
        try {
            for (TableComparison table : differing.subList(0, Math.min(TABLES_WITH_ROWS, differing.size()))) {
                List<RowDifference> first =
                        rows.list(id, spec, view.number(), table.table(), -1, FIRST_ROWS, LONG_TABLE).rows().stream()
                                .map(DifferingRows.Placed::row)
                                .toList();
                tables.replaceAll(
                        shown -> shown.target().equals(table.table().toString()) ? Table.of(table, first) : shown);
            }
        } catch (SluiceException e) {
            LOG.debugf("The rows that differ cannot be read: task=%s cause=%s", id, e.getMessage());
        }
        return view.withTables(tables);
    }

    /**
     * @param table at the source or at the target, as {@code schema.table}
     * @throws SluiceException {@code VALIDATION_FAILED} when the comparison has no such table with differences
     */
    Page<RowDifference> differences(String id, int number, @Nullable String table, PageRequest request) {
        comparisons.view(id, number);
        List<TableComparison> differing = comparisons.differing(id, number);
        Optional<TableComparison> found = differing.stream()
                .filter(one -> one.table().toString().equals(table)
                        || one.sources().stream().map(TableName::toString).anyMatch(name -> name.equals(table)))
                .findFirst();
        if (found.isEmpty()) {
            String message = "must be one of the tables that differ: "
                    + String.join(
                            ", ",
                            differing.stream()
                                    .map(one -> one.table().toString())
                                    .toList()) + ".";
            throw new SluiceException(
                    "table " + message, List.of(new Violation("table", ErrorCode.VALIDATION_FAILED, message)));
        }
        DifferingRows.Placed.Some placed = rows.list(
                id, tasks.loadSpec(id), number, found.get().table(), after(request), request.limit(), LONG_ANSWER);
        return Page.of(placed.rows(), placed.more(), row -> String.valueOf(row.place()))
                .map(DifferingRows.Placed::row);
    }

    private static int after(PageRequest request) {
        try {
            return request.after() == null ? -1 : Integer.parseInt(request.after());
        } catch (NumberFormatException e) {
            throw PageRequest.invalidCursor();
        }
    }

    /**
     * What a repair needs to know before the first statement is sent.
     *
     * @throws SluiceException {@code COMPARISON_NOT_FOUND} when there is nothing to repair; that of the target when it
     *     cannot be read
     */
    TaskSpec requireRepairable(String id, int number) {
        ComparisonView view = comparisons.view(id, number);
        if (view.repairSql() == null) {
            throw new SluiceException(
                    ErrorCode.COMPARISON_NOT_FOUND,
                    "Comparison " + number + " has no rows to repair: it has not ended, or found none.");
        }
        TaskSpec spec = tasks.loadSpec(id);
        TableName any = comparisons.differing(id, number).getFirst().table();
        // What is wrong with the target must be told before the answer has begun.
        boolean unused = rows.list(id, spec, number, any, -1, 1, 1).rows().isEmpty();
        LOG.tracef("Rows are still there: %s", !unused);
        return spec;
    }

    void writeRepairs(String id, TaskSpec spec, int number, Writer to) {
        rows.writeRepairs(id, spec, number, to);
    }
}
