package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.postgres.Identifier;
import java.sql.SQLException;

/** What the source's role needs to stream: REPLICATION, and CREATE on the database for the publication. */
final class ReplicationRightsCheck implements Check {

    @Override
    public About about() {
        return About.source("source-replication", Group.PRIVILEGES);
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        if (!subject.streams()) {
            return;
        }
        Query query = subject.source();
        String role = query.role();
        // On Amazon RDS the attribute is given through membership in a role.
        boolean mayReplicate = query.flag("""
                SELECT r.rolsuper OR r.rolreplication OR EXISTS (
                    SELECT FROM pg_roles m WHERE m.rolname = 'rds_replication' AND pg_has_role(m.oid, 'MEMBER'))
                FROM pg_roles r WHERE r.rolname = current_user
                """);
        if (!mayReplicate) {
            findings.fail(
                    "source.username",
                    ErrorCode.PRIVILEGE_MISSING,
                    "The source's user may not read changes (on Amazon RDS it is GRANT rds_replication TO " + role
                            + ";).",
                    "ALTER ROLE " + role + " REPLICATION;");
        }
        if (!query.flag("SELECT has_database_privilege(current_database(), 'CREATE')")) {
            findings.fail(
                    "source.username",
                    ErrorCode.PRIVILEGE_MISSING,
                    "The source's user may not create a publication.",
                    "GRANT CREATE ON DATABASE "
                            + Identifier.quote(subject.spec().source().database()) + " TO " + role + ";");
        }
    }
}
