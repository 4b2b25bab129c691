package io.sluice.capture;

import static org.awaitility.Awaitility.await;

import io.sluice.capture.publish.PublishLimits;
import io.sluice.capture.slot.Selection;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.Topics;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.StartPoint;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.Tls;
import io.sluice.localstack.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** A task with a database of its own at the shared servers. Closing it ends its runs and removes what they keep. */
final class TestingTask implements AutoCloseable {

    static final PublishLimits LIMITS =
            new PublishLimits(20_000, 8 << 20, Duration.ofMillis(100), Duration.ofMillis(3));

    final String id = UUID.randomUUID().toString();
    final String database = "d" + id.replace("-", "");
    final List<TableName> tables;
    private PostgresServer server;
    private boolean ddl;
    private @Nullable StartPoint from;
    private final List<TestingRun> runs = new ArrayList<>();

    TestingTask(List<String> tables, String... setUp) {
        this(TestingServers.postgres(), tables, setUp);
    }

    TestingTask(PostgresServer server, List<String> tables, String... setUp) {
        this.server = server;
        this.tables = tables.stream()
                .map(name -> new TableName("public", name))
                .sorted()
                .toList();
        server.createDatabase(database);
        server.execute(database, setUp);
    }

    /** The source is another server from now on, as after a failover. */
    void moveTo(PostgresServer other) {
        server = other;
    }

    TestingTask withDdl() {
        ddl = true;
        return this;
    }

    TestingTask from(StartPoint start) {
        from = start;
        return this;
    }

    void sql(String... statements) {
        server.execute(database, statements);
    }

    /** All statements in one transaction. */
    void transaction(String... statements) {
        sql("BEGIN;" + String.join(";", statements) + ";COMMIT");
    }

    Connection connect() throws SQLException {
        return server.connect(database);
    }

    @Nullable
    String query(String sql) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getString(1) : null;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    Lsn confirmedFlush() {
        String lsn = query(
                "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = '" + Topics.slot(id) + "'");
        if (lsn == null) {
            throw new IllegalStateException("the slot is gone");
        }
        return Lsn.parse(lsn);
    }

    /** Waits until the source has decoded so many bytes that it could not keep in memory. */
    void awaitSpilled(long bytes) {
        await().atMost(Duration.ofSeconds(30))
                .until(() ->
                        Long.parseLong(query("SELECT spill_bytes FROM pg_stat_replication_slots WHERE slot_name = '"
                                        + Topics.slot(id) + "'"))
                                >= bytes);
    }

    Endpoint endpoint() {
        SecretSeal seal = new SecretSeal(Base64.getEncoder().encodeToString(new byte[32]));
        return new Endpoint(
                server.host(),
                server.port(),
                database,
                PostgresServer.SUPERUSER,
                seal.seal(id, password()),
                Tls.DISABLED);
    }

    Secret password() {
        return new Secret(server.password());
    }

    CaptureRun run(TableName... only) {
        return run(Selection.ofStart(only.length == 0 ? tables : Arrays.asList(only)));
    }

    CaptureRun run(Selection selection) {
        return new CaptureRun(
                id,
                endpoint(),
                Credentials.of(password()),
                selection,
                ddl,
                from,
                settings(LIMITS),
                CaptureMeter.NONE,
                Clock.systemUTC());
    }

    static CaptureSettings settings(PublishLimits limits) {
        return new CaptureSettings(
                KafkaAccess.of(TestingServers.kafka().bootstrapServers()),
                Duration.ofDays(7),
                Duration.ofMillis(200),
                limits);
    }

    /**
     * Starts a run on a thread of its own and returns when changes stream. A broker that is busy may refuse a first transaction
     * (INVALID_TXN_STATE): as the service does, it is tried again.
     */
    TestingRun start() {
        try {
            return begin().awaitCapturing();
        } catch (CompletionException e) {
            if (e.getCause() instanceof SluiceException known && known.code() == ErrorCode.KAFKA_UNAVAILABLE) {
                return begin().awaitCapturing();
            }
            throw e;
        }
    }

    /** Starts a run on a thread of its own. */
    TestingRun begin() {
        TestingRun begun = new TestingRun(run());
        runs.add(begun);
        return begun;
    }

    /** A run of an order that says that the task was captured before. */
    TestingRun resumed() {
        TestingRun resumed = new TestingRun(run(), true);
        runs.add(resumed);
        return resumed;
    }

    CaptureCleaner cleaner() {
        return new CaptureCleaner(
                id,
                endpoint(),
                Credentials.of(password()),
                KafkaAccess.of(TestingServers.kafka().bootstrapServers()),
                true);
    }

    @Override
    public void close() {
        runs.forEach(TestingRun::stop);
        try {
            cleaner().cleanSource();
            cleaner().cleanTopic();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
