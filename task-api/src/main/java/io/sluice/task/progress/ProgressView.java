package io.sluice.task.progress;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sluice.contracts.report.Fact.Step;
import io.sluice.contracts.report.Fact.TableProgress;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.task.SyncMode;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.task.life.TaskState;
import io.sluice.task.life.TaskStatus;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * How far a task is.
 *
 * @param percent of the load, 0-100, by rows; 100 only when every table is complete
 * @param tableCount all tables of the task
 * @param tables all of them, or the page that was asked for; totals are always those of all
 * @param nextCursor for the request of the next page; null on the last one
 * @param rowsEstimated by the source's statistics, or what was copied where that is more
 */
@Schema(name = "Progress")
record ProgressView(
        TaskState state,
        List<PhaseView> phases,
        int percent,
        long rows,
        long rowsEstimated,
        long bytes,
        int tableCount,
        List<TableView> tables,
        @Nullable String nextCursor,
        StructureView structure) {

    static ProgressView of(TaskStatus status, SyncMode mode, List<TableProgress> progress) {
        List<TableView> tables = progress.stream().map(TableView::of).toList();
        long rows = tables.stream().mapToLong(TableView::rows).sum();
        long estimated = tables.stream().mapToLong(TableView::rowsEstimated).sum();
        boolean done = !progress.isEmpty() && progress.stream().allMatch(table -> table.state() == TableState.DONE);
        boolean structureDone = reached(status, Step.LOADING);
        return new ProgressView(
                status.state(),
                phases(status, mode),
                done ? 100 : percent(rows, estimated),
                rows,
                estimated,
                tables.stream().mapToLong(TableView::bytes).sum(),
                tables.size(),
                tables,
                null,
                new StructureView(structureDone ? tables.size() : 0, failedObjects(status)));
    }

    /** With one page of the tables, which are sorted by name. */
    ProgressView page(PageRequest request) {
        String after = request.after();
        Page<TableView> page = Page.of(
                request,
                tables.stream()
                        .filter(table -> after == null || table.key().compareTo(after) > 0)
                        .sorted(Comparator.comparing(TableView::key))
                        .limit(request.fetchSize())
                        .toList(),
                TableView::key);
        return with(page.items(), page.nextCursor());
    }

    /** With the tables that are being loaded, at most 200. */
    ProgressView atWork() {
        return with(
                tables.stream()
                        .filter(table -> table.state() == TableState.LOADING || table.state() == TableState.INDEXING)
                        .limit(200)
                        .toList(),
                null);
    }

    private ProgressView with(List<TableView> some, @Nullable String nextCursor) {
        return new ProgressView(
                state, phases, percent, rows, rowsEstimated, bytes, tableCount, some, nextCursor, structure);
    }

    private static List<PhaseView> phases(TaskStatus status, SyncMode mode) {
        List<PhaseView> phases = new ArrayList<>();
        phases.add(new PhaseView(
                "STRUCTURE",
                phase(reached(status, Step.LOADING), status.started(), status.state() == TaskState.START_FAILED)));
        phases.add(new PhaseView(
                "LOAD",
                phase(
                        reached(status, Step.LOADED),
                        reached(status, Step.LOADING),
                        status.state() == TaskState.FULL_SYNC_FAILED)));
        if (mode.streams()) {
            boolean applying = reached(status, Step.APPLYING);
            phases.add(new PhaseView(
                    "INCREMENTAL",
                    phase(
                            applying && status.state() == TaskState.COMPLETED,
                            applying,
                            status.state() == TaskState.INCREMENTAL_SYNC_FAILED)));
        }
        return phases;
    }

    private static PhaseState phase(boolean done, boolean begun, boolean failed) {
        if (done) {
            return PhaseState.DONE;
        }
        if (failed) {
            return PhaseState.FAILED;
        }
        return begun ? PhaseState.RUNNING : PhaseState.WAITING;
    }

    private static boolean reached(TaskStatus status, Step step) {
        return status.step() != null && status.step().compareTo(step) >= 0;
    }

    private static List<FailedObject> failedObjects(TaskStatus status) {
        return status.state() == TaskState.START_FAILED && status.error() != null
                ? List.of(new FailedObject(status.error().detail(), null))
                : List.of();
    }

    /** Never 100 by rounding, and never beyond what rows can say. */
    private static int percent(long rows, long estimated) {
        return estimated <= 0 ? 0 : (int) Math.min(99, 100.0 * rows / estimated);
    }

    /** @param name {@code STRUCTURE}, {@code LOAD} or {@code INCREMENTAL}, as many as the mode has */
    record PhaseView(String name, PhaseState state) {}

    /** How far a phase is. */
    enum PhaseState {
        WAITING,
        RUNNING,
        DONE,
        FAILED
    }

    /** One table of the load. */
    record TableView(
            String schema, String table, TableState state, long rows, long rowsEstimated, long bytes, int percent) {

        /** Sorts as the name does: nothing in a name is smaller than what stands between its parts. */
        private String key() {
            return schema + '\u0001' + table;
        }

        static TableView of(TableProgress progress) {
            boolean done = progress.state() == TableState.DONE;
            long estimated = done ? progress.rows() : Math.max(progress.rowsEstimated(), progress.rows());
            return new TableView(
                    progress.table().schema(),
                    progress.table().table(),
                    progress.state(),
                    progress.rows(),
                    estimated,
                    progress.bytes(),
                    done ? 100 : ProgressView.percent(progress.rows(), estimated));
        }
    }

    /** @param done how many tables were created */
    record StructureView(int done, List<FailedObject> failed) {}

    /** What could not be created, and why. */
    record FailedObject(
            String reason,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String ddl) {}
}
