package io.sluice.task.precheck.check;

import java.sql.SQLException;
import java.util.List;
import java.util.function.LongPredicate;

/**
 * A setting of the source that can cut the stream short ("Replication", section 19.6 of the manual). Values are in the
 * setting's own unit; a setting that this version of PostgreSQL does not have cannot do harm.
 *
 * @param bad whether a value can do harm
 * @param why what harm
 * @param fix what to paste
 */
record SlotSettingCheck(String key, String name, LongPredicate bad, String why, String fix) implements Check {

    /** Below it the WAL sender gives up on a reader that is busy for a moment; milliseconds. */
    private static final long SENDER_TIMEOUT = 10_000;

    /** PostgreSQL's default, in kilobytes. */
    private static final long DECODING_MEMORY = 65_536;

    static final List<Check> ALL = List.of(
            new SlotSettingCheck(
                    "wal-sender-timeout",
                    "wal_sender_timeout",
                    value -> value > 0 && value < SENDER_TIMEOUT,
                    "a short pause of the network or of Sluice ends the stream, which then has to be taken up again",
                    "ALTER SYSTEM SET wal_sender_timeout = '60s'; SELECT pg_reload_conf();"),
            new SlotSettingCheck(
                    "slot-retention",
                    "max_slot_wal_keep_size",
                    value -> value >= 0,
                    "when Sluice is away for so long that more WAL than this piles up, the source drops the slot's WAL"
                            + " and the task has to load everything again",
                    "ALTER SYSTEM SET max_slot_wal_keep_size = -1; SELECT pg_reload_conf();"),
            new SlotSettingCheck(
                    "idle-slot-timeout",
                    "idle_replication_slot_timeout",
                    value -> value > 0,
                    "when Sluice is away for longer than this, the source invalidates the slot and the task has to load"
                            + " everything again",
                    "ALTER SYSTEM SET idle_replication_slot_timeout = 0; SELECT pg_reload_conf();"),
            new SlotSettingCheck(
                    "decoding-memory",
                    "logical_decoding_work_mem",
                    value -> value < DECODING_MEMORY,
                    "changes of larger transactions go through files on the source's disk, which slows the stream down",
                    "ALTER SYSTEM SET logical_decoding_work_mem = '64MB'; SELECT pg_reload_conf();"));

    /** A value as the server has it. */
    private record Value(long number, String shown) {}

    @Override
    public About about() {
        return About.source(key, Group.SOURCE_SETTINGS);
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        if (!subject.streams()) {
            return;
        }
        subject
                .source()
                .list(
                        "SELECT setting::bigint, current_setting(name) FROM pg_settings WHERE name = ?",
                        row -> new Value(row.getLong(1), row.getString(2)),
                        name)
                .stream()
                .filter(value -> bad.test(value.number()))
                .forEach(value -> findings.warn(
                        "source", "The source's " + name + " is " + value.shown() + ": " + why + ".", fix));
    }
}
