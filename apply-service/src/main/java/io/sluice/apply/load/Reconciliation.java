package io.sluice.apply.load;

import io.sluice.postgres.SnapshotFence;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;

/**
 * Brings a table whose pieces were copied under several snapshots to the newest of them, exactly.
 *
 * <p>The first round copies the rows of its snapshot; every later one only rows that have not changed since then. So what
 * the table holds are rows of the first snapshot: those that are unchanged up to now, all of them, and some that were
 * updated or deleted since. The latter go, found by key among the few that a count does not rule out, and everything that was written since comes: then the table
 * equals the newest snapshot, which becomes its fence. No stream has to mend it, no key is ever broken.
 */
final class Reconciliation {

    private static final Logger LOG = Logger.getLogger(Reconciliation.class);

    /** Servers before PostgreSQL 14 look through them for each row. */
    private static final int MOST_BUCKETS = 2_048;

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
     * @param meter hears of rows that are copied
     * @param keysMeter hears of keys, which are no rows but go over the wire as well
     * @return how many rows the table has; -1 when it cannot be brought there and must begin again: a table without a key
     *     of which rows have changed, or one that was changed on the target
     */
    long run(Connection source, Connection target, CopyPipe.Meter meter, CopyPipe.Meter keysMeter) throws SQLException {
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
            deleteThoseGone(source, target, what, keysMeter);
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

    private void deleteThoseGone(Connection source, Connection target, String what, CopyPipe.Meter meter)
            throws SQLException {
        int[] buckets = bucketsThatDiffer(source, target);
        execute(target, sql.stageKeys(KEYS));
        pipe.run(source, target, sql.readUnchangedKeys(first, buckets), sql.writeKeysInto(KEYS), what, meter);
        execute(target, "ANALYZE " + KEYS);
        execute(target, sql.deleteThoseNotIn(KEYS, buckets));
        execute(target, "DROP TABLE " + KEYS);
    }

    /**
     * Where the rows are that the target has too many; what it should have it has, so that their number says it. Empty for
     * everywhere: there are too many of these places, or keys have other texts there, so that they are told apart otherwise.
     */
    private int[] bucketsThatDiffer(Connection source, Connection target) throws SQLException {
        long[] more = new long[CopySql.BUCKETS];
        count(target, sql.countByBucket(), more, 1);
        count(source, sql.countUnchangedByBucket(first), more, -1);
        int[] differing = IntStream.range(0, more.length)
                .filter(bucket -> more[bucket] != 0)
                .toArray();
        boolean otherTexts = Arrays.stream(more).anyMatch(count -> count < 0);
        return otherTexts || differing.length > MOST_BUCKETS ? new int[0] : differing;
    }

    private static void count(Connection connection, String sql, long[] counts, int sign) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                counts[row.getInt(1)] += sign * row.getLong(2);
            }
        }
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
