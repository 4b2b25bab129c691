package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.postgres.Identifier;
import java.sql.SQLException;
import java.util.List;

/** Free replication slots: one to keep, and one more while it is made (ADR 11). */
final class FreeSlotCheck implements Check {

    /** Older servers cannot move a slot on, and none is made to help. */
    private static final int PILOT_SINCE = 11;

    @Override
    public About about() {
        return About.source("free-slot", Group.SOURCE_SETTINGS);
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        Query query = subject.source();
        long maximum = query.number("SELECT current_setting('max_replication_slots')::int");
        long taken = query.number("SELECT count(*) FROM pg_replication_slots");
        boolean copied = subject.spec().changeLimits().from() != null;
        int needed = copied || query.majorVersion() < PILOT_SINCE ? 1 : 2;
        if (!subject.streams() || taken + needed <= maximum) {
            return;
        }
        List<String> idle = query.list(
                "SELECT slot_name FROM pg_replication_slots WHERE NOT active ORDER BY slot_name",
                row -> row.getString(1));
        String unused = idle.isEmpty() ? "" : " Not in use now: " + Findings.list(idle) + ".";
        String drop = idle.isEmpty()
                ? ""
                : "SELECT pg_drop_replication_slot(" + Identifier.literal(idle.getFirst()) + "); -- or ";
        findings.fail(
                "source",
                ErrorCode.NO_FREE_SLOT,
                (taken < maximum
                                ? "One replication slot of the source is free; a start needs two, of which one is kept."
                                : "All " + maximum + " replication slots of the source are taken.")
                        + unused + " Drop one that nobody needs any more, or raise the number and restart the source.",
                drop + "ALTER SYSTEM SET max_replication_slots = " + (maximum + 10) + ";",
                idle);
    }
}
