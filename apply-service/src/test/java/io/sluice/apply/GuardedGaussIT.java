package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.sluice.apply.compare.ComparisonRun;
import io.sluice.apply.compare.RepairRun;
import io.sluice.apply.position.BookkeepingSchema;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.ChangeEncoder.Column;
import io.sluice.contracts.change.ChangeEncoder.JsonType;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.errand.TableRepair;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.StructureChoice.ExistingTable;
import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableChoice.Distribution;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.localstack.KafkaServer;
import io.sluice.localstack.PostgresServer;
import io.sluice.postgres.Connections;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A task to the distributed GaussDB, whose tables are there already, on a PostgreSQL that refuses what that one refuses: it
 * loads, follows, compares equal, finds and repairs what differs, and writes to these tables only by what a parser of
 * openGauss knows.
 */
class GuardedGaussIT {

    private static final TableName ITEM = new TableName("public", "item");
    private static final TableName BAG = new TableName("public", "bag");
    private static final TableName COUNTRY = new TableName("public", "country");
    private static final List<TableName> TABLES = List.of(BAG, COUNTRY, ITEM);

    private static final String[] SHAPES = {
        """
        CREATE TABLE item (region text, id int, name text, price numeric(12,2), born timestamptz, tags text[], big text,
            PRIMARY KEY (region, id))""", "CREATE TABLE bag (x int, note char(4))", "CREATE TABLE country (code text PRIMARY KEY, name text UNIQUE)"
    };

    private static final PostgresServer server = SharedServers.postgres();
    private static final KafkaServer kafka = SharedServers.kafka();

    private final TestingDatabases databases = new TestingDatabases(server);
    private final TestingContext context = new TestingContext();
    private long transactions;
    private long place;
    private int comparisons;

    @ParameterizedTest
    @EnumSource(
            value = ExistingTable.class,
            names = {"KEEP", "TRUNCATE"})
    void loadsFollowsComparesAndRepairs(ExistingTable existing) throws Exception {
        server.execute(databases.source(), SHAPES);
        server.execute(
                databases.source(),
                "ALTER TABLE bag REPLICA IDENTITY FULL",
                """
                INSERT INTO item SELECT 'r' || i % 3, i, nullif('n' || i % 7, 'n0'), i * 1.25, 'epoch'::timestamptz + i * '1 h'::interval,
                    ARRAY['a', NULL, 'b\\"' || i], repeat(md5(i::text), 300) FROM generate_series(1, 500) i""",
                "INSERT INTO bag SELECT i % 5, 'b' || i % 2 FROM generate_series(1, 40) i",
                "INSERT INTO country VALUES ('de', 'Germany'), ('fr', '')");
        prepareTarget();
        if (existing == ExistingTable.TRUNCATE) {
            server.execute(databases.target(), "INSERT INTO item VALUES ('old', 1), ('r1', 1)");
        }
        StatementLog.begin(server, databases.target());
        try (TestingTopic topic = new TestingTopic(kafka.bootstrapServers(), databases.taskId())) {
            topic.heartbeat(new Lsn(1));
            topic.flush();
            CompletableFuture<Void> run =
                    databases.run(order(existing), KafkaAccess.of(kafka.securedClient()), context, new Claimant());
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> context.reached(Fact.Step.APPLYING) || run.isCompletedExceptionally());
            change(topic);
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> run.isDone()
                            || databases
                                    .ask(databases.target(), "SELECT count(*) FROM country WHERE code = 'end'")
                                    .equals("1"));
            assertThat(context.facts().stream().filter(Fact.Failed.class::isInstance))
                    .isEmpty();
            assertThat(databases.ask(databases.target(), "SELECT count(*) FROM _sluice.task WHERE stage = 'LOADED'"))
                    .isEqualTo("1");
            whatSomebodyDidToTheTargetIsFoundAndRepaired(existing);
            context.stop();
            run.join();
        }
        assertThat(compare(existing, ComparisonKind.CONTENT, Phase.IDLE))
                .allSatisfy(
                        table -> assertThat(table.state()).as(table.toString()).isEqualTo(TableComparison.State.EQUAL))
                .hasSize(3);
        List<String> told = StatementLog.of(server, databases.target());
        assertThat(told)
                .anyMatch(sql -> sql.startsWith("UPDATE \"public\".\"item\""))
                .anyMatch(sql -> sql.startsWith("DELETE FROM \"public\".\"bag\""))
                .anyMatch(sql -> sql.startsWith("UPDATE _sluice.task SET topic_offset"))
                .anyMatch(sql -> sql.contains("_sluice.fence") && sql.endsWith("FOR SHARE"));
        assertThat(StatementLog.unknownToOpenGauss(told)).isEmpty();
    }

    private void prepareTarget() {
        GaussGuard.install(server, databases.target());
        // DISTRIBUTE BY is no word of PostgreSQL; but for it these are the same statements.
        try (Connection connection = server.connect(databases.target())) {
            BookkeepingSchema.ensure(connection, TargetDialect.of(Dialect.POSTGRESQL));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        // No key is unique without the distribution column; all of a replicated table are.
        server.execute(databases.target(), SHAPES);
        server.execute(
                databases.target(),
                GaussGuard.distribute("item", "region"),
                GaussGuard.distribute("bag", "x"),
                GaussGuard.distribute("country"));
    }

    /** The same on the source and in the topic: new rows, other values, rows that go to another node, and rows that go. */
    private void change(TestingTopic topic) {
        ChangeEncoder.Table item = topic.encoder()
                .table(
                        ITEM,
                        List.of(
                                column("region", true),
                                new Column("id", JsonType.INTEGER, true),
                                column("name", false),
                                column("price", false),
                                column("born", false),
                                column("tags", false),
                                column("big", false)));
        ChangeEncoder.Table bag =
                topic.encoder().table(BAG, List.of(new Column("x", JsonType.INTEGER, false), column("note", false)));
        ChangeEncoder.Table country =
                topic.encoder().table(COUNTRY, List.of(column("code", true), column("name", false)));
        String unchanged = ChangeEncoder.UNCHANGED;

        onSource("INSERT INTO item VALUES ('r9', 9, '', 1.50, 'infinity', '{}', 'x')");
        topic.change(item, Operation.INSERT, next(), null, new String[] {"r9", "9", "", "1.50", "infinity", "{}", "x"});
        onSource("UPDATE item SET name = 'other', price = 0.01 WHERE id = 4");
        topic.change(item, Operation.UPDATE, following(), null, new String[] {
            "r1", "4", "other", "0.01", "1970-01-01 04:00:00+00", "{a,NULL,\"b\\\\\\\"4\"}", unchanged
        });
        onSource("UPDATE item SET big = 'small' WHERE id = 6");
        topic.change(item, Operation.UPDATE, following(), null, new String[] {
            "r0", "6", "n6", "7.50", "1970-01-01 06:00:00+00", "{a,NULL,\"b\\\\\\\"6\"}", "small"
        });
        topic.end(following());

        // The distribution column, the rest of the key, and a row that goes away and comes back elsewhere.
        onSource("UPDATE item SET region = 'moved' WHERE id = 5");
        topic.change(
                item, Operation.UPDATE, next(), new String[] {"r2", "5", null, null, null, null, null}, new String[] {
                    "moved", "5", "n5", "6.25", "1970-01-01 05:00:00+00", "{a,NULL,\"b\\\\\\\"5\"}", unchanged
                });
        onSource("UPDATE item SET id = 1005 WHERE id = 8");
        topic.change(
                item,
                Operation.UPDATE,
                following(),
                new String[] {"r2", "8", null, null, null, null, null},
                new String[] {
                    "r2", "1005", "n1", "10.00", "1970-01-01 08:00:00+00", "{a,NULL,\"b\\\\\\\"8\"}", unchanged
                });
        onSource("DELETE FROM item WHERE id = 10", "DELETE FROM item WHERE id > 400 AND id <= 480");
        topic.change(
                item, Operation.DELETE, following(), new String[] {"r1", "10", null, null, null, null, null}, null);
        for (int id = 401; id <= 480; id++) {
            topic.change(
                    item,
                    Operation.DELETE,
                    following(),
                    new String[] {"r" + id % 3, Integer.toString(id), null, null, null, null, null},
                    null);
        }
        topic.end(following());

        onSource(
                "UPDATE bag SET x = 7 WHERE ctid = (SELECT min(ctid) FROM bag WHERE x = 2 AND note = 'b0')",
                "DELETE FROM bag WHERE ctid = (SELECT min(ctid) FROM bag WHERE x = 3 AND note = 'b1')",
                "INSERT INTO bag VALUES (NULL, 'n')");
        topic.wholeChange(bag, Operation.UPDATE, next(), new String[] {"2", "b0  "}, new String[] {"7", "b0  "});
        topic.wholeChange(bag, Operation.DELETE, following(), new String[] {"3", "b1  "}, null);
        topic.wholeChange(bag, Operation.INSERT, following(), null, new String[] {null, "n   "});
        onSource("INSERT INTO country VALUES ('end', 'last')", "UPDATE country SET code = 'gb' WHERE code = 'fr'");
        topic.change(country, Operation.UPDATE, following(), new String[] {"fr", null}, new String[] {"gb", ""});
        topic.change(country, Operation.INSERT, following(), null, new String[] {"end", "last"});
        topic.end(following());
        topic.flush();
    }

    private static Column column(String name, boolean key) {
        return new Column(name, JsonType.TEXT, key);
    }

    private void onSource(String... statements) {
        server.execute(databases.source(), statements);
    }

    /** The first place in a new transaction, which no snapshot has seen. */
    private ChangePosition next() {
        transactions++;
        place = 0;
        return following();
    }

    private ChangePosition following() {
        place++;
        return new ChangePosition(new Lsn(Long.MAX_VALUE - 1000 + transactions), 4_000_000 + transactions, place);
    }

    private void whatSomebodyDidToTheTargetIsFoundAndRepaired(ExistingTable existing) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> compare(existing, ComparisonKind.CONTENT, Phase.RUN).stream()
                        .allMatch(table -> table.state() == TableComparison.State.EQUAL));
        server.execute(
                databases.target(),
                "UPDATE item SET name = 'planted' WHERE id = 20",
                "UPDATE item SET big = 'planted' WHERE id = 21",
                "DELETE FROM item WHERE id BETWEEN 30 AND 39",
                "INSERT INTO item VALUES ('planted', 1)",
                // A row that is on another node.
                "DELETE FROM item WHERE id = 50",
                "INSERT INTO item VALUES ('elsewhere', 50)",
                "UPDATE country SET name = 'planted' WHERE code = 'de'",
                "DELETE FROM country WHERE code = 'gb'",
                "INSERT INTO bag VALUES (1, 'p')");
        assertThat(compare(existing, ComparisonKind.ROW_COUNT, Phase.RUN))
                .extracting(TableComparison::table, TableComparison::missing, TableComparison::extra)
                .containsExactly(tuple(BAG, 0L, 0L), tuple(COUNTRY, 1L, 0L), tuple(ITEM, 11L, 2L));
        assertThat(compare(existing, ComparisonKind.CONTENT, Phase.RUN))
                .extracting(
                        TableComparison::table,
                        TableComparison::missing,
                        TableComparison::extra,
                        TableComparison::changed)
                .containsExactly(tuple(BAG, 0L, 1L, 0L), tuple(COUNTRY, 1L, 0L, 1L), tuple(ITEM, 11L, 2L, 2L));
        assertThat(repair(existing))
                .extracting(TableRepair::table, TableRepair::repaired, TableRepair::refused)
                .containsExactly(tuple(BAG, 0L, 1L), tuple(COUNTRY, 2L, 0L), tuple(ITEM, 15L, 0L));
        assertThat(compare(existing, ComparisonKind.CONTENT, Phase.RUN))
                .extracting(TableComparison::state)
                .containsExactly(
                        TableComparison.State.DIFFERENT, TableComparison.State.EQUAL, TableComparison.State.EQUAL);
        server.execute(databases.target(), "DELETE FROM bag WHERE note = 'p'");
    }

    private List<TableComparison> compare(ExistingTable existing, ComparisonKind kind, Phase phase) {
        comparisons++;
        try (Connections source = databases.connections("source", databases.source());
                Connections target = databases.connections("target", databases.target())) {
            return new ComparisonRun(
                            new Errand.Comparison(comparisons, kind, List.of(), 2, null),
                            source,
                            target,
                            errands(existing, phase),
                            tables -> {})
                    .run();
        }
    }

    /** Of what the last comparison has found. */
    private List<TableRepair> repair(ExistingTable existing) {
        try (Connections source = databases.connections("source", databases.source());
                Connections target = databases.connections("target", databases.target())) {
            return new RepairRun(
                            new Errand.Repair(1, comparisons),
                            source,
                            target,
                            errands(existing, Phase.RUN),
                            tables -> {})
                    .run();
        }
    }

    private TestingContext errands(ExistingTable existing, Phase phase) {
        TaskOrder order = order(existing);
        TestingContext errands = new TestingContext();
        errands.order(new TaskOrder(order.taskId(), 1, phase, order.spec(), TABLES, order.at(), true));
        return errands;
    }

    private TaskOrder order(ExistingTable existing) {
        ChangeChoice changes = new ChangeChoice(ChangeChoice.DEFAULT.operations(), ChangeChoice.Conflict.OVERWRITE, 1);
        TaskSpec plain =
                databases.order(TABLES, SyncMode.FULL_AND_INCREMENTAL, changes).spec();
        TaskSpec spec = new TaskSpec(
                plain.name(),
                plain.mode(),
                plain.source(),
                Dialect.GAUSSDB_DISTRIBUTED,
                plain.target(),
                List.of(
                        choice("item", new Distribution(Distribution.Kind.HASH, List.of("region"))),
                        choice("bag", new Distribution(Distribution.Kind.HASH, List.of("x"))),
                        choice("country", new Distribution(Distribution.Kind.REPLICATION, List.of()))),
                plain.exclude(),
                plain.loadWorkers(),
                plain.retry(),
                null,
                new StructureChoice(true, null, existing, NameCase.SOURCE),
                changes,
                plain.transforms(),
                plain.loadLimits(),
                plain.changeLimits(),
                null);
        return new TaskOrder(databases.taskId(), 1, Phase.RUN, spec, TABLES, Instant.EPOCH);
    }

    private static TableChoice choice(String table, Distribution distribution) {
        return new TableChoice("public", table, null, null, null, null, distribution);
    }
}
