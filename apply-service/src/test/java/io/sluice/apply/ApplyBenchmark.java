package io.sluice.apply;

import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.apply.change.ChosenChanges;
import io.sluice.apply.consume.ChangeTopic;
import io.sluice.apply.consume.Handover;
import io.sluice.apply.consume.IncrementalApply;
import io.sluice.apply.consume.LaneSessions;
import io.sluice.apply.consume.RenamedTables;
import io.sluice.apply.consume.SuspendedTables;
import io.sluice.apply.exception.Exceptions;
import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.Standing;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.write.WriterSetup;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.ChangeEncoder.Column;
import io.sluice.contracts.change.ChangeEncoder.JsonType;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.contracts.task.Tls;
import io.sluice.localstack.KafkaServer;
import io.sluice.localstack.PostgresServer;
import io.sluice.postgres.Connections;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * How many changes a second apply alone takes from a full topic to a real target: transactions of four rows (two inserts,
 * an update, a delete once there is something to delete). A main, not a test; run it on an idle machine. Arguments:
 * changes (400000), rounds (3), lanes (1), several with a comma between, further indexes on the target (0).
 */
public final class ApplyBenchmark {

    private static final TableName TABLE = new TableName("public", "orders");

    private ApplyBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        int changes = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 400_000;
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
        List<Integer> lanes = Stream.of((arguments.length > 2 ? arguments[2] : "1").split(","))
                .map(Integer::valueOf)
                .toList();
        int indexes = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 0;
        String taskId = UUID.randomUUID().toString();
        try (PostgresServer server = PostgresServer.startTemporary();
                KafkaServer kafka = KafkaServer.startTemporary();
                TestingTopic topic = new TestingTopic(kafka.bootstrapServers(), taskId)) {
            for (String shape : List.of("inserts", "mixed")) {
                long first = shape.equals("inserts") ? 0 : changes + changes / 4;
                fill(topic, changes, shape.equals("inserts"), first / 4 + 1);
                for (int round = 1; round <= rounds; round++) {
                    for (int many : lanes) {
                        String database = shape + round + "_" + many;
                        server.createDatabase(database);
                        server.execute(
                                database,
                                "CREATE TABLE public.orders (id bigint PRIMARY KEY, customer integer NOT NULL,"
                                        + " total numeric(12,2), placed timestamptz NOT NULL, open boolean NOT NULL,"
                                        + " note text)");
                        for (int index = 0; index < indexes; index++) {
                            server.execute(database, "CREATE INDEX ON orders (md5(note || " + index + "))");
                        }
                        double seconds =
                                drain(server, kafka, taskId, database, first, first + changes + changes / 4, many);
                        System.out.printf(
                                Locale.ROOT,
                                "%s, round %d, lanes %d: %,d changes in %.2f s, %,.0f changes/s%n",
                                shape,
                                round,
                                many,
                                changes,
                                seconds,
                                changes / seconds);
                    }
                }
            }
        }
    }

    private static void fill(TestingTopic topic, int changes, boolean insertsOnly, long transaction) {
        ChangeEncoder.Table table = topic.encoder()
                .table(
                        TABLE,
                        List.of(
                                new Column("id", JsonType.INTEGER, true),
                                new Column("customer", JsonType.INTEGER, false),
                                new Column("total", JsonType.TEXT, false),
                                new Column("placed", JsonType.TEXT, false),
                                new Column("open", JsonType.BOOLEAN, false),
                                new Column("note", JsonType.TEXT, false)));
        for (int t = 0; t < changes / 4; t++) {
            long number = transaction + t;
            Lsn commit = new Lsn(1000 * number);
            for (int i = 1; i <= 4; i++) {
                ChangePosition position = new ChangePosition(commit, number, i);
                long id = 4L * t + i;
                if (insertsOnly || i <= 2 || t < 100) {
                    topic.change(table, Operation.INSERT, position, null, row(id, "new"));
                } else if (i == 3) {
                    topic.change(table, Operation.UPDATE, position, null, row(id - 2 - 4 * 50, "changed"));
                } else {
                    topic.change(table, Operation.DELETE, position, row(id - 2 - 4 * 90, ""), null);
                }
            }
            topic.end(new ChangePosition(commit, number, 5));
        }
        topic.flush();
    }

    private static String[] row(long id, String what) {
        return new String[] {
            Long.toString(id),
            Long.toString(id % 9973),
            (id % 1000) + ".50",
            "2026-11-21 10:00:00+00",
            "t",
            what + " order " + id
        };
    }

    private static double drain(
            PostgresServer server, KafkaServer kafka, String taskId, String database, long from, long to, int lanes)
            throws Exception {
        Endpoint endpoint = new Endpoint(
                server.host(),
                server.port(),
                database,
                PostgresServer.SUPERUSER,
                new SealedSecret("v1:"),
                Tls.DISABLED);
        TestingContext context = new TestingContext();
        context.order(order(taskId, endpoint));
        TargetDialect dialect = TargetDialect.of(Dialect.POSTGRESQL);
        Bookkeeping bookkeeping = new Bookkeeping(taskId, 1, 0, TargetDialect.of(Dialect.POSTGRESQL));
        try (Connections connections = new Connections("target", endpoint, new Secret(server.password()), "bench");
                DatabaseSession session = DatabaseSession.open(connections, context, dialect.sessionSetup());
                ChangeTopic topic = new ChangeTopic(KafkaAccess.of(kafka.securedClient()), taskId);
                ApplyMetrics metrics = new ApplyMetrics(new SimpleMeterRegistry(), taskId)) {
            session.transact("preparing", bookkeeping::prepare);
            Standing claimed =
                    session.inTransaction("claiming", connection -> bookkeeping.claim(connection, "bench", false));
            Exceptions exceptions = session.inTransaction("reading", connection -> Exceptions.read(connection, taskId));
            Standing standing = new Standing(claimed.epoch(), Standing.Stage.LOADED, from, Lsn.ZERO);
            WriterSetup setup = new WriterSetup(
                    taskId, dialect, List.of(TableMapping.unchanged(TABLE)), ChangeChoice.DEFAULT, names -> Map.of());
            IncrementalApply apply = new IncrementalApply(
                    topic,
                    session,
                    setup,
                    exceptions,
                    bookkeeping,
                    standing,
                    new ChosenChanges(List.of(TABLE), ChangeChoice.DEFAULT.operations()),
                    Map.of(),
                    null,
                    new RenamedTables(
                            new ChosenChanges(List.of(TABLE), ChangeChoice.DEFAULT.operations()), null, false),
                    new Handover(List.of(), from),
                    new SuspendedTables(taskId, setup, session),
                    new LaneSessions(lanes, () -> DatabaseSession.open(connections, context, dialect.sessionSetup())),
                    passed -> null,
                    context,
                    metrics,
                    Clock.systemUTC());
            long began = System.nanoTime();
            Thread watch = Thread.ofPlatform().start(() -> stopAt(server, database, to, context));
            try {
                apply.run();
            } catch (RuntimeException e) {
                if (!context.stopping()) {
                    throw e;
                }
            }
            watch.join();
            return (System.nanoTime() - began) / 1e9;
        }
    }

    private static TaskOrder order(String taskId, Endpoint endpoint) {
        TaskSpec spec = new TaskSpec(
                "bench",
                SyncMode.INCREMENTAL,
                endpoint,
                Dialect.POSTGRESQL,
                endpoint,
                List.of(),
                List.of(),
                1,
                new RetryWindows(10, 1),
                null);
        return new TaskOrder(taskId, 1, Phase.RUN, spec, List.of(TABLE), Instant.EPOCH);
    }

    private static void stopAt(PostgresServer server, String database, long offset, TestingContext context) {
        try (Connection connection = server.connect(database);
                Statement statement = connection.createStatement()) {
            await().forever().pollInterval(Duration.ofMillis(20)).until(() -> {
                try (ResultSet row = statement.executeQuery("SELECT max(topic_offset) FROM _sluice.task")) {
                    row.next();
                    return row.getLong(1) >= offset;
                }
            });
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        } finally {
            context.stop();
        }
    }
}
