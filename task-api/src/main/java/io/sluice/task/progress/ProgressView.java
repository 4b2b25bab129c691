package io.sluice.task.progress;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.KindProgress;
import io.sluice.contracts.report.Fact.Step;
import io.sluice.contracts.report.Fact.StructureProgress;
import io.sluice.contracts.report.Fact.TableProgress;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.task.SyncMode;
import io.sluice.http.Page;
import io.sluice.http.PageRequest;
import io.sluice.task.life.TaskState;
import io.sluice.task.life.TaskStatus;
import io.sluice.task.task.TableTotals;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * How far a task is.
 *
 * @param percent of the load, 0-100, by what the tables take at the source; 100 only when every table is complete
 * @param tableCount all tables of the task
 * @param tables all of them, or the page that was asked for; totals are always those of all
 * @param nextCursor for the request of the next page; null on the last one
 * @param rowsEstimated by the source's statistics, or what was copied where that is more
 * @param rowsPerSecond of the load's last seconds; 0 when no rows are being copied
 * @param secondsLeft until all rows are copied, at this rate; by bytes where statistics do not tell the rows; null when
 *     it cannot be told. Indexes come on top
 */
@Schema(name = "Progress")
record ProgressView(
        TaskState state,
        List<PhaseView> phases,
        int percent,
        long rows,
        long rowsEstimated,
        long bytes,
        long rowsPerSecond,
        long bytesPerSecond,
        @Nullable Long secondsLeft,
        int tableCount,
        List<TableView> tables,
        @Nullable String nextCursor,
        StructureView structure) {

    static ProgressView of(TaskStatus status, SyncMode mode, List<TableProgress> progress) {
        List<TableView> tables = progress.stream().map(TableView::of).toList();
        TableTotals totals = new TableTotals(
                tables.size(),
                (int) tables.stream()
                        .filter(table -> table.state() == TableState.DONE)
                        .count(),
                tables.stream().mapToLong(TableView::rows).sum(),
                tables.stream().mapToLong(TableView::rowsEstimated).sum(),
                tables.stream().mapToLong(TableView::bytes).sum(),
                progress.stream().mapToLong(TableProgress::sourceBytes).sum(),
                progress.stream()
                        .mapToLong(table -> table.sourceBytes() * table.percent() / 100)
                        .sum(),
                tables.stream().mapToLong(TableView::rowsPerSecond).sum(),
                tables.stream().mapToLong(TableView::bytesPerSecond).sum());
        return of(status, mode, totals, tables);
    }

    /** @param atWork the tables to show */
    static ProgressView live(TaskStatus status, SyncMode mode, TableTotals totals, List<TableProgress> atWork) {
        return of(status, mode, totals, atWork.stream().map(TableView::of).toList());
    }

    private static ProgressView of(TaskStatus status, SyncMode mode, TableTotals totals, List<TableView> tables) {
        boolean done = totals.tables() > 0 && totals.done() == totals.tables();
        boolean structureDone = mode.loads() && reached(status, Step.LOADING);
        return new ProgressView(
                status.state(),
                phases(status, mode),
                done
                        ? 100
                        : totals.sourceBytes() > 0
                                ? percent(totals.sourceBytesDone(), totals.sourceBytes())
                                : percent(totals.rows(), totals.rowsEstimated()),
                totals.rows(),
                totals.rowsEstimated(),
                totals.bytes(),
                totals.rowsPerSecond(),
                totals.bytesPerSecond(),
                secondsLeft(totals),
                totals.tables(),
                tables,
                null,
                new StructureView(
                        structureDone ? totals.tables() : 0,
                        failedObjects(status),
                        List.of(),
                        failedObjects(status).size(),
                        List.of()));
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
        return new ProgressView(
                state,
                phases,
                percent,
                rows,
                rowsEstimated,
                bytes,
                rowsPerSecond,
                bytesPerSecond,
                secondsLeft,
                tableCount,
                page.items(),
                page.nextCursor(),
                structure);
    }

    private static List<PhaseView> phases(TaskStatus status, SyncMode mode) {
        List<PhaseView> phases = new ArrayList<>();
        if (mode.loads()) {
            addLoad(phases, status);
        }
        if (mode.streams()) {
            boolean applying = reached(status, Step.APPLYING);
            phases.add(new PhaseView(
                    "INCREMENTAL",
                    phase(
                            applying && status.state() == TaskState.COMPLETED,
                            applying,
                            status.state() == TaskState.INCREMENTAL_SYNC_FAILED
                                    || !mode.loads() && status.state() == TaskState.START_FAILED)));
        }
        return phases;
    }

    private static void addLoad(List<PhaseView> phases, TaskStatus status) {
        phases.add(new PhaseView(
                "STRUCTURE",
                phase(reached(status, Step.LOADING), status.started(), status.state() == TaskState.START_FAILED)));
        phases.add(new PhaseView(
                "LOAD",
                phase(
                        reached(status, Step.LOADED),
                        reached(status, Step.LOADING),
                        status.state() == TaskState.FULL_SYNC_FAILED)));
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

    private static List<Problem> failedObjects(TaskStatus status) {
        return status.state() == TaskState.START_FAILED && status.error() != null
                ? List.of(new Problem(null, null, status.error().detail(), null, null))
                : List.of();
    }

    /** With what apply said of the structure. */
    ProgressView with(StructureProgress reported) {
        return new ProgressView(
                state,
                phases,
                percent,
                rows,
                rowsEstimated,
                bytes,
                rowsPerSecond,
                bytesPerSecond,
                secondsLeft,
                tableCount,
                tables,
                nextCursor,
                StructureView.of(reported));
    }

    /** Never 100 by rounding, and never beyond what rows can say. */
    private static int percent(long rows, long estimated) {
        return estimated <= 0 ? 0 : (int) Math.min(99, 100.0 * rows / estimated);
    }

    private static @Nullable Long secondsLeft(long left, long perSecond) {
        return perSecond <= 0 || left <= 0 ? null : (left + perSecond - 1) / perSecond;
    }

    /** The later one: rows are not told of tables that were never analyzed. */
    private static @Nullable Long secondsLeft(TableTotals totals) {
        Long byRows = secondsLeft(totals.rowsEstimated() - totals.rows(), totals.rowsPerSecond());
        Long byBytes = secondsLeft(
                bytesLeft(totals.bytes(), totals.sourceBytes(), totals.sourceBytesDone()), totals.bytesPerSecond());
        return byRows == null || byBytes != null && byBytes > byRows ? byBytes : byRows;
    }

    /** What is copied and what it took at the source are not the same: there may be compressed values, or free space. */
    private static long bytesLeft(long copied, long source, long sourceDone) {
        long left = source - sourceDone;
        return copied > 0 && sourceDone > 0 ? Math.round((double) left / sourceDone * copied) : left;
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

    /**
     * One table of the load.
     *
     * @param error what failed, where and why; null unless the state is FAILED or SUSPENDED
     * @param waitingFor what keeps a table that is WAITING, and by whom; null when nothing does but its turn
     * @param suspension why its changes are passed over; null unless the state is SUSPENDED
     */
    record TableView(
            String schema,
            String table,
            TableState state,
            long rows,
            long rowsEstimated,
            long bytes,
            int percent,
            long rowsPerSecond,
            long bytesPerSecond,
            @Nullable Long secondsLeft,
            @Nullable String error,
            @Nullable String waitingFor,
            @Nullable SuspensionView suspension) {

        /** Sorts as the name does: nothing in a name is smaller than what stands between its parts. */
        private String key() {
            return schema + '\u0001' + table;
        }

        static TableView of(TableProgress progress) {
            boolean done = progress.state() == TableState.DONE;
            long estimated = done ? progress.rows() : Math.max(progress.rowsEstimated(), progress.rows());
            Long byRows = ProgressView.secondsLeft(estimated - progress.rows(), progress.rowsPerSecond());
            long source = progress.sourceBytes();
            long left = bytesLeft(progress.bytes(), source, source * progress.percent() / 100);
            return new TableView(
                    progress.table().schema(),
                    progress.table().table(),
                    progress.state(),
                    progress.rows(),
                    estimated,
                    progress.bytes(),
                    done ? 100 : Math.max(progress.percent(), ProgressView.percent(progress.rows(), estimated)),
                    progress.rowsPerSecond(),
                    progress.bytesPerSecond(),
                    byRows == null ? ProgressView.secondsLeft(left, progress.bytesPerSecond()) : byRows,
                    progress.error(),
                    progress.waitingFor(),
                    SuspensionView.of(progress.suspension()));
        }
    }

    /**
     * Why the changes of a table are passed over.
     *
     * @param detail what is wrong and what to do
     * @param statement the command of the source that was not carried over; null when it was none
     * @param position of that command or change; else how far the table was applied, with order 0
     * @param exception the number of the exception by which the table goes on
     */
    @Schema(name = "TableSuspension")
    record SuspensionView(
            ErrorCode code,
            String detail,

            @JsonInclude(JsonInclude.Include.ALWAYS) @Nullable
            String statement,

            SuspendedAt position,
            Instant since,
            long exception) {

        static @Nullable SuspensionView of(Fact.@Nullable Suspension why) {
            return why == null
                    ? null
                    : new SuspensionView(
                            why.code(),
                            why.detail(),
                            why.statement(),
                            new SuspendedAt(why.commitLsn(), why.xid(), why.order()),
                            why.since(),
                            why.exception());
        }
    }

    /** @param order within the transaction, from 1; 0 when it is no single change */
    record SuspendedAt(String commitLsn, long xid, long order) {}

    /**
     * What was made on the target.
     *
     * @param done how many objects were created; of tables alone as long as no more is known
     * @param failed the first of what the target refused
     * @param skipped the first of what was left out on purpose
     * @param problemCount all that failed or was left out; at most 100 are listed
     */
    record StructureView(
            int done, List<Problem> failed, List<Problem> skipped, int problemCount, List<KindProgress> kinds) {

        static StructureView of(StructureProgress reported) {
            return new StructureView(
                    reported.kinds().stream().mapToInt(KindProgress::done).sum(),
                    problems(reported, true),
                    problems(reported, false),
                    reported.problemCount(),
                    reported.kinds());
        }

        private static List<Problem> problems(StructureProgress reported, boolean failed) {
            return reported.problems().stream()
                    .filter(problem -> problem.failed() == failed)
                    .map(problem -> new Problem(
                            problem.kind(), problem.name(), problem.reason(), problem.sqlState(), problem.ddl()))
                    .toList();
        }
    }

    /** What is not on the target, and why. Fields that are not known are absent. */
    @Schema(name = "StructureProblem")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Problem(
            @Nullable String kind,
            @Nullable String name,
            String reason,
            @Nullable String sqlState,
            @Nullable String ddl) {}
}
