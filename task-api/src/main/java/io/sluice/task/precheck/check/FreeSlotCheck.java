package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.postgres.Identifier;
import java.sql.SQLException;
import java.util.List;

/** A free replication slot. */
final class FreeSlotCheck implements Check {

    @Override
    public About about() {
        return About.source("free-slot", Group.SOURCE_SETTINGS);
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        Query query = subject.source();
        long maximum = query.number("SELECT current_setting('max_replication_slots')::int");
        long taken = query.number("SELECT count(*) FROM pg_replication_slots");
        if (!subject.streams() || taken < maximum) {
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
                "All " + maximum + " replication slots of the source are taken." + unused
                        + " Drop one that nobody needs any more, or raise the number and restart the source.",
                drop + "ALTER SYSTEM SET max_replication_slots = " + (maximum + 10) + ";",
                idle);
    }
}
