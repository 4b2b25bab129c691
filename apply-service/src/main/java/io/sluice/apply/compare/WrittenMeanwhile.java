package io.sluice.apply.compare;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.change.Lsn;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;

/**
 * Says whether a table may have been written to while it was read under several snapshots. What was inserted or updated
 * shows by its transaction; when there is nothing of that, rows can only have gone, and then both sides have fewer than were
 * read.
 */
final class WrittenMeanwhile {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final ComparedTable table;
    private final Sessions sessions;
    private final AppliedPosition position;
    private final Pace pace;

    WrittenMeanwhile(ComparedTable table, Sessions sessions, AppliedPosition position, Pace pace) {
        this.pace = pace;
        this.table = table;
        this.sessions = sessions;
        this.position = position;
    }

    /** False only when it was surely left alone. */
    boolean test(ScanState read, long since) {
        boolean unused = pace.await();
        long began = System.nanoTime();
        boolean written = written(read, since);
        pace.read(2 * read.source().checksums().rows(), began);
        return written;
    }

    private boolean written(ScanState read, long since) {
        if (!untouched(read, since)) {
            return true;
        }
        Lsn end = position.sourceEnd();
        if (!position.hasAll(end, PATIENCE)) {
            return true;
        }
        Count there = count(sessions.targetScan(), table.targets(), "false");
        return there.all() != read.target().checksums().rows() || !untouched(read, since);
    }

    private boolean untouched(ScanState read, long since) {
        Count now = count(sessions.sourceScan(), table.sources(), since(since));
        return now.fresh() == 0 && now.all() == read.source().checksums().rows();
    }

    /**
     * The condition of rows that were written by a transaction or by later ones.
     *
     * @param transaction with the epoch, which a row is without
     */
    static String since(long transaction) {
        return "age(xmin) BETWEEN 0 AND age('" + (transaction & 0xFFFF_FFFFL) + "'::xid)";
    }

    /** @param fresh those for which a condition is true */
    private record Count(long all, long fresh) {}

    private Count count(DatabaseSession session, List<Relation> relations, String fresh) {
        return session.inTransaction("counting rows of table " + table.name(), connection -> {
            Count count = new Count(0, 0);
            for (Relation relation : relations) {
                try (Statement statement = connection.createStatement();
                        ResultSet row = statement.executeQuery("SELECT count(*), count(CASE WHEN " + fresh
                                + " THEN 1 END) FROM " + relation.rowsOf() + " WHERE " + relation.where("true"))) {
                    row.next();
                    count = new Count(count.all() + row.getLong(1), count.fresh() + row.getLong(2));
                }
            }
            return count;
        });
    }
}
