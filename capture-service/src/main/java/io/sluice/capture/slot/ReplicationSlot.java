package io.sluice.capture.slot;

import io.sluice.contracts.Topics;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.postgres.CleanUpSql;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.PostgresErrors;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The replication slot of a task. Not thread-safe but for {@link #cancel}. */
public final class ReplicationSlot {

    static final String PLUGIN = "pgoutput";

    private static final int ADVANCE_SINCE = 11;
    private static final int FAILOVER_SINCE = 17;

    /** How long a walsender that was told to end may take. */
    private static final Duration READER_ENDS = Duration.ofSeconds(5);

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);

    private final Connection connection;
    private final String name;
    private volatile @Nullable Statement running;
    private volatile boolean cancelled;

    public ReplicationSlot(Connection connection, String taskId) {
        this.connection = connection;
        this.name = Topics.slot(taskId);
    }

    public String name() {
        return name;
    }

    @Nullable
    SlotState find() {
        return find(name);
    }

    private @Nullable SlotState find(String slot) {
        // Columns that came with later versions are read through JSON.
        String sql = """
                SELECT plugin, database, active_pid,
                       coalesce(to_jsonb(s) ->> 'wal_status', 'unknown') AS wal_status,
                       coalesce(to_jsonb(s) ->> 'invalidation_reason',
                                CASE to_jsonb(s) ->> 'conflicting' WHEN 'true' THEN 'conflict with recovery' END),
                       confirmed_flush_lsn::text, coalesce(catalog_xmin::text::bigint, 0),
                       coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint,
                       nullif(pg_size_bytes(current_setting('max_slot_wal_keep_size', true)), -1)
                FROM pg_replication_slots s WHERE slot_name = ?
                """;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, slot);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return null;
                }
                int pid = row.getInt(3);
                Integer activePid = row.wasNull() ? null : pid;
                String confirmed = row.getString(6);
                return new SlotState(
                        row.getString(1),
                        row.getString(2),
                        activePid,
                        row.getString(4),
                        row.getString(5),
                        confirmed == null ? null : Lsn.parse(confirmed),
                        row.getLong(7),
                        Math.max(0, row.getLong(8)),
                        row.getObject(9, Long.class));
            }
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "reading the replication slot " + slot);
        }
    }

    /**
     * Waits until every transaction that runs now has ended, twice: that is how the server finds a consistent point. {@link
     * #cancel} ends the wait.
     *
     * <p>A slot that is made alone can be read wrongly: the server forgets which transactions changed the catalog in the
     * first half of its wait, and decodes those that began in the second half, and later ones, with the catalog of before.
     * After a {@code TRUNCATE} that ends in "could not map filenumber", after an {@code ALTER TABLE} it can leave out a
     * column (pgsql-hackers, 2025-11-22, "Fix logical decoding not track transaction during SNAPBUILD_BUILDING_SNAPSHOT";
     * every version up to 18.4 has it). So a temporary slot, the pilot, is made first and led past the beginning of the
     * lasting one: on its way the server saves the right catalog snapshot, with which the lasting slot is then read.
     *
     * @param walSender speaks the replication protocol; it is busy until closed. Only a slot that is made over it, and
     *     exports a snapshot, waits for the open transactions on minor versions of before August 2024 when others are read
     */
    void create(Connection walSender) throws InterruptedException {
        String pilot = name + "_pilot";
        // Of a run that died while it waited: its session would live on, and the pilot with it.
        evictReader(pilot);
        try {
            int version = connection.getMetaData().getDatabaseMajorVersion();
            if (version >= ADVANCE_SINCE) {
                run(connection, "SELECT pg_create_logical_replication_slot('" + pilot + "', '" + PLUGIN + "', true)");
            }
            run(
                    walSender,
                    "CREATE_REPLICATION_SLOT " + Identifier.quote(name) + " LOGICAL " + PLUGIN
                            // The standbys of the source may keep it, too, so that it is there after a failover.
                            + (version >= FAILOVER_SINCE ? " (SNAPSHOT 'export', FAILOVER true)" : " EXPORT_SNAPSHOT"));
            SlotState made = find();
            if (version >= ADVANCE_SINCE && made != null && made.confirmed() != null) {
                run(connection, "SELECT pg_replication_slot_advance('" + pilot + "', '" + made.confirmed() + "')");
                run(connection, "SELECT pg_drop_replication_slot('" + pilot + "')");
            }
        } catch (SQLException e) {
            String state = String.valueOf(e.getSQLState());
            String message = String.valueOf(e.getMessage());
            if (state.equals("53400")) {
                throw new SluiceException(
                        ErrorCode.NO_FREE_SLOT,
                        "The source has too few free replication slots: a start needs two, of which one is kept. Raise"
                                + " max_replication_slots, or drop a slot that nobody reads.",
                        e);
            }
            if (state.equals("55000") && message.contains("wal_level")) {
                throw new SluiceException(
                        ErrorCode.WAL_LEVEL_NOT_LOGICAL,
                        "The source's wal_level must be logical: ALTER SYSTEM SET wal_level = logical, then restart.",
                        e);
            }
            throw PostgresErrors.explain(e, "making the replication slot " + name);
        }
    }

    private void run(Connection on, String sql) throws SQLException {
        try (Statement statement = on.createStatement()) {
            running = statement;
            if (cancelled) {
                // query_canceled
                throw new SQLException("stopped between two statements", "57014");
            }
            statement.execute(sql);
        } finally {
            running = null;
        }
    }

    /**
     * Makes it as a copy of another slot, which stays as it is; the copy may be kept by standbys, whatever the other may.
     *
     * @param walSender speaks the replication protocol
     * @throws SluiceException {@code SLOT_LOST} when there is no such slot that could be copied
     */
    void copy(String other, Connection walSender) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT pg_copy_logical_replication_slot(?, ?)")) {
            statement.setString(1, other);
            statement.setString(2, name);
            statement.execute();
        } catch (SQLException e) {
            if (PostgresErrors.classify(e).retry() == ErrorCode.Retry.CONNECTION) {
                throw PostgresErrors.explain(e, "copying the replication slot " + other);
            }
            throw new SluiceException(
                    ErrorCode.SLOT_LOST,
                    "The task cannot begin at the replication slot " + other + " of incremental.from: " + e.getMessage()
                            + ". Name a logical slot of this database that still has its WAL.",
                    e);
        }
        if (connection.getMetaData().getDatabaseMajorVersion() >= FAILOVER_SINCE) {
            try (Statement statement = walSender.createStatement()) {
                statement.execute("ALTER_REPLICATION_SLOT " + Identifier.quote(name) + " (FAILOVER true)");
            }
        }
    }

    /**
     * What was committed before this position is not sent any more.
     *
     * @throws SluiceException {@code SLOT_LOST} when the slot begins after it
     */
    void advance(Lsn to) {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT end_lsn FROM pg_replication_slot_advance(?, ?::pg_lsn)")) {
            statement.setString(1, name);
            statement.setString(2, to.toString());
            statement.execute();
        } catch (SQLException e) {
            if (PostgresErrors.classify(e).retry() == ErrorCode.Retry.CONNECTION) {
                throw PostgresErrors.explain(e, "moving the replication slot " + name);
            }
            throw new SluiceException(
                    ErrorCode.SLOT_LOST,
                    "The task cannot begin at " + to + ", as incremental.from says: " + e.getMessage() + ".",
                    e);
        }
    }

    /** Ends a wait in {@link #create}; the server then removes the half-made slot. From any thread. */
    public void cancel() {
        cancelled = true;
        Statement statement = running;
        if (statement != null) {
            try {
                statement.cancel();
            } catch (SQLException e) {
                System.getLogger(ReplicationSlot.class.getName())
                        .log(System.Logger.Level.DEBUG, "nothing to cancel any more", e);
            }
        }
    }

    /**
     * Ends the session that reads the slot: it is a run of this task that died, or lives on where it should not. The
     * newest owner wins, as with the producer.
     *
     * @throws SluiceException {@code SLOT_IN_USE} when it does not end in time
     */
    void evictReader() throws InterruptedException {
        evictReader(name);
    }

    private void evictReader(String slot) throws InterruptedException {
        long end = System.nanoTime() + READER_ENDS.toNanos();
        for (SlotState state = find(slot); state != null && state.activePid() != null; state = find(slot)) {
            terminate(connection, state.activePid());
            if (System.nanoTime() > end) {
                throw new SluiceException(
                        ErrorCode.SLOT_IN_USE,
                        "The replication slot " + slot + " is being read by process " + state.activePid()
                                + " of the source, which does not end. It is tried again.");
            }
            Thread.sleep(BETWEEN_LOOKS);
        }
    }

    /** Tells a session to end. */
    static void terminate(Connection connection, int pid) {
        try (PreparedStatement statement = connection.prepareStatement("SELECT pg_terminate_backend(?)")) {
            statement.setInt(1, pid);
            statement.execute();
        } catch (SQLException e) {
            // Another role's session, for instance: then it is waited for.
            System.getLogger(ReplicationSlot.class.getName()).log(System.Logger.Level.DEBUG, "session not ended", e);
        }
    }

    public void drop() throws InterruptedException {
        if (find() == null) {
            return;
        }
        evictReader();
        if (find() == null) {
            // It was half-made, and its session has taken it along.
            return;
        }
        try (PreparedStatement statement = connection.prepareStatement("SELECT pg_drop_replication_slot(?)")) {
            statement.setString(1, name);
            statement.execute();
        } catch (SQLException e) {
            // undefined_object
            if ("42704".equals(e.getSQLState())) {
                return;
            }
            throw PostgresErrors.explain(e, "dropping the replication slot " + name);
        }
    }

    /** For a user to run by hand. */
    public String dropSql() {
        return CleanUpSql.dropSlot(name);
    }
}
