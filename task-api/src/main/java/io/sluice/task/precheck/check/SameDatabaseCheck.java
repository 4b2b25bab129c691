package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.Endpoint;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Source and target must not be one database. Needs neither: by their addresses it can always be told. */
final class SameDatabaseCheck implements Check {

    /**
     * A running database. Its system's identifier is made by initdb and kept by every copy of the cluster.
     *
     * @param began when its server was started: a copy that was promoted is another database
     * @param recovering a standby is the database of its primary
     */
    record Identity(String system, String database, String began, boolean recovering) {

        static Identity of(Connection connection) throws SQLException {
            return new Query(connection)
                    .list(
                            """
                            SELECT system_identifier::text, current_database(), pg_postmaster_start_time()::text,
                                pg_is_in_recovery()
                            FROM pg_control_system()
                            """,
                            row -> new Identity(
                                    row.getString(1), row.getString(2), row.getString(3), row.getBoolean(4)))
                    .getFirst();
        }

        boolean sameAs(Identity other) {
            return system.equals(other.system)
                    && database.equals(other.database)
                    && (began.equals(other.began) || recovering || other.recovering);
        }
    }

    @Override
    public About about() {
        return new About("same-database", Group.CONNECTION, false, false, false);
    }

    @Override
    public void run(Subject subject, Findings findings) {
        Endpoint source = subject.spec().source();
        if (sameAddress(source, subject.spec().target())
                || sameServer(subject.sourceConnection(), subject.targetConnection())) {
            findings.fail(
                    "target.database",
                    ErrorCode.SAME_DATABASE,
                    "Source and target are the same database (" + source.address() + "): choose another target.",
                    "");
        }
    }

    private static boolean sameAddress(Endpoint source, Endpoint target) {
        return source.address().toLowerCase(Locale.ROOT).equals(target.address().toLowerCase(Locale.ROOT))
                && source.database().equals(target.database());
    }

    /** Also under two names. */
    private static boolean sameServer(@Nullable Connection source, @Nullable Connection target) {
        if (source == null || target == null) {
            return false;
        }
        try {
            return Identity.of(source).sameAs(Identity.of(target));
        } catch (SQLException e) {
            // Some managed services keep this function for themselves; then the addresses have to do.
            return false;
        }
    }
}
