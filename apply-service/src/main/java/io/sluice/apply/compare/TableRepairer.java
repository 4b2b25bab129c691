package io.sluice.apply.compare;

import io.sluice.apply.compare.RepairNotes.End;
import io.sluice.apply.compare.RepairNotes.Noted;
import io.sluice.apply.compare.RepairNotes.Outcome;
import io.sluice.apply.exception.ExceptionDesk.Refusal;
import io.sluice.apply.exception.Exceptions;
import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.TableTurns;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.write.TargetWriter;
import io.sluice.apply.write.WriterSetup;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import io.sluice.postgres.SessionLimits;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes noted rows of one table what they are at the source, while changes stream. Rows are read on the target and at the
 * source; once the target has everything from before that, the table is locked there against the stream, and the rows are
 * read once more. A row is written when it is certain that no change of it is on its way or was ahead of what was read:
 *
 * <ul>
 *   <li>The source had the same version both times: whatever comes for the row was committed after the second reading.
 *   <li>The target had the same version both times: the stream has brought nothing for the row that the source has undone
 *       already, such as a row that is there no more.
 *   <li>No transaction that has written to the table was committing all the time: the target may have what it wrote, and the
 *       source does not show it yet.
 * </ul>
 *
 * Others are tried again. The stream then brings only what came later, whatever it does with conflicts.
 */
final class TableRepairer {

    /** The stream waits meanwhile. */
    private static final int AT_ONCE = 100;

    private static final int MOST_ROUNDS = 10;
    private static final Duration BETWEEN_ROUNDS = Duration.ofMillis(200);
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final List<TableMapping> mappings;
    private final ComparedTable table;
    private final TaskOrder order;
    private final Sessions sessions;
    private final DatabaseSession writing;
    private final RepairNotes notes;
    private final RunContext context;
    private final AppliedPosition position;
    private final KeyLookUp source;
    private final KeyLookUp target;
    private final SourceWriters writers;
    private final Bookkeeping bookkeeping;

    /**
     * @param mappings of the tables of the source that go into the table
     * @param writing a session on the target that is set up as that of the stream and as those that read
     */
    TableRepairer(
            List<TableMapping> mappings,
            ComparedTable table,
            Sessions sessions,
            DatabaseSession writing,
            RepairNotes notes,
            RunContext context) {
        this.mappings = mappings;
        this.table = table;
        this.order = context.order();
        this.sessions = sessions;
        this.writing = writing;
        this.notes = notes;
        this.context = context;
        this.position = new AppliedPosition(order.taskId(), sessions.sourceLookUp(), sessions.targetLookUp(), context);
        this.source = new KeyLookUp(sessions.sourceLookUp(), table.sources());
        this.target = new KeyLookUp(sessions.targetLookUp(), table.targets());
        this.writers = new SourceWriters(sessions.sourceLookUp(), table.sources());
        this.bookkeeping = new Bookkeeping(order);
    }

    /**
     * Ends when every noted row has, or the run must.
     *
     * @throws SluiceException {@code TASK_STATE} when changes do not stream any more; {@code SCHEMA_CHANGED}, {@code
     *     TARGET_COLUMNS_DIFFER} and {@code TABLE_LOADING} when the other rows of the table cannot be repaired now
     */
    void run() {
        int most = table.target().atOnce(AT_ONCE);
        List<Noted> batch = open(most);
        while (!batch.isEmpty() && !context.stopping()) {
            settle(batch);
            batch = open(most);
        }
    }

    private List<Noted> open(int most) {
        return writing.inTransaction("reading rows that differ", on -> notes.open(on, table.name(), most));
    }

    /** Others join them only when something has become of each, so that each is tried as often. */
    private void settle(List<Noted> batch) {
        List<Noted> pending = batch;
        for (int round = 1; !pending.isEmpty() && !context.stopping(); round++) {
            if (round > 1 && context.pause(BETWEEN_ROUNDS)) {
                return;
            }
            pending = repair(pending, round == MOST_ROUNDS);
        }
    }

    /** Returns those of which nothing has become yet. */
    private List<Noted> repair(List<Noted> noted, boolean last) {
        List<List<String>> keys = noted.stream().map(Noted::key).toList();
        List<List<KeyedRow>> thereBefore = target.rows(keys);
        Set<String> writersBefore = writers.now();
        List<List<KeyedRow>> before = source.rows(keys);
        Lsn seen = position.sourceEnd();
        if (!position.await(seen, PATIENCE)) {
            if (context.stopping()) {
                return noted;
            }
            throw new SluiceException(
                    ErrorCode.TASK_STATE,
                    "Changes are not being applied, and while some are on their way no row can be repaired. Resume the task"
                            + " and repair again.");
        }
        List<Noted> uncertain = new ArrayList<>();
        writing.transact("repairing rows", on -> {
            lock(on);
            requireUnchanged(on);
            boolean committing = !Collections.disjoint(writersBefore, writers.now());
            List<List<KeyedRow>> after = source.rows(keys);
            // On the session that holds the lock: another one might wait behind somebody who waits for it.
            List<List<KeyedRow>> there = target.rows(on, keys);
            Exceptions exceptions = Exceptions.read(on, order.taskId());
            setup(mappings).tellApart(on, exceptions);
            List<End> ends = new ArrayList<>();
            try (TargetWriter writer = writer(on)) {
                for (int i = 0; i < noted.size(); i++) {
                    boolean certain = !committing
                            && before.get(i).equals(after.get(i))
                            && thereBefore.get(i).equals(there.get(i));
                    if (certain) {
                        ends.add(one(noted.get(i), after.get(i), there.get(i), exceptions, writer));
                    } else if (last) {
                        ends.add(End.of(noted.get(i).place(), Outcome.UNSETTLED));
                    } else {
                        uncertain.add(noted.get(i));
                    }
                }
            }
            notes.end(on, table.name(), ends);
        });
        return uncertain;
    }

    /**
     * The stream stores its position last: were it not kept away from the table first, each would wait for the other. Should
     * the source not answer meanwhile, the target ends the session, so that the stream goes on.
     */
    private void lock(Connection on) throws SQLException {
        try (Statement statement = on.createStatement()) {
            statement.execute(SessionLimits.lockWaitsOfTransaction("3s"));
            statement.execute(SessionLimits.idlenessOfTransaction("10s"));
            statement.execute("LOCK TABLE " + table.target().quoted() + " IN SHARE ROW EXCLUSIVE MODE");
        }
        bookkeeping.shareUntilEnd(on);
    }

    /** The table is in step with the stream, and has the columns that rows are read with: the lock keeps it so. */
    private void requireUnchanged(Connection on) throws SQLException {
        new TableTurns(order.taskId()).requireInStep(on, TableGroups.sources(mappings));
        if (!TableGroups.columns(mappings, sessions.sourceLookUp(), on).sameColumns(table)) {
            throw new SluiceException(
                    ErrorCode.SCHEMA_CHANGED, "The table's columns have changed meanwhile; compare it again.");
        }
    }

    /** In the target's terms; the rows were read as they are mapped and filtered. */
    private TargetWriter writer(Connection on) throws SQLException {
        return setup(List.of(TableMapping.unchanged(table.name()))).writer(on, Exceptions.read(on, order.taskId()));
    }

    private WriterSetup setup(List<TableMapping> of) {
        return new WriterSetup(
                order.taskId(), TargetDialect.of(order.spec().dialect()), of, ChangeChoice.DEFAULT, tables -> Map.of());
    }

    private End one(Noted noted, List<KeyedRow> left, List<KeyedRow> right, Exceptions exceptions, TargetWriter writer)
            throws SQLException {
        if (noted.cut()) {
            return refused(noted, "the key is too long to have been noted whole; copy them by hand.");
        }
        if (left.size() > 1 || right.size() > 1) {
            return refused(noted, "several rows have the key; write them by hand.");
        }
        if (left.size() == right.size()
                && (left.isEmpty()
                        || left.getFirst().values().equals(right.getFirst().values()))) {
            return End.of(noted.place(), Outcome.EQUAL);
        }
        if (table.sources().stream().anyMatch(relation -> exceptions.holds(deletion(relation, noted.key())))) {
            return refused(noted, "a change of the row is among the task's exceptions; retry or skip it first.");
        }
        ChangeChoice.Operation needed = left.isEmpty()
                ? ChangeChoice.Operation.DELETE
                : right.isEmpty() ? ChangeChoice.Operation.INSERT : ChangeChoice.Operation.UPDATE;
        if (!order.spec().changes().operations().contains(needed)) {
            return refused(noted, needed + " is not among changes.operations.");
        }
        Refusal refusal = writer.write(left.isEmpty() ? deletion(table.target(), noted.key()) : image(left.getFirst()));
        return refusal == null
                ? End.of(noted.place(), Outcome.REPAIRED)
                : new End(noted.place(), Outcome.REFUSED, refusal.sqlState(), null);
    }

    private static End refused(Noted noted, String why) {
        return new End(noted.place(), Outcome.REFUSED, null, why);
    }

    private static RowChange deletion(Relation relation, List<String> key) {
        List<String> names = names(relation.key());
        return change(relation, Operation.DELETE, row(names, key), null);
    }

    /** The whole row, but for what the target computes itself. */
    private RowChange image(KeyedRow found) {
        List<String> names = new ArrayList<>();
        List<@Nullable String> values = new ArrayList<>();
        for (int i = 0; i < table.target().columns().size(); i++) {
            String name = table.target().columns().get(i).name();
            if (table.writable().contains(name)) {
                names.add(name);
                values.add(found.values().get(i));
            }
        }
        return change(table.target(), Operation.INSERT, null, row(names, values));
    }

    private static RowChange change(Relation relation, Operation operation, @Nullable Row before, @Nullable Row after) {
        return new RowChange(operation, relation.name(), names(relation.key()), ChangePosition.START, before, after, 0);
    }

    private static List<String> names(List<Relation.Column> columns) {
        return columns.stream().map(Relation.Column::name).toList();
    }

    private static Row row(List<String> names, List<? extends @Nullable String> values) {
        return new Row(new Columns(names), values.toArray(new @Nullable String[0]));
    }
}
