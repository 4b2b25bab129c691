package io.sluice.task.task;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.TableProgress;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.report.TaskReport;
import io.sluice.contracts.task.LoadRequest;
import io.sluice.contracts.task.StructureChoice.ExistingTable;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.task.life.Commands;
import io.sluice.task.life.Note;
import io.sluice.task.life.Outcome;
import io.sluice.task.life.TaskAction;
import io.sluice.task.life.TaskState;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The tables of tasks that run, as users change them and as apply reports of them; each method is one transaction. What is
 * asked for travels in the order, so it is carried out even when this service dies right after it was written.
 */
@ApplicationScoped
@Transactional
public class RunningTables {

    /** In the place of names. */
    private static final String ALL = "*";

    private final TaskRepository tasks;
    private final TaskTables tables;
    private final TaskJournal journal;
    private final OpenErrands errands;

    RunningTables(TaskRepository tasks, TaskTables tables, TaskJournal journal, OpenErrands errands) {
        this.tasks = tasks;
        this.tables = tables;
        this.journal = journal;
        this.errands = errands;
    }

    /** The tables of a task, and how they were chosen. */
    record Tables(TaskSpec spec, List<TableName> names) {}

    /**
     * Of a task whose tables are to be changed.
     *
     * @throws SluiceException {@code TASK_NOT_FOUND}, {@code TASK_STATE}, {@code CUTOVER_RUNNING}
     */
    Tables load(String id) {
        TaskRow row = tasks.load(id);
        TaskAction.OBJECTS.requireAllowedIn(row.state);
        errands.requireNoCutover(id);
        return new Tables(row.taskSpec(), tables.names(id));
    }

    /**
     * @param before what the change was made from
     * @param added as the source has them
     * @param what for the history
     * @throws SluiceException {@code TASK_NOT_FOUND}, {@code CUTOVER_RUNNING}, {@code TASK_STATE} also when the task was
     *     changed meanwhile
     */
    TaskView change(String id, Tables before, ObjectChange change, List<TableDefinition> added, String what) {
        TaskRow row = tasks.lock(id);
        errands.requireNoCutover(id);
        List<TableName> names = added.stream().map(TableDefinition::name).toList();
        Outcome outcome = Commands.changeTables(row.status(), TaskAction.OBJECTS, what);
        if (!new Tables(row.taskSpec(), tables.names(id)).equals(before)) {
            throw new SluiceException(
                    ErrorCode.TASK_STATE, "The task was changed while this was being checked; send it again.");
        }
        long number = outcome.status().generation();
        tables.remove(id, change.removed());
        tables.put(
                id,
                added.stream()
                        .map(table -> new TableProgress(table.name(), TableState.WAITING, table.rowsEstimated(), 0, 0))
                        .toList());
        tables.request(id, names, number, true);
        row.selection = number;
        if (!change.spec().equals(row.taskSpec())) {
            row.put(change.spec());
            row.version++;
        }
        journal.write(row, outcome);
        return TaskView.of(row);
    }

    /** Takes names over that the source has given to tables, and the target has by now; those that are known change nothing. */
    public void fold(TaskReport report, Fact.TablesRenamed renamed) {
        tasks.findLocked(report.taskId())
                .filter(row -> report.generation() >= row.startGeneration)
                .ifPresent(row -> rename(row, renamed.renamings()));
    }

    private void rename(TaskRow row, List<Fact.Renaming> renamings) {
        List<Fact.Renaming> news = renamings.stream()
                .filter(renaming -> renaming.number() > row.renames)
                .sorted(Comparator.comparingLong(Fact.Renaming::number))
                .toList();
        if (news.isEmpty()) {
            return;
        }
        TaskSpec spec = row.taskSpec();
        for (Fact.Renaming renaming : news) {
            // One that has left the task meanwhile is none of its business.
            if (tables.names(row.id).contains(renaming.from())) {
                spec = spec.renamed(renaming.from(), renaming.to());
                tables.rename(row.id, renaming.from(), renaming.to());
            }
            row.renames = renaming.number();
        }
        if (!spec.equals(row.taskSpec())) {
            row.put(spec);
            row.version++;
        }
        String what = news.stream()
                .map(renaming -> renaming.from() + " to " + renaming.to())
                .collect(Collectors.joining(", ", "renamed at the source: ", ""));
        Outcome outcome = Commands.renamed(row.status(), what);
        row.selection = outcome.status().generation();
        journal.write(row, outcome);
    }

    /** Running tasks that carry commands over, so that tables which are new at the source are theirs, too. */
    List<String> following() {
        return tasks.listFollowing();
    }

    /** Leaves a line in the history about what was not done. */
    void noteProblem(String id, ErrorCode code, String what) {
        tasks.findLocked(id).ifPresent(row -> journal.write(row, Commands.problem(row.status(), code, what)));
    }

    /**
     * @param name as {@code schema.table}
     * @throws SluiceException {@code TASK_NOT_FOUND}, {@code TASK_STATE}, {@code CUTOVER_RUNNING}, {@code
     *     TABLE_NOT_IN_TASK}, {@code TABLE_LOADING}
     */
    TaskView reload(String id, String name) {
        TaskRow row = tasks.lock(id);
        TaskAction.RELOAD.requireAllowedIn(row.state);
        errands.requireNoCutover(id);
        List<TableProgress> asked = together(row.taskSpec(), tables.list(id), List.of(name));
        List<TableName> names = asked.stream().map(TableProgress::table).toList();
        Outcome outcome =
                Commands.changeTables(row.status(), TaskAction.RELOAD, "reload of " + ObjectChange.list(names));
        begin(id, asked, outcome);
        journal.write(row, outcome);
        return TaskView.of(row);
    }

    /**
     * Goes on with a task, and loads some of its tables anew, as where the source has put another table in the place of one.
     *
     * @param reloaded as {@code schema.table}; {@code *} for all of them, which then come through a new slot
     * @throws SluiceException {@code TASK_NOT_FOUND}, {@code TASK_STATE} also when it would not go on with changes, {@code
     *     TABLE_NOT_IN_TASK}, {@code TABLE_LOADING}
     */
    TaskView resume(String id, Collection<@Nullable String> reloaded) {
        TaskRow row = tasks.lock(id);
        if (reloaded.contains(ALL)) {
            return reloadAll(row);
        }
        Outcome outcome = Commands.carryOut(row.status(), TaskAction.RESUME);
        if (outcome.status().state() != TaskState.INCREMENTAL_SYNC) {
            throw new SluiceException(
                    ErrorCode.TASK_STATE,
                    "Tables can be loaded anew only by a task that goes on in INCREMENTAL_SYNC, and this one would go on in "
                            + outcome.status().state() + ". Resume it without reload.");
        }
        errands.requireNoCutover(id);
        List<TableProgress> asked = together(row.taskSpec(), tables.list(id), reloaded);
        List<TableName> names = asked.stream().map(TableProgress::table).toList();
        begin(id, asked, outcome);
        // The source may have to publish other tables under these names.
        row.selection = outcome.status().generation();
        journal.write(row, outcome.note(Note.userAction("reload of " + ObjectChange.list(names))));
        return TaskView.of(row);
    }

    private TaskView reloadAll(TaskRow row) {
        // A reset takes away what a reload begins from, wherever it has stopped.
        if (row.status().resetting() && !row.reloadAll) {
            throw new SluiceException(
                    ErrorCode.TASK_STATE,
                    "The task is being reset, and what is gone by now cannot be loaded again. Reset it to the end, and start"
                            + " it.");
        }
        Outcome outcome = Commands.reloadAll(row.status());
        errands.requireNoCutover(row.id);
        requireReloadable(row.taskSpec());
        row.reloadAll = true;
        journal.write(row, outcome);
        return TaskView.of(row);
    }

    private void begin(String id, Collection<TableProgress> asked, Outcome outcome) {
        tables.put(
                id,
                asked.stream()
                        .map(table -> new TableProgress(table.table(), TableState.WAITING, table.rowsEstimated(), 0, 0))
                        .toList());
        tables.request(
                id,
                asked.stream().map(TableProgress::table).toList(),
                outcome.status().generation(),
                false);
    }

    /** The tables, and those that share their tables on the target: their rows cannot be told apart there. */
    private static List<TableProgress> together(
            TaskSpec spec, Collection<TableProgress> all, Collection<@Nullable String> names) {
        Map<String, TableName> byName = all.stream()
                .map(TableProgress::table)
                .collect(Collectors.toMap(TableName::toString, table -> table, (first, second) -> first));
        Set<TableName> targets = new LinkedHashSet<>();
        for (String name : names) {
            TableName asked = byName.get(String.valueOf(name));
            if (asked == null) {
                throw new SluiceException(
                        ErrorCode.TABLE_NOT_IN_TASK,
                        "The task has no table " + name + ". Names are case-sensitive; the progress lists the tables.");
            }
            targets.add(TableMapping.of(spec, asked).target());
        }
        requireReloadable(spec);
        Map<TableName, List<TableProgress>> byTarget = all.stream()
                .collect(Collectors.groupingBy(
                        table -> TableMapping.of(spec, table.table()).target()));
        List<TableProgress> together = targets.stream()
                .flatMap(target -> byTarget.getOrDefault(target, List.of()).stream())
                .toList();
        together.forEach(RunningTables::requireAtRest);
        return together;
    }

    private static void requireReloadable(TaskSpec spec) {
        if (!spec.mode().loads()) {
            throw new SluiceException(
                    ErrorCode.TASK_STATE,
                    "A task of mode " + spec.mode() + " copies no rows; use FULL_AND_INCREMENTAL.");
        }
        if (spec.structure().existingTable() == ExistingTable.KEEP) {
            throw new SluiceException(
                    ErrorCode.TASK_STATE,
                    "With structure.existingTable KEEP the table may have had rows of its own, which a reload would remove"
                            + " with those of the source. Load it with a task of its own.");
        }
    }

    private static void requireAtRest(TableProgress table) {
        if (!Set.of(TableState.DONE, TableState.FAILED, TableState.SUSPENDED).contains(table.state())) {
            throw new SluiceException(
                    ErrorCode.TABLE_LOADING,
                    "Table " + table.table() + " is being loaded: it is " + table.state()
                            + ". Wait until the progress says DONE, FAILED or SUSPENDED.");
        }
    }

    /**
     * Takes what is reported of tables, when it is about the newest order. The task is locked: else a table that is being
     * removed could come back with its figures.
     */
    public void fold(TaskReport report, List<TableProgress> progress) {
        tasks.findLocked(report.taskId())
                .filter(row -> report.generation() >= row.generation)
                .ifPresent(row -> {
                    noteLoaded(row, progress);
                    noteSuspended(row, progress);
                    tables.fold(row.id, progress);
                });
    }

    /** Leaves a line in the history for tables that were asked for while the task runs and are done now. */
    private void noteLoaded(TaskRow row, List<TableProgress> progress) {
        Set<TableName> done = progress.stream()
                .filter(table -> table.state() == TableState.DONE)
                .map(TableProgress::table)
                .collect(Collectors.toSet());
        if (done.isEmpty()) {
            return;
        }
        Set<TableName> asked =
                tables.requests(row.id).stream().map(LoadRequest::table).collect(Collectors.toSet());
        List<TableName> news = asked.isEmpty()
                ? List.of()
                : tables.list(row.id).stream()
                        .filter(table -> table.state() != TableState.DONE)
                        .map(TableProgress::table)
                        .filter(table -> done.contains(table) && asked.contains(table))
                        .toList();
        if (!news.isEmpty()) {
            journal.write(row, Commands.loaded(row.status(), ObjectChange.list(news) + " loaded, and in step"));
        }
    }

    /** Leaves a line in the history for each table whose changes are passed over from now on. */
    private void noteSuspended(TaskRow row, List<TableProgress> progress) {
        List<TableProgress> suspended =
                progress.stream().filter(table -> table.suspension() != null).toList();
        if (suspended.isEmpty()) {
            return;
        }
        Map<TableName, Fact.@Nullable Suspension> known = new HashMap<>();
        tables.suspended(row.id).forEach(table -> known.put(table.table(), table.suspension()));
        for (TableProgress table : suspended) {
            Fact.Suspension why = table.suspension();
            if (why != null && !why.equals(known.get(table.table()))) {
                journal.write(
                        row,
                        Commands.problem(
                                row.status(), why.code(), "table " + table.table() + " is suspended: " + why.detail()));
            }
        }
    }
}
