package io.sluice.apply.position;

import io.sluice.apply.position.NotesTables.NotesTable;
import io.sluice.postgres.SessionLimits;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The schema {@code _sluice} itself: made with the first task of a target, dropped with the last. Every method runs in the
 * transaction of the connection it is given. Stateless.
 */
public final class BookkeepingSchema {

    private BookkeepingSchema() {}

    /** Makes the schema and its tables if they are not there. */
    public static void ensure(Connection target, TargetDialect dialect) throws SQLException {
        if (missing(target, dialect).isEmpty()) {
            return;
        }
        try (Statement statement = target.createStatement()) {
            Bookkeeping.lock(statement);
            // Somebody else may have made them meanwhile.
            for (String sql : missing(target, dialect)) {
                statement.execute(sql);
            }
        }
    }

    /** What makes the schema complete. */
    private static List<String> missing(Connection target, TargetDialect dialect) throws SQLException {
        List<String> statements = new ArrayList<>();
        Map<String, Set<String>> there = tables(target);
        if (there.isEmpty() && !schemaExists(target)) {
            statements.add("CREATE SCHEMA _sluice");
        }
        for (NotesTable table : NotesTables.ALL) {
            Set<String> columns = there.get(table.name());
            if (columns == null) {
                statements.add(table.create(dialect.distributionOfNotes()));
                continue;
            }
            table.columns().stream()
                    .filter(column -> !columns.contains(NotesTable.columnName(column)))
                    .map(table::add)
                    .forEach(statements::add);
        }
        return statements;
    }

    private static boolean schemaExists(Connection target) throws SQLException {
        try (Statement statement = target.createStatement();
                ResultSet row = statement.executeQuery("SELECT 1 FROM pg_namespace WHERE nspname = '_sluice'")) {
            return row.next();
        }
    }

    /** The columns of each table of the schema. */
    private static Map<String, Set<String>> tables(Connection target) throws SQLException {
        Map<String, Set<String>> tables = new HashMap<>();
        try (Statement statement = target.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT c.relname, a.attname FROM pg_class c
                        JOIN pg_namespace n ON n.oid = c.relnamespace
                        JOIN pg_attribute a ON a.attrelid = c.oid
                        WHERE n.nspname = '_sluice' AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped""")) {
            while (row.next()) {
                tables.computeIfAbsent(row.getString(1), table -> new HashSet<>())
                        .add(row.getString(2));
            }
        }
        return tables;
    }

    /** Whether there is a table of tasks, of whatever version. */
    static boolean exists(Connection target) throws SQLException {
        return Bookkeeping.holds(target, NotesTables.TASK);
    }

    /** Whether there is a table of tasks that notes the generation of orders. */
    static boolean knowsGenerations(Connection target) throws SQLException {
        return tables(target).getOrDefault(NotesTables.TASK, Set.of()).contains(NotesTables.GENERATION);
    }

    /** Forgets what is noted of a task but the task itself; only while it is kept from everybody else. */
    static void forgetNotes(Connection target, String taskId) throws SQLException {
        Map<String, Set<String>> there = tables(target);
        for (NotesTable table : NotesTables.ALL) {
            if (there.containsKey(table.name())
                    && !table.name().equals(NotesTables.TASK)
                    && !table.name().equals(NotesTables.FENCE)) {
                delete(target, table.name(), taskId);
            }
        }
    }

    /** Drops the schema when it holds no task any more. */
    public static void dropIfUnused(Connection target) throws SQLException {
        try (Statement statement = target.createStatement()) {
            if (!exists(target)) {
                return;
            }
            // Who writes for another task holds the table; then it is in use, and nobody must queue up behind this
            // lock.
            statement.execute(SessionLimits.lockWaitsOfTransaction("3s"));
            Bookkeeping.lock(statement);
            if (anyTask(statement)) {
                return;
            }
            statement.execute("LOCK TABLE _sluice.task IN ACCESS EXCLUSIVE MODE");
            if (anyTask(statement)) {
                return;
            }
            Set<String> there = tables(target).keySet();
            // Those that refer to another one, in a schema of an earlier version, come first.
            for (NotesTable table : NotesTables.ALL.reversed()) {
                if (there.contains(table.name())) {
                    statement.execute("DROP TABLE _sluice." + table.name());
                }
            }
            statement.execute("DROP SCHEMA _sluice");
        }
    }

    private static boolean anyTask(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT EXISTS (SELECT 1 FROM _sluice.task)")) {
            row.next();
            return row.getBoolean(1);
        }
    }

    static void delete(Connection target, String table, String taskId) throws SQLException {
        try (PreparedStatement statement =
                target.prepareStatement("DELETE FROM _sluice." + table + " WHERE task_id = ?")) {
            statement.setString(1, taskId);
            statement.executeUpdate();
        }
    }
}
