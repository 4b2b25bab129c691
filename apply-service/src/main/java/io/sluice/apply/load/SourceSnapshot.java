package io.sluice.apply.load;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.change.Lsn;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.SnapshotFence;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A snapshot of the source that other sessions can read under, as long as this one is open. See "Snapshot Synchronization
 * Functions", section 9.28.5 of the manual.
 */
final class SourceSnapshot {

    private static final String BEGIN = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";

    private final String id;
    private final SnapshotFence fence;

    private SourceSnapshot(String id, SnapshotFence fence) {
        this.id = id;
        this.fence = fence;
    }

    /**
     * Begins the transaction that holds the snapshot; the session must do nothing else until the copy is done. It takes no
     * locks on the tables: a TRUNCATE or ALTER TABLE that waited for one would keep the workers' COPY waiting behind it.
     */
    static SourceSnapshot take(DatabaseSession holder) throws SQLException {
        try (Statement statement = holder.connection().createStatement()) {
            statement.execute(BEGIN);
            // Before PostgreSQL 13 the function had another name, and the same result.
            String current = holder.connection().getMetaData().getDatabaseMajorVersion() >= 13
                    ? "pg_current_snapshot()"
                    : "txid_current_snapshot()";
            try (ResultSet row = statement.executeQuery("SELECT pg_export_snapshot(), " + current + "::text")) {
                row.next();
                String id = row.getString(1);
                String snapshot = row.getString(2);
                // Read after the snapshot: whatever the snapshot sees was written to the WAL before this point. The
                // insert position, since a commit can be visible before it is flushed (synchronous_commit = off).
                try (ResultSet wal = statement.executeQuery("SELECT pg_current_wal_insert_lsn()::text")) {
                    wal.next();
                    return new SourceSnapshot(id, SnapshotFence.parse(snapshot, Lsn.parse(wal.getString(1))));
                }
            }
        }
    }

    SnapshotFence fence() {
        return fence;
    }

    /** Lets the session's current transaction, which must have done nothing yet, read under this snapshot. */
    void join(Connection reader) throws SQLException {
        try (Statement statement = reader.createStatement()) {
            statement.execute(BEGIN);
            statement.execute("SET TRANSACTION SNAPSHOT " + Identifier.literal(id));
        }
    }
}
