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

    static final List<Check> ALL = List.of(
            new TimeZoneCheck(),
            new LocaleSettingCheck(
                    "money-format",
                    "lc_monetary",
                    "SELECT reset_val FROM pg_settings WHERE name = 'lc_monetary'",
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
