package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.ChangeChoice;
import java.sql.SQLException;

/** Carrying DDL over takes event triggers at the source, which superusers alone may make, and whom a provider lets. */
final class DdlCaptureCheck implements Check {

    /** Logical messages in pgoutput. */
    private static final int MESSAGES_SINCE = 14;

    @Override
    public About about() {
        return About.source("ddl-capture", Group.PRIVILEGES);
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        if (!subject.streams() || !subject.spec().changes().operations().contains(ChangeChoice.Operation.DDL)) {
            return;
        }
        Query query = subject.source();
        int version = query.majorVersion();
        if (version < MESSAGES_SINCE) {
            findings.fail(
                    "changes.operations",
                    ErrorCode.SOURCE_VERSION_UNSUPPORTED,
                    "The source is PostgreSQL " + version + ", whose stream does not carry the messages that tell of"
                            + " DDL: that needs " + MESSAGES_SINCE
                            + " or newer. Leave DDL out of changes.operations, or"
                            + " upgrade the source first.",
                    "");
            return;
        }
        boolean may = query.flag("""
                SELECT r.rolsuper OR EXISTS (
                    SELECT FROM pg_roles m
                    WHERE m.rolname IN ('rds_superuser', 'cloudsqlsuperuser', 'alloydbsuperuser', 'azure_pg_admin')
                      AND pg_has_role(m.oid, 'MEMBER'))
                FROM pg_roles r WHERE r.rolname = current_user
                """);
        if (!may) {
            findings.fail(
                    "changes.operations",
                    ErrorCode.PRIVILEGE_MISSING,
                    "The source's user may not make event triggers, without which DDL cannot be carried over. Use a"
                            + " superuser (or the administrator's role of a managed service), or leave DDL out of"
                            + " changes.operations.",
                    "ALTER ROLE " + query.role() + " SUPERUSER;");
        }
        if (!query.flag("SELECT EXISTS (SELECT FROM pg_language WHERE lanname = 'plpgsql')")) {
            findings.fail(
                    "changes.operations",
                    ErrorCode.PRIVILEGE_MISSING,
                    "The source lacks the language PL/pgSQL, in which the event triggers are written.",
                    "CREATE EXTENSION plpgsql;");
        }
    }
}
