package io.sluice.apply.write;

import io.sluice.apply.batch.BatchPlanner;
import io.sluice.apply.batch.Step;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Row;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes runs of changes within the caller's transaction. A run goes as planned steps; when these break a unique key
 * that the changes in their order would not (two rows that swap a value), it goes again one change after the other. Not
 * thread-safe.
 */
public final class TargetWriter implements AutoCloseable {

    private static final String UNIQUE_VIOLATION = "23505";

    private static final String EXCLUSION_VIOLATION = "23P01";

    /** Rows and characters in one statement; a bound on what both ends hold in memory for it. */
    private static final int MOST_ROWS = 5_000;

    private static final long MOST_CHARACTERS = 8_000_000;

    private static final int MOST_STATEMENTS = 200;

    private final Connection connection;
    private final TargetDialect dialect;
    private final TargetTables tables;
    private final BatchPlanner planner;
    private final Map<String, PreparedStatement> statements = new LinkedHashMap<>(16, 0.75f, true);

    public TargetWriter(Connection connection, TargetDialect dialect, TargetTables tables) {
        this.connection = connection;
        this.dialect = dialect;
        this.tables = tables;
        this.planner = new BatchPlanner(tables::shape);
    }

    /** Writes the changes, in order or to the same effect. */
    public void write(List<ChangeRecord> changes) throws SQLException {
        List<Step> steps = planner.plan(changes);
        if (steps.isEmpty()) {
            return;
        }
        Savepoint before = connection.setSavepoint();
        try {
            for (Step step : steps) {
                write(step);
            }
            connection.releaseSavepoint(before);
        } catch (SQLException e) {
            if (!UNIQUE_VIOLATION.equals(e.getSQLState()) && !EXCLUSION_VIOLATION.equals(e.getSQLState())) {
                throw e;
            }
            connection.rollback(before);
            try (Statement statement = connection.createStatement()) {
                // Where the source looks at the end of a statement or transaction, so do we.
                statement.execute("SET CONSTRAINTS ALL DEFERRED");
            }
            for (ChangeRecord change : changes) {
                for (Step step : planner.plan(List.of(change))) {
                    write(step);
                }
            }
            connection.releaseSavepoint(before);
        }
    }

    private void write(Step step) throws SQLException {
        switch (step) {
            case Step.Truncate(var table) -> {
                try (Statement statement = connection.createStatement()) {
                    statement.execute(dialect.truncate(table));
                }
            }
            case Step.Delete(var table, var key, var keys) ->
                writeRows(dialect.delete(tables.definition(table), key), new Columns(key), keys, null, List.of());
            case Step.Upsert(var table, var key, var columns, var rows) ->
                writeRows(
                        dialect.upsert(tables.definition(table), key, columns.names()), columns, rows, null, List.of());
            case Step.Update(var table, var key, var keys, var columns, var rows) ->
                writeRows(
                        dialect.update(tables.definition(table), key, columns.names()),
                        new Columns(key),
                        keys,
                        columns,
                        rows);
        }
    }

    private void writeRows(
            String sql, Columns firstColumns, List<Row> first, @Nullable Columns secondColumns, List<Row> second)
            throws SQLException {
        int from = 0;
        while (from < first.size()) {
            int to = from;
            long characters = 0;
            while (to < first.size() && to - from < MOST_ROWS && characters < MOST_CHARACTERS) {
                characters += first.get(to).weight();
                characters += secondColumns == null ? 0 : second.get(to).weight();
                to++;
            }
            PreparedStatement statement = prepared(sql);
            int parameter = bind(statement, 1, firstColumns, first.subList(from, to));
            if (secondColumns != null) {
                bind(statement, parameter, secondColumns, second.subList(from, to));
            }
            statement.executeUpdate();
            statement.clearParameters();
            from = to;
        }
    }

    private int bind(PreparedStatement statement, int parameter, Columns columns, List<Row> rows) throws SQLException {
        int next = parameter;
        for (String column : columns.names()) {
            @Nullable String[] values = new @Nullable String[rows.size()];
            for (int i = 0; i < values.length; i++) {
                Row row = rows.get(i);
                int place = row.columns().place(column);
                values[i] = row.value(place);
            }
            Array array = connection.createArrayOf("text", values);
            statement.setArray(next++, array);
        }
        return next;
    }

    /** Statements are kept, the least used one goes when there are too many. */
    private PreparedStatement prepared(String sql) throws SQLException {
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
