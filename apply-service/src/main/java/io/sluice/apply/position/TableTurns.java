package io.sluice.apply.position;

import io.sluice.apply.position.TableTurn.Step;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.LoadRequest;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.postgres.TableArrays;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The table {@code _sluice.table_turn} of the target: tables that are, or were, loaded while the task runs, or suspended.
 * Every method runs in the transaction of the connection it is given. Stateless.
 */
public final class TableTurns {

    private final String taskId;

    public TableTurns(String taskId) {
        this.taskId = taskId;
    }

    private static boolean exists(Connection target) throws SQLException {
        return Bookkeeping.holds(target, "table_turn");
    }

    /**
     * Brings the notes in step with an order, before anything else is done for it: forgets tables that are not the task's
     * any more, and takes those apart that are to be loaded. From here on the stream passes over the changes of these.
     *
     * @param topicOffset where the stream goes on
     * @return by table, those of earlier orders too
     */
    public SortedMap<TableName, TableTurn> take(Connection target, TaskOrder order, long topicOffset)
            throws SQLException {
        if (order.selection() > 0) {
            forgetAllBut(target, order.tables(), order);
        }
        SortedMap<TableName, TableTurn> known = read(target);
        Set<TableName> came = new HashSet<>();
        for (LoadRequest request : order.loads()) {
            TableTurn turn = known.get(request.table());
            if (request.since() > (turn == null ? 0 : turn.number())) {
                came.add(request.table());
            }
        }
        if (!came.isEmpty()) {
            List<TableName> others = new ArrayList<>(order.tables());
            others.removeAll(came);
            forgetAllBut(target, others, order);
        }
        Map<TableName, TableLoad> loads = new LoadNotes(taskId).tables(target);
        for (LoadRequest request : order.loads()) {
            TableTurn turn = known.get(request.table());
            if (order.tables().contains(request.table()) && (turn == null || turn.number() < request.number())) {
                boolean there = loads.containsKey(request.table());
                TableTurn begun =
                        new TableTurn(request.table(), request.number(), there ? Step.EMPTY : Step.LOAD, topicOffset);
                begin(target, begun);
                known.put(begun.table(), begun);
            }
        }
        return known;
    }

    /** By table. */
    public SortedMap<TableName, TableTurn> read(Connection target) throws SQLException {
        SortedMap<TableName, TableTurn> turns = new TreeMap<>();
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT schema_name, table_name, number, step, next_offset FROM _sluice.table_turn
                WHERE task_id = ?""")) {
            statement.setString(1, taskId);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    TableName name = new TableName(row.getString(1), row.getString(2));
                    turns.put(
                            name, new TableTurn(name, row.getLong(3), Step.valueOf(row.getString(4)), row.getLong(5)));
                }
            }
        }
        return turns;
    }

    /** The tables that are suspended, or were and are not back in the stream yet. */
    public Set<TableName> suspended(Connection target) throws SQLException {
        return inStep(target, Set.of(Step.SUSPENDED, Step.RETURNING));
    }

    /** The tables that are suspended, and that nobody writes to. */
    public Set<TableName> passedOver(Connection target) throws SQLException {
        return inStep(target, Set.of(Step.SUSPENDED));
    }

    private Set<TableName> inStep(Connection target, Set<Step> steps) throws SQLException {
        Set<TableName> found = new HashSet<>();
        if (exists(target)) {
            read(target).values().stream()
                    .filter(turn -> steps.contains(turn.step()))
                    .forEach(turn -> found.add(turn.table()));
        }
        return found;
    }

    /** The tables that the stream passes over. */
    public Set<TableName> apart(Connection target) throws SQLException {
        Set<TableName> apart = new HashSet<>();
        if (exists(target)) {
            read(target).values().stream().filter(turn -> turn.step().apart()).forEach(turn -> apart.add(turn.table()));
        }
        return apart;
    }

    /** Whether the stream passes over a table. */
    boolean anyApart(Connection target) throws SQLException {
        return exists(target)
                && read(target).values().stream().anyMatch(turn -> turn.step().apart());
    }

    /**
     * @throws SluiceException {@code TABLE_SUSPENDED} or {@code TABLE_LOADING} when the stream passes over one of these tables
     */
    public void requireInStep(Connection target, Collection<TableName> tables) throws SQLException {
        Set<TableName> apart = apart(target);
        apart.retainAll(tables);
        Set<TableName> suspended = suspended(target);
        suspended.retainAll(tables);
        if (!suspended.isEmpty()) {
            throw suspended(suspended);
        }
        if (!apart.isEmpty()) {
            throw new SluiceException(
                    ErrorCode.TABLE_LOADING,
                    "It is being loaded, and not in step with the other tables yet. Wait until the progress says DONE.");
        }
    }

    /** @throws SluiceException {@code TABLE_SUSPENDED} that names the tables */
    public void requireNoneSuspended(Connection target) throws SQLException {
        Set<TableName> suspended = suspended(target);
        if (!suspended.isEmpty()) {
            throw suspended(suspended);
        }
    }

    private static SluiceException suspended(Set<TableName> tables) {
        return new SluiceException(
                ErrorCode.TABLE_SUSPENDED,
                "Suspended, so that changes of the source are missing on the target: " + new TreeSet<>(tables)
                        + ". Retry or skip the exception that says why, or reload the table.");
    }

    /** A new turn: of what is noted of an earlier load nothing counts any more, nor do changes that were refused. */
    private void begin(Connection target, TableTurn turn) throws SQLException {
        run(target, turn.table(), """
                DELETE FROM _sluice.table_turn WHERE task_id = ? AND schema_name = ? AND table_name = ?""");
        insert(target, turn);
        run(target, turn.table(), """
                DELETE FROM _sluice.load_piece WHERE task_id = ? AND schema_name = ? AND table_name = ?""");
        run(target, turn.table(), """
                UPDATE _sluice.table_load SET copied = false, done = false, fence_snapshot = NULL, fence_until = NULL,
                    source_files = NULL, source_shape = NULL, rows_loaded = 0, bytes_loaded = 0
                WHERE task_id = ? AND schema_name = ? AND table_name = ?""");
        if (Bookkeeping.holds(target, "exception")) {
            run(target, turn.table(), """
                    UPDATE _sluice.exception SET state = 'SKIPPED', wish = NULL, updated_at = now()
                    WHERE task_id = ? AND schema_name = ? AND table_name = ? AND state = 'OPEN'""");
        }
    }

    /**
     * A table that is being loaded has another name from here on, and so perhaps has what it was copied from: it is loaded
     * from the start.
     *
     * @param topicOffset where the stream goes on
     */
    public void beginAgain(Connection target, TableTurn turn, long topicOffset) throws SQLException {
        boolean there = new LoadNotes(taskId).tables(target).containsKey(turn.table());
        begin(target, new TableTurn(turn.table(), turn.number(), there ? Step.EMPTY : Step.LOAD, topicOffset));
    }

    private void insert(Connection target, TableTurn turn) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                INSERT INTO _sluice.table_turn (task_id, schema_name, table_name, number, step, next_offset)
                VALUES (?, ?, ?, ?, ?, ?)""")) {
            name(statement, turn.table());
            statement.setLong(4, turn.number());
            statement.setString(5, turn.step().name());
            statement.setLong(6, turn.nextOffset());
            statement.executeUpdate();
        }
    }

    /** The tables stay on the target, and nothing that Sluice knows of them does. */
    private void forgetAllBut(Connection target, Collection<TableName> tables, TaskOrder order) throws SQLException {
        if (Bookkeeping.holds(target, "structure_object")) {
            // A table that could not be made, or whose note is lost, has no load: it is found by whatever names it.
            Set<TableName> gone = new HashSet<>(order.tables());
            gone.addAll(read(target).keySet());
            gone.addAll(new LoadNotes(taskId).tables(target).keySet());
            tables.forEach(gone::remove);
            forgetStructure(target, gone);
        }
        forget(target, "table_turn", tables);
        forget(target, "load_piece", tables);
        forget(target, "table_load", tables);
        if (Bookkeeping.holds(target, "exception")) {
            ofOthers(
                    target,
                    "UPDATE _sluice.exception AS known SET state = 'SKIPPED', wish = NULL, updated_at = now()"
                            + " WHERE state = 'OPEN' AND operation <> 'DDL' AND ",
                    tables);
        }
    }

    private void forget(Connection target, String notes, Collection<TableName> tables) throws SQLException {
        ofOthers(target, "DELETE FROM _sluice." + notes + " AS known WHERE ", tables);
    }

    private void ofOthers(Connection target, String what, Collection<TableName> tables) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement(what + """
                task_id = ? AND NOT EXISTS (
                    SELECT 1 FROM (SELECT unnest(?::text[]) AS schema_name, unnest(?::text[]) AS table_name) AS kept
                    WHERE kept.schema_name = known.schema_name AND kept.table_name = known.table_name)""")) {
            statement.setString(1, taskId);
            TableArrays.set(statement, 2, tables);
            statement.executeUpdate();
        }
    }

    /** Of the table and of what belongs to it: should it come back, all of it is to be made again. */
    private void forgetStructure(Connection target, Collection<TableName> gone) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                DELETE FROM _sluice.structure_object
                WHERE task_id = ? AND (schema_name, table_name) IN (SELECT unnest(?::text[]), unnest(?::text[]))""")) {
            statement.setString(1, taskId);
            TableArrays.set(statement, 2, gone);
            statement.executeUpdate();
        }
    }

    /** What the target held of the table is removed, in this transaction. */
    public void emptied(Connection target, Collection<TableName> tables) throws SQLException {
        step(target, tables, Step.LOAD);
    }

    /**
     * From here on the stream passes over the changes of these tables.
     *
     * @param topicOffset where the stream stands: of a table that it carries, the first record that is not on the target
     */
    public void suspend(Connection target, Collection<TableName> tables, long topicOffset) throws SQLException {
        Map<TableName, TableTurn> known = read(target);
        for (TableName table : tables) {
            TableTurn turn = known.get(table);
            if (turn == null) {
                insert(target, new TableTurn(table, 0, Step.SUSPENDED, topicOffset));
                continue;
            }
            if (turn.step() == Step.LOAD || turn.step() == Step.JOINED) {
                run(target, table, """
                        UPDATE _sluice.table_turn SET unfinished = true
                        WHERE task_id = ? AND schema_name = ? AND table_name = ?""");
            }
            if (!turn.step().apart()) {
                place(target, table, topicOffset);
            }
            step(target, Set.of(table), Step.SUSPENDED);
        }
    }

    private void place(Connection target, TableName table, long topicOffset) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                UPDATE _sluice.table_turn SET next_offset = ?
                WHERE task_id = ? AND schema_name = ? AND table_name = ?""")) {
            statement.setLong(1, topicOffset);
            statement.setString(2, taskId);
            statement.setString(3, table.schema());
            statement.setString(4, table.table());
            statement.executeUpdate();
        }
    }

    /** What was passed over of suspended tables is to be caught up with. */
    public void returning(Connection target, Collection<TableName> tables) throws SQLException {
        step(target, tables, Step.RETURNING);
    }

    /** From here on the stream carries the tables; those that have all but their changes are done. */
    public void joined(Connection target, Collection<TableName> tables) throws SQLException {
        for (TableName table : tables) {
            int joined = run(target, table, """
                    UPDATE _sluice.table_turn
                    SET step = CASE WHEN step = 'RETURNING' AND NOT unfinished THEN 'DONE' ELSE 'JOINED' END,
                        unfinished = false
                    WHERE task_id = ? AND schema_name = ? AND table_name = ? AND step IN ('LOAD', 'RETURNING')""");
            if (joined == 0) {
                throw new FencedException();
            }
        }
    }

    public void done(Connection target, Collection<TableName> tables) throws SQLException {
        step(target, tables, Step.DONE);
    }

    private void step(Connection target, Collection<TableName> tables, Step step) throws SQLException {
        for (TableName table : tables) {
            try (PreparedStatement statement = target.prepareStatement("""
                    UPDATE _sluice.table_turn SET step = ? WHERE task_id = ? AND schema_name = ? AND table_name = ?""")) {
                statement.setString(1, step.name());
                statement.setString(2, taskId);
                statement.setString(3, table.schema());
                statement.setString(4, table.table());
                if (statement.executeUpdate() == 0) {
                    throw new FencedException();
                }
            }
        }
    }

    /** The changes of these tables are on the target up to a record, in this transaction; forward only. */
    public void advance(Connection target, Collection<TableName> tables, long nextOffset) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                UPDATE _sluice.table_turn AS t SET next_offset = ?
                FROM (SELECT unnest(?::text[]) AS schema_name, unnest(?::text[]) AS table_name) AS u
                WHERE t.task_id = ? AND t.schema_name = u.schema_name AND t.table_name = u.table_name
                  AND t.next_offset < ?""")) {
            statement.setLong(1, nextOffset);
            TableArrays.set(statement, 2, tables);
            statement.setString(4, taskId);
            statement.setLong(5, nextOffset);
            statement.executeUpdate();
        }
    }

    /** By table, where the changes begin that are not on the target. */
    public static Map<TableName, Long> offsets(Collection<TableTurn> turns) {
        Map<TableName, Long> offsets = new HashMap<>();
        turns.forEach(turn -> offsets.put(turn.table(), turn.nextOffset()));
        return offsets;
    }

    private int run(Connection target, TableName table, String sql) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement(sql)) {
            name(statement, table);
            return statement.executeUpdate();
        }
    }

    private void name(PreparedStatement statement, TableName table) throws SQLException {
        statement.setString(1, taskId);
        statement.setString(2, table.schema());
        statement.setString(3, table.table());
    }
}
