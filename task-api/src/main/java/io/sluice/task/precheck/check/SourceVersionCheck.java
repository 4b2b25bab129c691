package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import java.sql.SQLException;

/** The source's version. */
final class SourceVersionCheck implements Check {

    /** The heartbeat needs pg_logical_emit_message, row snapshots pg_current_snapshot, the stream a slot: 14 has all. */
    private static final int STREAMING_VERSION = 14;

    private static final int LOADING_VERSION = 12;

    @Override
    public About about() {
        return About.source("source-version", Group.VERSION);
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        int version = subject.source().majorVersion();
        int needed = subject.streams() ? STREAMING_VERSION : LOADING_VERSION;
        if (version < needed) {
            findings.fail(
                    "source",
                    ErrorCode.SOURCE_VERSION_UNSUPPORTED,
                    "The source is PostgreSQL " + version + "; "
                            + subject.spec().mode() + " needs " + needed + " or newer. Upgrade the source first.",
                    "");
        }
    }
}
