package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import java.sql.SQLException;

/**
 * A source that is a standby: changes are not read from it, and a load needs {@code hot_standby_feedback}, else the
 * primary's VACUUM cancels its long snapshot ("Hot Standby", section 26.4.2 of the manual).
 */
final class StandbyCheck implements Check {

    @Override
    public About about() {
        return About.source("standby", Group.SOURCE_SETTINGS);
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        Query query = subject.source();
        if (!query.recovering()) {
            return;
        }
        if (subject.streams()) {
            findings.fail(
                    "source.host",
                    ErrorCode.SOURCE_IS_STANDBY,
                    "The source is a standby, which takes neither the publication nor the heartbeats of a stream: give the"
                            + " address of its primary. A load alone (mode FULL) can read from a standby.",
                    "");
        } else if (!query.flag("SELECT current_setting('hot_standby_feedback')::boolean")) {
            findings.fail(
                    "source.host",
                    ErrorCode.SOURCE_IS_STANDBY,
                    "The source is a standby without hot_standby_feedback: the primary would remove rows that the load"
                            + " still reads, and the load would be cancelled. Give the address of the primary, or set it"
                            + " on the standby.",
                    "ALTER SYSTEM SET hot_standby_feedback = 'on'; SELECT pg_reload_conf();");
        }
    }
}
