package io.sluice.task.precheck;

import io.sluice.contracts.error.ErrorCode;
import java.sql.SQLException;
import java.util.List;

/** {@code wal_level}, a free replication slot, a free WAL sender. */
final class WalSettingsCheck implements Check {

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        if (!subject.streams()) {
            return;
        }
        Query query = new Query(subject.connection());
        walLevel(query, findings);
        freeSlot(query, findings);
        freeSender(query, findings);
    }

    private static void walLevel(Query query, Findings findings) throws SQLException {
        String level = query.text("SELECT current_setting('wal_level')");
        if (!"logical".equals(level)) {
            findings.add(
                    "source",
                    ErrorCode.WAL_LEVEL_NOT_LOGICAL,
                    "The source's wal_level is " + level + "; changes can be read only with logical. Run ALTER SYSTEM"
                            + " SET wal_level = 'logical'; and restart the source (managed services have a parameter"
                            + " for it, such as rds.logical_replication).");
        }
    }

    private static void freeSlot(Query query, Findings findings) throws SQLException {
        long maximum = query.number("SELECT current_setting('max_replication_slots')::int");
        long taken = query.number("SELECT count(*) FROM pg_replication_slots");
        if (taken < maximum) {
            return;
        }
        List<String> idle = query.list(
                "SELECT slot_name FROM pg_replication_slots WHERE NOT active ORDER BY slot_name",
                row -> row.getString(1));
        String drop = idle.isEmpty()
                ? ""
                : " Not in use now: " + Findings.list(idle) + "; drop one that nobody needs any more with SELECT"
                        + " pg_drop_replication_slot('" + idle.getFirst().replace("'", "''") + "');";
        findings.add(
                "source",
                ErrorCode.NO_FREE_SLOT,
                "All " + maximum + " replication slots of the source are taken." + drop + " Or raise the number: ALTER"
                        + " SYSTEM SET max_replication_slots = " + (maximum + 10) + "; and restart the source.");
    }

    private static void freeSender(Query query, Findings findings) throws SQLException {
        long maximum = query.number("SELECT current_setting('max_wal_senders')::int");
        long taken = query.number("SELECT count(*) FROM pg_stat_replication");
        if (taken >= maximum) {
            findings.add(
                    "source",
                    ErrorCode.NO_FREE_WAL_SENDER,
                    "All " + maximum + " WAL senders of the source are taken. Run ALTER SYSTEM SET max_wal_senders = "
                            + (maximum + 10) + "; and restart the source.");
        }
    }
}
