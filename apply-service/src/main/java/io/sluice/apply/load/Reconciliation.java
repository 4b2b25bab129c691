package io.sluice.apply.load;

import io.sluice.postgres.SnapshotFence;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jboss.logging.Logger;

/**
 * Brings a table whose pieces were copied under several snapshots to the newest of them, exactly.
 *
 * <p>The first round copies the rows of its snapshot; every later one only rows that have not changed since then. So what
 * the table holds are rows of the first snapshot: those that are unchanged up to now, all of them, and some that were
 * updated or deleted since. The latter go, found by key, and everything that was written since comes: then the table
 * equals the newest snapshot, which becomes its fence. No stream has to mend it, no key is ever broken.
 */
final class Reconciliation {

    private static final Logger LOG = Logger.getLogger(Reconciliation.class);

    private static final String CHANGED = "pg_temp.sluice_changed";
    private static final String KEYS = "pg_temp.sluice_keys";

    private final CopyPipe pipe;
    private final SourceTable table;
    private final SnapshotFence first;
    private final CopySql sql;
    private final TargetDialect dialect;

    Reconciliation(CopyPipe pipe, SourceTable table, SnapshotFence first, CopySql sql, TargetDialect dialect) {
        this.pipe = pipe;
        this.table = table;
        this.first = first;
        this.sql = sql;
        this.dialect = dialect;
    }

    /**
     * In the transactions of both connections.
     *
     * @return how many rows the table has; -1 when it cannot be brought there and must begin again: a table without a key
     *     of which rows have changed, or one that was changed on the target
     */
    long run(Connection source, Connection target, CopyPipe.Meter meter) throws SQLException {
        String what = "table " + table.name();
        execute(target, sql.stage(CHANGED));
        long changed = pipe.run(source, target, sql.readChanged(first), sql.writeInto(CHANGED), what, meter)
                .rows();
        if (!table.key().isEmpty()) {
            execute(target, "ANALYZE " + CHANGED);
            execute(target, sql.deleteThoseIn(CHANGED));
        }
        long unchanged = number(source, sql.countUnchanged(first));
        if (number(target, sql.count()) != unchanged) {
            if (table.key().isEmpty()) {
                return -1;
            }
            deleteThoseGone(source, target, what);
            if (number(target, sql.count()) != unchanged) {
                LOG.warnf(
                        "Pieces of a table do not make a whole, it begins again; was it changed on the target? table=%s",
                        table.name());
                return -1;
            }
        }
        execute(target, sql.insertFrom(CHANGED, dialect.overridingIdentity()));
        execute(target, "DROP TABLE " + CHANGED);
        return unchanged + changed;
    }

    private void deleteThoseGone(Connection source, Connection target, String what) throws SQLException {
        execute(target, sql.stageKeys(KEYS));
        pipe.run(source, target, sql.readUnchangedKeys(first), sql.writeKeysInto(KEYS), what, (rows, bytes) -> {});
        execute(target, "ANALYZE " + KEYS);
        execute(target, sql.deleteThoseNotIn(KEYS));
        execute(target, "DROP TABLE " + KEYS);
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static long number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }
}
