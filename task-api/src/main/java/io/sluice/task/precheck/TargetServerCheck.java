package io.sluice.task.precheck;

import io.sluice.contracts.error.ErrorCode;
import java.sql.SQLException;

/** The target's version, and whether it takes writes. */
final class TargetServerCheck implements Check {

    private static final int VERSION = 12;

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        Query query = new Query(subject.connection());
        long version = query.number("SELECT current_setting('server_version_num')::int / 10000");
        if (version < VERSION) {
            findings.add(
                    "target",
                    ErrorCode.TARGET_VERSION_UNSUPPORTED,
                    "The target is PostgreSQL " + version + "; " + VERSION + " or newer is needed.");
        }
        if (query.flag("SELECT pg_is_in_recovery()")) {
            findings.add(
                    "target.host",
                    ErrorCode.TARGET_READ_ONLY,
                    "The target is a standby: give the address of its primary.");
        }
        // The value that sessions begin with; ours is read-only by our own doing.
        if (query.flag("SELECT reset_val = 'on' FROM pg_settings WHERE name = 'default_transaction_read_only'")) {
            findings.add(
                    "target",
                    ErrorCode.TARGET_READ_ONLY,
                    "Transactions on the target are read-only (default_transaction_read_only is on): set it to off for"
                            + " the server, the database or the user.");
        }
    }
}
