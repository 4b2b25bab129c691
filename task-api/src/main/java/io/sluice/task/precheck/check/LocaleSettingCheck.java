package io.sluice.task.precheck.check;

import io.sluice.postgres.Identifier;
import java.sql.SQLException;
import java.util.List;

/**
 * A setting that should be alike on both sides, since it changes what stored or computed values mean.
 *
 * @param read what to ask
 * @param why what happens when they differ
 */
record LocaleSettingCheck(String key, String name, String read, String why) implements Check {

    // The driver sets the time zone of our sessions. What others begin with is: the database's own, else the server's,
    // which only superusers may read; initdb sets that of the log to the same.
    static final List<Check> ALL = List.of(
            new LocaleSettingCheck(
                    "time-zone",
                    "TimeZone",
                    """
                    SELECT coalesce(
                        (SELECT substr(line, 10) FROM pg_db_role_setting s CROSS JOIN unnest(s.setconfig) AS line
                         WHERE s.setrole = 0 AND s.setdatabase = (SELECT oid FROM pg_database
                             WHERE datname = current_database()) AND line ILIKE 'timezone=%'),
                        current_setting('log_timezone'))
                    """,
                    "defaults and functions that turn a timestamp into local time, or a date into an instant, give"
                            + " other values there"),
            new LocaleSettingCheck(
                    "money-format",
                    "lc_monetary",
                    "SELECT current_setting('lc_monetary')",
                    "values of type money are written and read with another currency and other decimals there"));

    @Override
    public About about() {
        return About.both(key, Group.TARGET_SETTINGS);
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        String source = subject.source().text(read);
        String target = subject.target().text(read);
        if (!source.equals(target)) {
            findings.warn(
                    "target.database",
                    name + " is " + source + " on the source and " + target + " on the target: " + why + ".",
                    "ALTER DATABASE " + Identifier.quote(subject.spec().target().database()) + " SET " + name + " = "
                            + Identifier.literal(source) + ";");
        }
    }
}
