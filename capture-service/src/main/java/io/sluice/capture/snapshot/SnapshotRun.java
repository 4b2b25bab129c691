package io.sluice.capture.snapshot;

import io.sluice.capture.engine.ChangeStream;
import io.sluice.capture.publish.ChangeTopic;
import io.sluice.capture.publish.SnapshotWriter;
import io.sluice.contracts.Json;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.change.ByteSink;
import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.SnapshotMark;
import io.sluice.contracts.change.TupleData;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.SessionLimits;
import io.sluice.postgres.WalEnd;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.TableDefinition;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/**
 * Carries out one request for a snapshot: every row of the tables, read under one snapshot of the source on one connection,
 * goes to the task's topic of snapshots, between a record that says what the snapshot has seen and one that says that it is
 * whole. An attempt that breaks off leaves no end, and the next one begins under another id. The stream is not touched. One
 * use per object.
 */
public final class SnapshotRun {

    private static final Logger LOG = Logger.getLogger(SnapshotRun.class);

    private static final Duration LOGIN = Duration.ofSeconds(20);
    private static final Duration REPORT_EVERY = Duration.ofSeconds(2);
    private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    private final Errand.Snapshot errand;
    private final String taskId;
    private final Endpoint source;
    private final Credentials credentials;
    private final KafkaAccess kafka;
    private final Duration retention;
    private final RunContext context;
    private final Clock clock;
    private @Nullable String id;
    private int tablesRead;
    private long rows;
    private long lastReport;

    /**
     * @param retention of the topic, when it is made
     * @param context whose order has the tables and the retry windows
     */
    public SnapshotRun(
            Errand.Snapshot errand,
            Endpoint source,
            Credentials credentials,
            KafkaAccess kafka,
            Duration retention,
            RunContext context,
            Clock clock) {
        this.errand = errand;
        this.taskId = context.order().taskId();
        this.source = source;
        this.credentials = credentials;
        this.kafka = kafka;
        this.retention = retention;
        this.context = context;
        this.clock = clock;
    }

    /** Returns when the end was reported, or the run must end before. */
    public void run() throws InterruptedException {
        long began = System.nanoTime();
        Duration wait = FIRST_WAIT;
        while (!context.stopping()) {
            try {
                attempt();
                report(true, null);
                return;
            } catch (SQLException e) {
                if (!goesOn(PostgresErrors.explain(e, "reading a snapshot of the source"), began)) {
                    return;
                }
            } catch (SluiceException e) {
                if (!goesOn(e, began)) {
                    return;
                }
            }
            context.pause(wait);
            wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait.multipliedBy(2);
        }
    }

    /** Whoever takes the task over after a stop begins again, so nothing is said then. */
    private boolean goesOn(SluiceException error, long began) {
        if (context.stopping()) {
            return false;
        }
        LOG.warnf(error, "Snapshot not taken: task=%s number=%d code=%s", taskId, errand.number(), error.code());
        boolean ended = System.nanoTime() - began > window(error.code()).toNanos();
        report(ended, error);
        return !ended;
    }

    private Duration window(ErrorCode code) {
        RetryWindows windows = context.order().spec().retry();
        return switch (code.retry()) {
            case NEVER -> Duration.ZERO;
            case CONNECTION -> Duration.ofMinutes(windows.connectionMinutes());
            case OTHER -> Duration.ofMinutes(windows.otherMinutes());
        };
    }

    private void attempt() throws SQLException, InterruptedException {
        String attempt = errand.number() + "-" + UUID.randomUUID().toString().substring(0, 8);
        id = attempt;
        tablesRead = 0;
        rows = 0;
        ChangeTopic.ofSnapshots(kafka, taskId).ensure(retention);
        try (Connections connections = new Connections("source", source, credentials, "sluice-snapshot");
                Connection connection = connections.open(LOGIN);
                SnapshotWriter writer = new SnapshotWriter(kafka, taskId)) {
            RunContext.Handle stopping = context.onStop(() -> cut(connection));
            try {
                copy(connection, attempt, writer);
            } finally {
                stopping.close();
            }
        }
    }

    private void copy(Connection connection, String attempt, SnapshotWriter writer) throws SQLException {
        List<TableDefinition> tables = begin(connection);
        SnapshotMark mark = mark(connection, attempt, tables);
        writer.send(null, mark(mark));
        for (TableDefinition table : tables) {
            read(connection, SnapshotTable.of(connection, table), mark, writer);
            tablesRead++;
        }
        // All of it is there before the word that it is.
        writer.flush();
        writer.send(null, mark(mark.end(rows)));
        writer.flush();
        connection.rollback();
    }

    /** Begins the transaction. The tables are locked before it sees anything, so they stay what they are until its end. */
    private List<TableDefinition> begin(Connection connection) throws SQLException {
        boolean all = errand.tables().isEmpty();
        Collection<TableName> wanted = all ? context.order().tables() : errand.tables();
        try (Statement statement = connection.createStatement()) {
            // Policies of rows would leave some out without a word.
            statement.execute("SET row_security = off");
            statement.execute(SessionLimits.lockWaits("10s"));
            Collection<TableName> there = present(new Catalog(connection).findTables(wanted), wanted, all)
                    .keySet();
            connection.setAutoCommit(false);
            statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
            if (!there.isEmpty()) {
                statement.execute("LOCK TABLE "
                        + there.stream().map(Identifier::quote).collect(Collectors.joining(", "))
                        + " IN ACCESS SHARE MODE");
            }
            return List.copyOf(present(new Catalog(connection).findTables(there), there, all)
                    .values());
        }
    }

    /** Those of which PostgreSQL publishes changes; one that is gone has no rows, unless it was asked for. */
    private static Map<TableName, TableDefinition> present(
            Map<TableName, TableDefinition> found, Collection<TableName> wanted, boolean all) {
        Map<TableName, TableDefinition> present = new TreeMap<>();
        for (TableName name : wanted) {
            TableDefinition table = found.get(name);
            if (table != null && table.kind() != TableDefinition.Kind.FOREIGN && !table.unlogged()) {
                present.put(name, table);
            } else if (!all) {
                throw new SluiceException(
                        ErrorCode.TABLE_UNSUPPORTED,
                        "Table " + name
                                + (table == null
                                        ? " is not at the source any more."
                                        : " has no changes that its rows"
                                                + " could be followed by: it is a foreign or an UNLOGGED one."));
            }
        }
        return present;
    }

    private static SnapshotMark mark(Connection connection, String id, List<TableDefinition> tables)
            throws SQLException {
        try (Statement statement = connection.createStatement();
                // Since 13 the function has another name, too, and the same result.
                ResultSet row = statement.executeQuery(
                        "SELECT txid_current_snapshot()::text, (extract(epoch FROM clock_timestamp()) * 1000)::bigint")) {
            row.next();
            String visible = row.getString(1);
            long millis = row.getLong(2);
            List<TableName> names = tables.stream().map(TableDefinition::name).toList();
            return new SnapshotMark(SnapshotMark.BEGIN, id, visible, WalEnd.read(connection), names, null, millis);
        }
    }

    private void read(Connection connection, SnapshotTable table, SnapshotMark mark, SnapshotWriter writer)
            throws SQLException {
        if (table.sql() == null) {
            return;
        }
        ChangeEncoder encoder = new ChangeEncoder(source.database());
        ChangeEncoder.Table encoded = table.encoded(encoder);
        CopiedRow row = new CopiedRow(table.columns().size());
        ByteSink sink = new ByteSink(1_024);
        boolean keyed = table.keyed();
        boolean described = false;
        CopyOut copy = connection.unwrap(PGConnection.class).getCopyAPI().copyOut(table.sql());
        try {
            for (byte[] line = copy.readFromCopy(); line != null; line = copy.readFromCopy()) {
                TupleData values = row.take(line);
                sink.clear();
                if (keyed) {
                    encoder.key(sink, encoded, values);
                } else {
                    encoder.key(sink, encoded);
                }
                int key = sink.size();
                encoder.snapshotRow(
                        sink, encoded, mark.snapshot(), mark.lsn(), mark.millis(), clock.millis(), values, !described);
                described = true;
                if (sink.size() > ChangeStream.LARGEST_RECORD) {
                    throw tooLarge(table.name());
                }
                writer.send(sink.copyOf(0, key), sink.copyOf(key, sink.size()));
                rows++;
                if (System.nanoTime() - lastReport > REPORT_EVERY.toNanos()) {
                    report(false, null);
                }
            }
        } finally {
            if (copy.isActive()) {
                cancel(copy);
            }
        }
    }

    /** What has failed before counts. */
    private static void cancel(CopyOut copy) {
        try {
            copy.cancelCopy();
        } catch (SQLException e) {
            LOG.debug("COPY not cancelled; it ends with the connection", e);
        }
    }

    private static SluiceException tooLarge(TableName table) {
        return new SluiceException(
                ErrorCode.RECORD_TOO_LARGE,
                "A row of table " + table
                        + " is larger than the 16 MB that a record can hold. Take the snapshot without"
                        + " this table.");
    }

    private static byte[] mark(SnapshotMark mark) {
        return Json.write(mark).getBytes(StandardCharsets.UTF_8);
    }

    private void report(boolean ended, @Nullable SluiceException error) {
        lastReport = System.nanoTime();
        context.report(new Fact.SnapshotProgress(
                errand.number(),
                id,
                tablesRead,
                rows,
                ended,
                error == null ? null : error.code(),
                error == null ? null : String.valueOf(error.getMessage())));
    }

    private static void cut(Connection connection) {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            LOG.debug("Abort failed", e);
        }
    }
}
