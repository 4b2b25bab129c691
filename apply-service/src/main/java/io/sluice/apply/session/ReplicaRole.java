package io.sluice.apply.session;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** {@code session_replication_role}, which an account may not be allowed to set. */
public final class ReplicaRole {

    private ReplicaRole() {}

    /** Whether triggers and foreign keys do not fire for what this session writes. */
    public static boolean isSet(Connection target) throws SQLException {
        try (Statement statement = target.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT current_setting('session_replication_role') = 'replica'")) {
            row.next();
            return row.getBoolean(1);
        }
    }
}
