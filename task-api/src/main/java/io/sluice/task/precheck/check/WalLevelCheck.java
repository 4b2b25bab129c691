package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import java.sql.SQLException;

/** {@code wal_level}. */
final class WalLevelCheck implements Check {

    @Override
    public About about() {
        return About.source("wal-level", Group.SOURCE_SETTINGS);
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        String level = subject.source().text("SELECT current_setting('wal_level')");
        if (subject.streams() && !"logical".equals(level)) {
            findings.fail(
                    "source",
                    ErrorCode.WAL_LEVEL_NOT_LOGICAL,
                    "The source's wal_level is " + level + "; changes can be read only with logical. Set it and restart"
                            + " the source (managed services have a parameter for it, such as"
                            + " rds.logical_replication).",
                    "ALTER SYSTEM SET wal_level = 'logical';");
        }
    }
}
