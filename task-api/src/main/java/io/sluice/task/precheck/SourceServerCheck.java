package io.sluice.task.precheck;

import io.sluice.contracts.error.ErrorCode;
import java.sql.SQLException;

/** The source's version, and whether it is a primary. */
final class SourceServerCheck implements Check {

    /** The heartbeat needs pg_logical_emit_message, row snapshots pg_current_snapshot, the stream a slot: 14 has all. */
    private static final int STREAMING_VERSION = 14;

    private static final int LOADING_VERSION = 12;

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        Query query = new Query(subject.connection());
        long version = query.number("SELECT current_setting('server_version_num')::int / 10000");
        int needed = subject.streams() ? STREAMING_VERSION : LOADING_VERSION;
        if (version < needed) {
            findings.add(
                    "source",
                    ErrorCode.SOURCE_VERSION_UNSUPPORTED,
                    "The source is PostgreSQL " + version + "; "
                            + subject.spec().mode() + " needs " + needed + " or newer. Upgrade the source first.");
        }
        if (subject.streams() && query.flag("SELECT pg_is_in_recovery()")) {
            findings.add(
                    "source.host",
                    ErrorCode.SOURCE_IS_STANDBY,
                    "The source is a standby, from which changes cannot be read yet: give the address of the primary.");
        }
    }
}
