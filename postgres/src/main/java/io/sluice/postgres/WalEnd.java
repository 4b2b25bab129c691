package io.sluice.postgres;

import io.sluice.contracts.change.Lsn;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Where a server's log ends. */
public final class WalEnd {

    /** The insert position, since a commit can be visible before it is flushed; a standby has what it has replayed. */
    private static final String SQL = """
            SELECT CASE WHEN pg_is_in_recovery() THEN coalesce(pg_last_wal_replay_lsn(), '0/0')
                ELSE pg_current_wal_insert_lsn() END::text
            """;

    /** As these functions were called before PostgreSQL 10. */
    private static final String BEFORE_10 = """
            SELECT CASE WHEN pg_is_in_recovery() THEN coalesce(pg_last_xlog_replay_location(), '0/0')
                ELSE pg_current_xlog_insert_location() END::text
            """;

    private WalEnd() {}

    /** Whatever was visible before this call was written before the position. */
    public static Lsn read(Connection connection) throws SQLException {
        String sql = connection.getMetaData().getDatabaseMajorVersion() < 10 ? BEFORE_10 : SQL;
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return Lsn.parse(row.getString(1));
        }
    }
}
