package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.Dialect;
import io.sluice.postgres.Identifier;
import java.sql.SQLException;
import java.util.Locale;

/** The target's version, and whether it is what the task says it is. */
final class TargetVersionCheck implements Check {

    private static final int VERSION = 12;

    @Override
    public About about() {
        return About.target("target-version", Group.VERSION);
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        Query query = subject.target();
        int version = query.majorVersion();
        String named = query.text("SELECT version()");
        Dialect dialect = subject.spec().dialect();
        if (!fits(dialect, named)) {
            findings.fail(
                    "target.dialect",
                    ErrorCode.TARGET_VERSION_UNSUPPORTED,
                    "The target is no " + dialect.label() + ": it says \"" + named + "\". Correct target.dialect.",
                    "");
        } else if (!gauss(dialect) && version < VERSION) {
            findings.fail(
                    "target",
                    ErrorCode.TARGET_VERSION_UNSUPPORTED,
                    "The target is PostgreSQL " + version + "; " + VERSION + " or newer is needed.",
                    "");
        } else if (dialect == Dialect.CITUS
                && query.flag("SELECT count(*) = 0 FROM pg_proc WHERE proname = 'create_distributed_table'")) {
            findings.fail(
                    "target.dialect",
                    ErrorCode.TARGET_VERSION_UNSUPPORTED,
                    "The target's database does not have the extension citus. Create it there, or correct"
                            + " target.dialect.",
                    "CREATE EXTENSION citus;");
        } else {
            judgeEmptyText(
                    query.flag("SELECT '' IS NULL"), subject.spec().target().database(), findings);
            if (gauss(dialect)) {
                findings.warn(
                        "target.dialect",
                        "Sluice's statements for " + dialect.label() + " are checked against openGauss' grammar and"
                                + " carried out on a PostgreSQL that refuses what GaussDB refuses, but this version was"
                                + " never run against a real server. Try it with a copy first, and compare the rows.",
                        "");
            }
        }
    }

    /** The default of openGauss, which is compatible with Oracle. */
    static void judgeEmptyText(boolean isNull, String database, Findings findings) {
        if (isNull) {
            findings.fail(
                    "target.database",
                    ErrorCode.TARGET_VERSION_UNSUPPORTED,
                    "The target's database takes an empty text for null, so that rows would change. How it treats them is"
                            + " chosen when a database is made: make another one on the target.",
                    "CREATE DATABASE " + Identifier.quote(database + "_new") + " DBCOMPATIBILITY 'PG';");
        }
    }

    /** openGauss and GaussDB say so in version(), and carry the version number of the PostgreSQL 9.2 they came from. */
    static boolean fits(Dialect dialect, String version) {
        return gauss(dialect) == gauss(version);
    }

    static boolean gauss(Dialect dialect) {
        return switch (dialect) {
            case POSTGRESQL, CITUS -> false;
            case OPENGAUSS, GAUSSDB_DISTRIBUTED -> true;
        };
    }

    private static boolean gauss(String version) {
        return version.toLowerCase(Locale.ROOT).contains("gauss");
    }
}
