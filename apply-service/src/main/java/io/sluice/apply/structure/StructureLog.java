package io.sluice.apply.structure;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.structure.PlannedObject.Stage;
import io.sluice.apply.structure.PlannedObject.State;
import io.sluice.apply.structure.PlannedObject.Verdict;
import io.sluice.contracts.task.TableName;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What became of each object, in the schema {@code _sluice} of the target. Every method runs in the caller's transaction:
 * an object is noted as done in the transaction that makes it, so after a crash it is either noted or not there. Stateless.
 */
final class StructureLog {

    private final String taskId;

    StructureLog(String taskId) {
        this.taskId = taskId;
    }

    /**
     * One object.
     *
     * @param table that it is a part of, at the source; null when it stands for itself
     * @param ddl what makes it; of one that is done what drops it, and empty when it needs no dropping
     * @param generation of the order under which it was tried last
     */
    record Entry(
            String id,
            String kind,
            String name,
            @Nullable TableName table,
            Stage stage,
            State state,
            String ddl,
            @Nullable String sqlState,
            @Nullable String reason,
            long generation) {

        static Entry of(
                PlannedObject object,
                State state,
                @Nullable String sqlState,
                @Nullable String reason,
                long generation) {
            // What is still to be made at the end must not need the source for it.
            boolean kept = state != State.DONE && (state != State.PLANNED || object.stage() == Stage.END);
            return new Entry(
                    object.id(),
                    object.kind().name(),
                    object.name(),
                    object.table(),
                    object.stage(),
                    state,
                    state == State.DONE ? object.drop() : kept ? object.ddl() : "",
                    sqlState,
                    reason,
                    generation);
        }

        Entry as(State newState, String newDdl, @Nullable String newSqlState, @Nullable String newReason) {
            return new Entry(id, kind, name, table, stage, newState, newDdl, newSqlState, newReason, generation);
        }

        static Entry planned(PlannedObject object, long generation) {
            Verdict verdict = object.verdict();
            return verdict == null
                    ? of(object, State.PLANNED, null, null, generation)
                    : of(object, verdict.state(), null, verdict.reason(), generation);
        }
    }

    /** In the order in which they were planned; empty when nothing ever was. */
    List<Entry> read(Connection target) throws SQLException {
        List<Entry> entries = new ArrayList<>();
        if (!Bookkeeping.holds(target, "structure_object")) {
            return entries;
        }
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT object, kind, name, schema_name, table_name, stage, state, ddl, sql_state, reason, generation
                FROM _sluice.structure_object WHERE task_id = ? ORDER BY place""")) {
            statement.setFetchSize(2_000);
            statement.setString(1, taskId);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    String schema = row.getString(4);
                    entries.add(new Entry(
                            row.getString(1),
                            row.getString(2),
                            row.getString(3),
                            schema == null ? null : new TableName(schema, row.getString(5)),
                            Stage.valueOf(row.getString(6)),
                            State.valueOf(row.getString(7)),
                            row.getString(8),
                            row.getString(9),
                            row.getString(10),
                            row.getLong(11)));
                }
            }
        }
        return entries;
    }

    /** Two statements, whatever their number: what is known, then what is new, in this order. */
    void write(Connection target, Collection<Entry> entries) throws SQLException {
        if (entries.isEmpty()) {
            return;
        }
        try (PreparedStatement update = target.prepareStatement("""
                UPDATE _sluice.structure_object AS known
                SET stage = e.stage, state = e.state, ddl = e.ddl, sql_state = e.sql_state, reason = e.reason,
                    generation = e.generation
                FROM (SELECT unnest(?::text[]) AS object, unnest(?::text[]) AS stage, unnest(?::text[]) AS state,
                          unnest(?::text[]) AS ddl, unnest(?::text[]) AS sql_state, unnest(?::text[]) AS reason,
                          unnest(?::bigint[]) AS generation) AS e
                WHERE known.task_id = ? AND known.object = e.object""")) {
            texts(update, 1, entries, Entry::id);
            setState(update, 2, entries);
            update.setString(8, taskId);
            if (update.executeUpdate() == entries.size()) {
                return;
            }
        }
        try (PreparedStatement insert = target.prepareStatement("""
                INSERT INTO _sluice.structure_object
                    (task_id, object, kind, name, schema_name, table_name, stage, state, ddl, sql_state, reason,
                     generation, place)
                SELECT ?::text, e.object, e.kind, e.name, e.schema_name, e.table_name, e.stage, e.state, e.ddl,
                    e.sql_state, e.reason, e.generation, e.place + last.place
                FROM (SELECT unnest(?::text[]) AS object, unnest(?::text[]) AS kind, unnest(?::text[]) AS name,
                          unnest(?::text[]) AS schema_name, unnest(?::text[]) AS table_name,
                          unnest(?::text[]) AS stage, unnest(?::text[]) AS state, unnest(?::text[]) AS ddl,
                          unnest(?::text[]) AS sql_state, unnest(?::text[]) AS reason,
                          unnest(?::bigint[]) AS generation, generate_series(1, ?::int) AS place) AS e,
                     (SELECT coalesce(max(place), 0) AS place FROM _sluice.structure_object WHERE task_id = ?) AS last
                WHERE NOT EXISTS (SELECT 1 FROM _sluice.structure_object AS known
                                  WHERE known.task_id = ? AND known.object = e.object)""")) {
            insert.setString(1, taskId);
            texts(insert, 2, entries, Entry::id);
            texts(insert, 3, entries, Entry::kind);
            texts(insert, 4, entries, Entry::name);
            texts(
                    insert,
                    5,
                    entries,
                    entry -> entry.table() == null ? null : entry.table().schema());
            texts(
                    insert,
                    6,
                    entries,
                    entry -> entry.table() == null ? null : entry.table().table());
            setState(insert, 7, entries);
            insert.setInt(13, entries.size());
            insert.setString(14, taskId);
            insert.setString(15, taskId);
            insert.executeUpdate();
        }
    }

    private static void setState(PreparedStatement statement, int from, Collection<Entry> entries) throws SQLException {
        texts(statement, from, entries, entry -> entry.stage().name());
        texts(statement, from + 1, entries, entry -> entry.state().name());
        texts(statement, from + 2, entries, Entry::ddl);
        texts(statement, from + 3, entries, Entry::sqlState);
        texts(statement, from + 4, entries, Entry::reason);
        Object[] generations = entries.stream().map(Entry::generation).toArray();
        statement.setArray(from + 5, statement.getConnection().createArrayOf("int8", generations));
    }

    private static void texts(
            PreparedStatement statement, int index, Collection<Entry> entries, Function<Entry, @Nullable String> value)
            throws SQLException {
        @Nullable Object[] values = new @Nullable Object[entries.size()];
        int i = 0;
        for (Entry entry : entries) {
            values[i++] = value.apply(entry);
        }
        Array array = statement.getConnection().createArrayOf("text", values);
        statement.setArray(index, array);
    }
}
