package io.sluice.apply.position;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The schema {@code _sluice} itself: made with the first task of a target, dropped with the last. Every method runs in the
 * transaction of the connection it is given. Stateless.
 */
public final class BookkeepingSchema {

    private BookkeepingSchema() {}

    /** Makes the schema and its tables if they are not there. */
    public static void ensure(Connection target) throws SQLException {
        try (Statement statement = target.createStatement()) {
            if (complete(target)) {
                return;
            }
            Bookkeeping.lock(statement);
            statement.execute("CREATE SCHEMA IF NOT EXISTS _sluice");
            statement.execute("""
                    CREATE TABLE IF NOT EXISTS _sluice.task (
                        task_id text PRIMARY KEY,
                        epoch bigint NOT NULL,
                        claimed_by text NOT NULL,
                        stage text NOT NULL,
                        topic_offset bigint NOT NULL,
                        applied_lsn text NOT NULL,
                        updated_at timestamptz NOT NULL DEFAULT now(),
                        generation bigint
                    )""");
            statement.execute("ALTER TABLE _sluice.task ADD COLUMN IF NOT EXISTS generation bigint");
            statement.execute("""
                    CREATE TABLE IF NOT EXISTS _sluice.table_load (
                        task_id text NOT NULL REFERENCES _sluice.task ON DELETE CASCADE,
                        schema_name text NOT NULL,
                        table_name text NOT NULL,
                        done boolean NOT NULL DEFAULT false,
                        fence_snapshot text,
                        fence_until text,
                        rows_loaded bigint NOT NULL DEFAULT 0,
                        bytes_loaded bigint NOT NULL DEFAULT 0,
                        PRIMARY KEY (task_id, schema_name, table_name)
                    )""");
            LoadNotes.ensure(statement);
        }
    }

    /** Whether there is a table of tasks, of whatever version. */
    static boolean exists(Connection target) throws SQLException {
        return Bookkeeping.holds(target, "task");
    }

    private static boolean complete(Connection target) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT to_regclass('_sluice.load_piece') IS NOT NULL
                   AND EXISTS (SELECT FROM pg_attribute
                               WHERE attrelid = to_regclass('_sluice.task') AND attname = 'generation')
                   AND EXISTS (SELECT FROM pg_attribute
                               WHERE attrelid = to_regclass('_sluice.table_load') AND attname = 'source_shape')""");
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getBoolean(1);
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
            statement.execute("SET LOCAL lock_timeout = '3s'");
            Bookkeeping.lock(statement);
            try (ResultSet row = statement.executeQuery("SELECT EXISTS (SELECT FROM _sluice.task)")) {
                row.next();
                if (row.getBoolean(1)) {
                    return;
                }
            }
            statement.execute("LOCK TABLE _sluice.task IN ACCESS EXCLUSIVE MODE");
            try (ResultSet row = statement.executeQuery("SELECT NOT EXISTS (SELECT FROM _sluice.task)")) {
                row.next();
                if (!row.getBoolean(1)) {
                    return;
                }
            }
            statement.execute(
                    "DROP TABLE IF EXISTS _sluice.repaired_row, _sluice.comparison_row, _sluice.comparison_table,"
                            + " _sluice.cutover, _sluice.exception, _sluice.structure_object, _sluice.load_piece,"
                            + " _sluice.table_load, _sluice.table_turn, _sluice.untouched_column, _sluice.lane,"
                            + " _sluice.lane_layout, _sluice.task");
            statement.execute("DROP SCHEMA _sluice");
        }
    }
}
