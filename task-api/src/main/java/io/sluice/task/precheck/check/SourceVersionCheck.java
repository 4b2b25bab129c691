package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.ChangeChoice;
import java.sql.SQLException;

/** The source's version. */
final class SourceVersionCheck implements Check {

    /** As {@code server_version_num}: what else is read with is not in older ones. */
    private static final int OLDEST = 90_600;

    /** Publications. */
    private static final int STREAMS = 10;

    private static final int TRUNCATES = 11;

    /** pg_copy_logical_replication_slot. */
    private static final int COPIES_SLOTS = 12;

    @Override
    public About about() {
        return About.source("source-version", Group.VERSION);
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        if (subject.source().number("SELECT current_setting('server_version_num')::int") < OLDEST) {
            findings.fail(
                    "source",
                    ErrorCode.SOURCE_VERSION_UNSUPPORTED,
                    "The source is PostgreSQL " + subject.source().text("SHOW server_version")
                            + "; 9.6 or newer is needed, and " + STREAMS + " or newer for changes. Upgrade the source"
                            + " first.",
                    "");
            return;
        }
        judge(
                subject.source().majorVersion(),
                subject.streams(),
                subject.spec().changeLimits().from() != null,
                subject.streams() && subject.spec().changes().operations().contains(ChangeChoice.Operation.TRUNCATE),
                findings);
    }

    /**
     * @param streams changes are to be carried over
     * @param copies the task begins at a copy of another slot
     * @param truncates TRUNCATE is to be carried over
     */
    static void judge(int version, boolean streams, boolean copies, boolean truncates, Findings findings) {
        if (version < STREAMS && streams) {
            findings.fail(
                    "mode",
                    ErrorCode.SOURCE_VERSION_UNSUPPORTED,
                    "The source is PostgreSQL 9.6, which has no publications: changes come from " + STREAMS
                            + " or newer. Load it alone (mode FULL), or upgrade the source first.",
                    "");
        } else if (version < COPIES_SLOTS && copies) {
            findings.fail(
                    "incremental.from",
                    ErrorCode.SOURCE_VERSION_UNSUPPORTED,
                    "The source is PostgreSQL " + version + ", which cannot copy a replication slot: incremental.from"
                            + " needs " + COPIES_SLOTS + " or newer. Begin from now, or upgrade the source first.",
                    "");
        }
        if (version >= STREAMS && version < TRUNCATES && truncates) {
            findings.warn(
                    "changes.operations",
                    "The source is PostgreSQL " + version
                            + ", which does not publish TRUNCATE: rows that one removes stay"
                            + " on the target. Reload the table after it, or delete with DELETE.",
                    "");
        }
    }
}
