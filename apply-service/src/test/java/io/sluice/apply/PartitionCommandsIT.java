package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.ChangeEncoder.JsonType;
import io.sluice.contracts.change.DdlContent;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.change.SourceObject.Partition;
import io.sluice.contracts.change.SourceObject.PartitionChange;
import io.sluice.contracts.change.SourceTable;
import io.sluice.contracts.change.SourceTable.Column;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Partitions that come and go at the source do so on the target. */
class PartitionCommandsIT extends ApplyRunScenario {

    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final TableName PART = new TableName("public", "part");

    private ChangeEncoder.Table part;
    private Run run;

    @BeforeEach
    void begin() {
        server.execute(
                sourceName,
                "CREATE TABLE part (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
                "CREATE TABLE p1 PARTITION OF part FOR VALUES FROM (100) TO (200)",
                "CREATE TABLE p2 PARTITION OF part FOR VALUES FROM (200) TO (300)",
                "INSERT INTO part VALUES (100, 'a'), (200, 'b')");
        part = topic.encoder()
                .table(
                        PART,
                        List.of(
                                new ChangeEncoder.Column("id", JsonType.INTEGER, true),
                                new ChangeEncoder.Column("v", JsonType.TEXT, false)));
        topic.heartbeat(new Lsn(1));
        topic.flush();
        resume();
    }

    @Test
    void theyComeAndGoInOrderWithTheRows() {
        Partition p1 = partition("p1", "FOR VALUES FROM (100) TO (200)");
        Partition p2 = partition("p2", "FOR VALUES FROM (200) TO (300)");
        Partition p3 = partition("p3", "FOR VALUES FROM (300) TO (400)");
        server.execute(
                sourceName,
                "CREATE TABLE p3 PARTITION OF part FOR VALUES FROM (300) TO (400)",
                "DROP TABLE p1",
                "ALTER TABLE part DETACH PARTITION p2");
        // A run looks at the source at once, and is ahead of the stream then.
        stop();
        resume();
        topic.ddl(at(1, 1), content("CREATE TABLE", new PartitionChange(null, p3, false)));
        topic.change(part, Operation.INSERT, at(1, 2), null, new String[] {"300", "c"});
        topic.change(part, Operation.DELETE, at(1, 3), new String[] {"100", null}, null);
        topic.ddl(at(1, 4), content("DROP TABLE", new PartitionChange(p1, null, true)));
        topic.ddl(at(1, 5), content("ALTER TABLE", new PartitionChange(p2, null, false)));
        insert(1, 6, "301", "d");
        awaitIds("300 301");
        assertThat(onTarget("SELECT coalesce(to_regclass('p1')::text, 'none') || ' ' || count(*) FROM p2"))
                .isEqualTo("none 1");
        stop();
        resume();
        String files = databases.ask(sourceName, "SELECT 'p3'::regclass::oid || ':' || pg_relation_filenode('p3')");
        await().atMost(LONGEST)
                .until(() ->
                        onTarget("SELECT source_files FROM _sluice.table_load").equals(files));
        assertThat(onTarget("SELECT count(*) FROM _sluice.exception")).isEqualTo("0");
    }

    @Test
    void whatHasNoPlaceIsNamedAndWhatCannotBeToldStops() {
        server.execute(targetName, "CREATE TABLE p3 (id int)");
        Partition p3 = partition("p3", "FOR VALUES FROM (300) TO (400)");
        topic.ddl(at(1, 1), content("CREATE TABLE", new PartitionChange(null, p3, false)));
        topic.end(at(1, 2));
        topic.flush();
        await().atMost(LONGEST)
                .until(() -> onTarget(
                                "SELECT count(*) FROM _sluice.exception WHERE operation = 'COMMAND' AND message LIKE"
                                        + " '%partition public.p3 (FOR VALUES FROM (300) TO (400))%'")
                        .equals("1"));

        // Nobody can tell its rows.
        Partition p1 = new Partition(
                3,
                "public",
                "p1",
                new SourceObject.Relation("public", "part"),
                "RANGE (abs(id))",
                "FOR VALUES FROM (100) TO (200)",
                null);
        topic.ddl(at(2, 1), content("DROP TABLE", new PartitionChange(p1, null, true)));
        topic.end(at(2, 2));
        topic.flush();
        assertFails(run, ErrorCode.SCHEMA_CHANGED);
        assertThat(run.context().facts().toString()).contains("public.p1 (FOR VALUES FROM (100) TO (200))");
    }

    @Test
    void rowsOfOneThatIsGoneGoFromATableThatIsPartitionedOtherwise() {
        server.execute(targetName, "ALTER TABLE p1 RENAME TO other");
        Partition p1 = partition("p1", "FOR VALUES FROM (100) TO (200)");
        topic.ddl(at(2, 1), content("DROP TABLE", new PartitionChange(p1, null, true)));
        insert(2, 2, "201", "e");
        awaitIds("200 201");
        assertThat(onTarget("SELECT count(*) FROM other")).isEqualTo("0");
    }

    private void stop() {
        run.context().stop();
        await().atMost(LONGEST).until(run.done()::isDone);
    }

    private void resume() {
        TaskOrder order = TestingOrders.with(
                order(Phase.RUN, List.of(PART)),
                new ChangeChoice(List.of(ChangeChoice.Operation.values()), ChangeChoice.Conflict.OVERWRITE, 1),
                LoadLimits.NONE,
                StructureChoice.DEFAULT,
                order(Phase.RUN).spec().changeLimits());
        run = run(order, context(), new Claimant());
        await().atMost(LONGEST)
                .until(() ->
                        run.context().reached(Fact.Step.APPLYING) || run.done().isDone());
    }

    private void insert(int transaction, int order, String... row) {
        topic.change(part, Operation.INSERT, at(transaction, order), null, row);
        topic.end(at(transaction, order + 1));
        topic.flush();
    }

    private Partition partition(String name, String bound) {
        long oid = Long.parseLong(
                databases.ask(sourceName, "SELECT coalesce(to_regclass('" + name + "')::oid::bigint, 7)"));
        return new Partition(
                oid, "public", name, new SourceObject.Relation("public", "part"), "RANGE (id)", bound, null);
    }

    private static DdlContent content(String tag, PartitionChange change) {
        SourceTable table = new SourceTable(
                "public",
                "part",
                List.of(
                        new Column(1, "id", "integer", true, null, "", null, null, null),
                        new Column(2, "v", "text", false, null, "", null, null, null)),
                List.of(),
                List.of(),
                null);
        SourceObject object = new SourceObject(
                "table",
                "public",
                "part",
                false,
                table,
                table,
                null,
                List.of(),
                List.of(),
                Set.of(),
                List.of(change),
                null);
        return new DdlContent(tag, tag + " …", List.of(object), null);
    }

    private void awaitIds(String ids) {
        await().atMost(LONGEST).until(() -> {
            if (run.done().isDone()) {
                run.done().join();
            }
            return onTarget("SELECT coalesce(string_agg(id::text, ' ' ORDER BY id), '') FROM part")
                    .equals(ids);
        });
    }

    private String onTarget(String sql) {
        return databases.ask(targetName, sql);
    }
}
