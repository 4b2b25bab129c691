package io.sluice.task.precheck.check;

import io.sluice.postgres.Identifier;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * The time zone in which sessions of others begin: the database's own, else that of the server's configuration, which
 * not everybody may read. The driver sets another one for our sessions.
 */
final class TimeZoneCheck implements Check {

    private static final String OF_DATABASE = """
            SELECT substr(line, 10) FROM (
                SELECT unnest(setconfig) AS line FROM pg_db_role_setting
                WHERE setrole = 0 AND setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())) AS s
            WHERE line ILIKE 'timezone=%'
            """;

    /** Since PostgreSQL 9.5, and not in openGauss. */
    private static final String HAS_FILE_SETTINGS =
            "SELECT count(*) > 0 FROM pg_class WHERE relname = 'pg_file_settings'";

    private static final String MAY_READ = """
            SELECT has_table_privilege('pg_file_settings', 'SELECT')
               AND has_function_privilege('pg_show_all_file_settings()', 'EXECUTE')
            """;

    /** Later lines count; without any it is GMT ("Client Connection Defaults", chapter 19.11 of the manual). */
    private static final String OF_SERVER = """
            SELECT coalesce((SELECT setting FROM pg_file_settings
                WHERE lower(name) = 'timezone' AND error IS NULL ORDER BY seqno DESC LIMIT 1), 'GMT')
            """;

    @Override
    public About about() {
        return About.both("time-zone", Group.TARGET_SETTINGS);
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        String source = find(subject.source());
        String target = find(subject.target());
        if (source == null || target == null) {
            findings.remark(
                    "The time zone of the " + (source == null ? "source" : "target")
                            + " could not be seen: its user may not read pg_file_settings. Compare SHOW TimeZone on both sides:"
                            + " where it differs, defaults and functions that turn a timestamp into local time give other values.");
        } else if (!source.equals(target)) {
            findings.warn(
                    "target.database",
                    "TimeZone is " + source + " on the source and " + target + " on the target: defaults and functions"
                            + " that turn a timestamp into local time, or a date into an instant, give other values"
                            + " there.",
                    "ALTER DATABASE " + Identifier.quote(subject.spec().target().database()) + " SET TimeZone = "
                            + Identifier.literal(source) + ";");
        }
    }

    private static @Nullable String find(Query query) throws SQLException {
        for (String own : query.list(OF_DATABASE, row -> row.getString(1))) {
            return own;
        }
        return query.flag(HAS_FILE_SETTINGS) && query.flag(MAY_READ) ? query.text(OF_SERVER) : null;
    }
}
