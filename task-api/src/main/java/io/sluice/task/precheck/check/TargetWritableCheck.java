package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.postgres.Identifier;
import java.sql.SQLException;

/** The target must take writes. */
final class TargetWritableCheck implements Check {

    @Override
    public About about() {
        return About.target("target-writable", Group.TARGET_SETTINGS);
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        Query query = subject.target();
        if (query.flag("SELECT pg_is_in_recovery()")) {
            findings.fail(
                    "target.host",
                    ErrorCode.TARGET_READ_ONLY,
                    "The target is a standby: give the address of its primary.",
                    "");
        }
        // The value that sessions begin with; ours is read-only by our own doing.
        if (query.flag("SELECT reset_val = 'on' FROM pg_settings WHERE name = 'default_transaction_read_only'")) {
            findings.fail(
                    "target",
                    ErrorCode.TARGET_READ_ONLY,
                    "Transactions on the target are read-only (default_transaction_read_only is on): set it to off for"
                            + " the server, the database or the user.",
                    "ALTER DATABASE " + Identifier.quote(subject.spec().target().database())
                            + " SET default_transaction_read_only = off;");
        }
    }
}
