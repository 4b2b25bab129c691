package io.sluice.task.precheck.check;

import io.sluice.postgres.Identifier;
import java.sql.SQLException;
import java.util.List;

/** Enough connections for the workers of the load, and for the lanes of the changes after it. */
final class TargetSessionsCheck implements Check {

    /** Besides the workers: applying, the structure, and one to look after them. */
    private static final int OTHERS = 3;

    /** How many sessions are still to be had from the server, the database and the role; -1 is without limit. */
    private record Limit(String name, long left, String fix) {}

    @Override
    public About about() {
        return About.target("target-sessions", Group.TARGET_SETTINGS).ofTheMoment();
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        Query query = subject.target();
        int lanes = subject.spec().changes().lanes();
        int needed = Math.max(subject.spec().loadWorkers(), lanes - 1) + OTHERS;
        String database = Identifier.quote(subject.spec().target().database());
        String role = query.role();
        // Our own sessions are gone by then.
        long server = query.number("""
                SELECT current_setting('max_connections')::int
                    - (SELECT coalesce(sum(setting::int), 0) FROM pg_settings
                       WHERE name IN ('superuser_reserved_connections', 'sysadmin_reserved_connections'))
                    - (SELECT count(*) FROM pg_stat_activity WHERE client_port IS NOT NULL
                       AND application_name IS DISTINCT FROM current_setting('application_name'))
                """);
        long ofDatabase = query.number("""
                SELECT CASE WHEN datconnlimit < 0 THEN -1 ELSE greatest(0, datconnlimit - (
                    SELECT count(*) FROM pg_stat_activity a WHERE a.datname = d.datname
                    AND a.application_name IS DISTINCT FROM current_setting('application_name'))) END
                FROM pg_database d WHERE datname = current_database()
                """);
        long ofRole = query.number("""
                SELECT CASE WHEN rolconnlimit < 0 THEN -1 ELSE greatest(0, rolconnlimit - (
                    SELECT count(*) FROM pg_stat_activity a WHERE a.usename = r.rolname
                    AND a.application_name IS DISTINCT FROM current_setting('application_name'))) END
                FROM pg_roles r WHERE rolname = current_user
                """);
        for (Limit limit : List.of(
                new Limit(
                        "the server (max_connections)",
                        Math.max(0, server),
                        "ALTER SYSTEM SET max_connections = " + (needed + 100) + ";"),
                new Limit(
                        "the database",
                        ofDatabase,
                        "ALTER DATABASE " + database + " CONNECTION LIMIT " + (needed + 10) + ";"),
                new Limit("the user", ofRole, "ALTER ROLE " + role + " CONNECTION LIMIT " + (needed + 10) + ";"))) {
            if (limit.left() >= 0 && limit.left() < needed) {
                findings.warn(
                        "fullLoad.workers",
                        "Of the connections of " + limit.name() + " on the target " + limit.left() + " are free; the"
                                + " task takes up to " + needed + ". Lower fullLoad.workers"
                                + (lanes > 1 ? " and changes.lanes" : "") + ", or raise the limit (of the"
                                + " server with a restart).",
                        limit.fix());
            }
        }
    }
}
