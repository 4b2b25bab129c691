package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import java.sql.SQLException;

/** A free WAL sender. */
final class FreeSenderCheck implements Check {

    @Override
    public About about() {
        return About.source("free-sender", Group.SOURCE_SETTINGS);
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        Query query = subject.source();
        long maximum = query.number("SELECT current_setting('max_wal_senders')::int");
        long taken = query.number("SELECT count(*) FROM pg_stat_replication");
        if (subject.streams() && taken >= maximum) {
            findings.fail(
                    "source",
                    ErrorCode.NO_FREE_WAL_SENDER,
                    "All " + maximum + " WAL senders of the source are taken. Raise the number and restart the source.",
                    "ALTER SYSTEM SET max_wal_senders = " + (maximum + 10) + ";");
        }
    }
}
