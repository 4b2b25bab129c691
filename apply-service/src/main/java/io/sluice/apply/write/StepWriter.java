package io.sluice.apply.write;

import io.sluice.apply.batch.Step;
import io.sluice.apply.change.TableFailure;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/** Carries out single steps within the caller's transaction. Not thread-safe. */
final class StepWriter implements AutoCloseable {

    /** Rows and characters in one statement; a bound on what both ends hold in memory for it. */
    private static final int MOST_ROWS = 5_000;

    private static final long MOST_CHARACTERS = 8_000_000;

    /** A COPY takes two more round trips than a statement. */
    private static final int WORTH_A_COPY = 50;

    private static final int MOST_STATEMENTS = 200;

    private final Connection connection;
    private final TargetDialect dialect;
    private final TargetTables tables;
    private final DeferrableKeys keys;
    private final CopyText text = new CopyText();
    private final Map<String, PreparedStatement> statements = new LinkedHashMap<>(16, 0.75f, true);

    StepWriter(Connection connection, TargetDialect dialect, TargetTables tables, DeferrableKeys keys) {
        this.connection = connection;
        this.dialect = dialect;
        this.tables = tables;
        this.keys = keys;
    }

    /**
     * Returns how many rows the target has changed; 0 for a TRUNCATE.
     *
     * @throws TableFailure when nothing can be written to the table
     */
    long write(Step step) throws SQLException, RefusedChange {
        keys.note(step);
        try {
            return carryOut(step);
        } catch (SQLException e) {
            TableName table = step.onlyTable();
            if (table != null && WriteFailure.isOfTheTable(e)) {
                throw TableFailure.ofTarget(table, PostgresErrors.explain(e, "writing to the table " + table));
            }
            throw table == null ? e : TableLock.named(e, table, false);
        }
    }

    private long carryOut(Step step) throws SQLException, RefusedChange {
        return switch (step) {
            case Step.Truncate(var names) -> {
                boolean looked = lookAtConstraints();
                new Emptying(connection, dialect)
                        .carryOut(names.stream().map(tables::definition).toList(), looked);
                yield 0;
            }
            case Step.Delete(var table, var key, var keys, var expected) ->
                rows(dialect.delete(tables.definition(table), key), new Columns(key), keys, null, List.of());
            case Step.Insert(var table, var columns, var rows) -> insert(tables.definition(table), columns, rows);
            case Step.InsertMissing(var table, var key, var columns, var rows) ->
                rows(
                        dialect.insertMissing(tables.definition(table), key, columns.names()),
                        columns,
                        rows,
                        null,
                        List.of());
            case Step.Upsert(var table, var key, var columns, var rows) ->
                rows(dialect.upsert(tables.definition(table), key, columns.names()), columns, rows, null, List.of());
            case Step.Update(var table, var key, var keys, var columns, var rows)
            when dialect.distributes() && columns.names().containsAll(key) ->
                new RowMove(this, dialect, tables.definition(table), tables.shape(table), key).move(keys, rows);
            case Step.Update(var table, var key, var keys, var columns, var rows) ->
                rows(
                        dialect.update(tables.definition(table), key, columns.names()),
                        new Columns(key),
                        keys,
                        columns,
                        rows);
            case Step.Remove remove -> {
                TableDefinition table = tables.definition(remove.table());
                List<String> columns = remove.columns().names();
                String all = dialect.removeAll(table, columns);
                execute(dialect.beforeRemove());
                long removed = all == null
                        ? remove(dialect.remove(table, columns), remove.columns(), remove.rows(), remove.copies())
                        : removeAll(all, table, remove);
                execute(dialect.afterRemove());
                yield removed;
            }
        };
    }

    /**
     * A table about which the target is going to look at something later cannot be altered or truncated (55006): it looks now.
     * What does not hold yet waits on, since the source transaction has not ended.
     *
     * @return whether nothing waits any more
     */
    boolean lookAtConstraints() throws SQLException {
        if (tables.later().isEmpty()) {
            return true;
        }
        String names = String.join(", ", tables.later());
        Savepoint before = connection.setSavepoint();
        try {
            execute(List.of("SET CONSTRAINTS " + names + " IMMEDIATE", "SET CONSTRAINTS " + names + " DEFERRED"));
            connection.releaseSavepoint(before);
            return true;
        } catch (SQLException e) {
            if (!WriteFailure.isOfTheRows(e)) {
                throw e;
            }
            connection.rollback(before);
            connection.releaseSavepoint(before);
            return false;
        }
    }

    void execute(List<String> sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String one : sql) {
                statement.execute(one);
            }
        }
    }

    long insert(TableDefinition table, Columns columns, List<Row> rows) throws SQLException {
        if (rows.size() < WORTH_A_COPY) {
            return rows(dialect.insert(table, columns.names()), columns, rows, null, List.of());
        }
        CopyIn copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(dialect.copyIn(table, columns.names()));
        try {
            for (int from = 0, to = 0; from < rows.size(); from = to) {
                to = end(rows, List.of(), from);
                text.fill(columns, rows.subList(from, to));
                copy.writeToCopy(text.bytes(), 0, text.size());
            }
            return copy.endCopy();
        } finally {
            if (copy.isActive()) {
                copy.cancelCopy();
            }
        }
    }

    long rows(String sql, Columns firstColumns, List<Row> first, @Nullable Columns secondColumns, List<Row> second)
            throws SQLException {
        long changed = 0;
        for (int from = 0, to = 0; from < first.size(); from = to) {
            to = end(first, second, from);
            PreparedStatement statement = prepared(sql);
            int parameter = bind(statement, 1, firstColumns, first.subList(from, to));
            if (secondColumns != null) {
                bind(statement, parameter, secondColumns, second.subList(from, to));
            }
            changed += run(statement);
        }
        return changed;
    }

    /** Row by row: what was removed too much is written back before the next one is looked for. */
    private long removeAll(String sql, TableDefinition table, Step.Remove step) throws SQLException {
        long removed = 0;
        for (int i = 0; i < step.rows().size(); i++) {
            List<Row> row = List.of(step.rows().get(i));
            long found = rows(sql, step.columns(), row, null, List.of());
            int copies = step.copies().get(i);
            if (found > copies) {
                insert(table, step.columns(), Collections.nCopies(Math.toIntExact(found - copies), row.getFirst()));
            }
            removed += Math.min(found, copies);
        }
        return removed;
    }

    private long remove(String sql, Columns columns, List<Row> rows, List<Integer> copies) throws SQLException {
        long removed = 0;
        for (int from = 0, to = 0; from < rows.size(); from = to) {
            to = end(rows, List.of(), from);
            PreparedStatement statement = prepared(sql);
            int parameter = bind(statement, 1, columns, rows.subList(from, to));
            int first = from;
            bind(statement, parameter, to - from, i -> copies.get(first + i).toString());
            removed += run(statement);
        }
        return removed;
    }

    /** Where the next statement must end. */
    private static int end(List<Row> first, List<Row> second, int from) {
        int to = from;
        long characters = 0;
        while (to < first.size() && to - from < MOST_ROWS && characters < MOST_CHARACTERS) {
            characters += first.get(to).weight();
            characters += second.isEmpty() ? 0 : second.get(to).weight();
            to++;
        }
        return to;
    }

    private static long run(PreparedStatement statement) throws SQLException {
        long changed = statement.executeUpdate();
        statement.clearParameters();
        return changed;
    }

    int bind(PreparedStatement statement, int parameter, Columns columns, List<Row> rows) throws SQLException {
        int next = parameter;
        for (String column : columns.names()) {
            bind(statement, next++, rows.size(), i -> {
                Row row = rows.get(i);
                return row.value(row.columns().place(column));
            });
        }
        return next;
    }

    private void bind(PreparedStatement statement, int parameter, int size, Function<Integer, @Nullable String> value)
            throws SQLException {
        @Nullable String[] values = new @Nullable String[size];
        for (int i = 0; i < size; i++) {
            values[i] = value.apply(i);
        }
        statement.setArray(parameter, connection.createArrayOf("text", values));
    }

    /** Statements are kept, the least used one goes when there are too many. */
    PreparedStatement prepared(String sql) throws SQLException {
        PreparedStatement known = statements.get(sql);
        if (known != null) {
            return known;
        }
        if (statements.size() >= MOST_STATEMENTS) {
            var eldest = statements.entrySet().iterator().next();
            statements.remove(eldest.getKey());
            eldest.getValue().close();
        }
        PreparedStatement statement = connection.prepareStatement(sql);
        statements.put(sql, statement);
        return statement;
    }

    @Override
    public void close() throws SQLException {
        for (PreparedStatement statement : statements.values()) {
            statement.close();
        }
        statements.clear();
    }
}
