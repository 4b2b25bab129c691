package io.sluice.task.precheck.check;

import java.sql.SQLException;
import java.sql.Statement;

/**
 * While rows are written to the target, its triggers and foreign keys must not fire. Tried, since who may do it differs:
 * superusers, and from PostgreSQL 15 on whoever was granted it.
 */
final class QuietTriggersCheck implements Check {

    private static final int GRANTABLE_SINCE = 15;
    private static final String INSUFFICIENT_PRIVILEGE = "42501";

    @Override
    public About about() {
        return About.target("target-triggers", Group.TARGET_SETTINGS);
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        Query query = subject.target();
        try (Statement statement = query.connection().createStatement()) {
            statement.execute("SET session_replication_role = replica");
            statement.execute("RESET session_replication_role");
        } catch (SQLException e) {
            if (!INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())) {
                throw e;
            }
            boolean grantable = query.majorVersion() >= GRANTABLE_SINCE;
            findings.warn(
                    "target.username",
                    "The target's user may not keep triggers and foreign keys from firing. Sluice makes its own only"
                            + " when they can do no harm, but those that are on the target's tables fire for every"
                            + " change that it applies, and a foreign key can refuse a change that comes before the row"
                            + " it points to. "
                            + (grantable
                                    ? "Use a superuser, or grant it."
                                    : "Use a superuser: before PostgreSQL 15 it cannot be granted."),
                    grantable
                            ? "GRANT SET ON PARAMETER session_replication_role TO " + query.role() + ";"
                            : "ALTER ROLE " + query.role() + " SUPERUSER;");
        }
    }
}
