package io.sluice.apply.load;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.SnapshotFence;
import io.sluice.postgres.WalEnd;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A snapshot of the source that other sessions can read under, as long as this one is open. See "Snapshot Synchronization
 * Functions", section 9.28.5 of the manual.
 */
final class SourceSnapshot {

    /** What a server says of a snapshot that is not there: 22023 up to PostgreSQL 16, 42704 since. */
    private static final String INVALID_PARAMETER = "22023";

    private static final String UNDEFINED_OBJECT = "42704";

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
            // Since 13 the function has another name, too, and the same result.
            try (ResultSet row = statement.executeQuery("SELECT pg_export_snapshot(), txid_current_snapshot()::text")) {
                row.next();
                String id = row.getString(1);
                String snapshot = row.getString(2);
                // Read after the snapshot: whatever the snapshot sees was written to the WAL before this point.
                Lsn until = WalEnd.read(holder.connection());
                return new SourceSnapshot(id, SnapshotFence.parse(snapshot, until));
            }
        }
    }

    SnapshotFence fence() {
        return fence;
    }

    /**
     * Lets the session's current transaction, which must have done nothing yet, read under this snapshot.
     *
     * @throws SluiceException {@code CONNECTION_LOST} when the session that holds it is gone
     */
    void join(Connection reader) throws SQLException {
        try (Statement statement = reader.createStatement()) {
            statement.execute(BEGIN + "; SET TRANSACTION SNAPSHOT " + Identifier.literal(id));
        } catch (SQLException e) {
            if (INVALID_PARAMETER.equals(e.getSQLState()) || UNDEFINED_OBJECT.equals(e.getSQLState())) {
                throw new SluiceException(
                        ErrorCode.CONNECTION_LOST,
                        "The session that holds the snapshot of the source has ended; the load goes on under a new one.",
                        e);
            }
            throw e;
        }
    }
}
