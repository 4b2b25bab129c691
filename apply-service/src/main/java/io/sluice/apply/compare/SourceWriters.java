package io.sluice.apply.compare;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.postgres.Identifier;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Transactions at the source whose rows the target may have although nobody sees them at the source yet: the stream brings a
 * transaction as soon as its commit is in the WAL, and others see it only when it has ended, before which it may wait for a
 * synchronous standby. Until then it holds its lock on the table. Used by one thread.
 */
final class SourceWriters {

    private final DatabaseSession source;
    private final List<Relation> relations;

    SourceWriters(DatabaseSession source, List<Relation> relations) {
        this.source = source;
        this.relations = relations;
    }

    /** Those that have written to one of the tables and may be committing now. A name is never used again. */
    Set<String> now() {
        return source.inTransaction("looking for transactions that commit", connection -> {
            Set<String> writers = new HashSet<>();
            for (Relation relation : relations) {
                // Who waits for his client has not begun to commit. Of others' sessions one may not see that; these
                // count.
                try (PreparedStatement statement = connection.prepareStatement("""
                        WITH RECURSIVE tree (oid) AS (
                            SELECT to_regclass(?)::oid
                            UNION
                            SELECT i.inhrelid FROM pg_inherits i JOIN tree ON i.inhparent = tree.oid)
                        SELECT DISTINCT l.virtualtransaction
                        FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
                        WHERE l.locktype = 'relation' AND l.granted AND l.relation IN (SELECT oid FROM tree)
                          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                          AND l.mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock',
                                         'AccessExclusiveLock')
                          AND coalesce(a.state, '') NOT LIKE 'idle%'""")) {
                    statement.setString(1, Identifier.quote(relation.name()));
                    try (ResultSet row = statement.executeQuery()) {
                        while (row.next()) {
                            writers.add(row.getString(1));
                        }
                    }
                }
            }
            return writers;
        });
    }
}
