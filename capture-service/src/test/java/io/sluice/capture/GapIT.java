package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.Topics;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.TooLarge;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.StartPoint;
import io.sluice.contracts.task.TableName;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A gap is named, never passed over; what can go on goes on. */
class GapIT {

    private TestingTask task;

    @BeforeEach
    void start() {
        task = new TestingTask(
                List.of("orders"),
                "CREATE TABLE orders (id bigint PRIMARY KEY, note text)",
                "CREATE TABLE lines (id bigint PRIMARY KEY)");
    }

    @AfterEach
    void end() {
        task.close();
    }

    @Test
    void aStoppedRunGoesOnWhereItWas() {
        try (TestingRun first = task.start();
                TopicReader topic = new TopicReader(task.id)) {
            task.sql("INSERT INTO orders VALUES (1)");
            topic.readTransaction();
            first.stop();
            assertThat(first.outcome()).isEqualTo(CaptureRun.Outcome.STOPPED);
            task.sql("INSERT INTO orders VALUES (2)", "INSERT INTO orders VALUES (3)");
            task.start();
            assertThat(id(topic)).isEqualTo("2");
            assertThat(id(topic)).isEqualTo("3");
        }
    }

    @Test
    void aSlotThatWasDroppedIsLost() {
        runOnce();
        task.sql("SELECT pg_drop_replication_slot('" + Topics.slot(task.id) + "')");
        assertFailsWith(ErrorCode.SLOT_LOST, "was dropped");
        assertThat(task.query(
                        "SELECT count(*) FROM pg_replication_slots WHERE slot_name = '" + Topics.slot(task.id) + "'"))
                .isEqualTo("0");
    }

    @Test
    void aSlotThatIsDroppedUnderTheReaderIsLost() {
        TestingRun run = task.start();
        task.sql("SELECT pg_terminate_backend(active_pid), pg_sleep(0.2) FROM pg_replication_slots WHERE slot_name = '"
                + Topics.slot(task.id) + "'");
        // Whichever notices first; a later run says what it is.
        assertThat(run.failure().code()).isIn(ErrorCode.CONNECTION_LOST, ErrorCode.SLOT_LOST);
        task.sql("SELECT pg_drop_replication_slot('" + Topics.slot(task.id) + "')");
        assertFailsWith(ErrorCode.SLOT_LOST, "was dropped");
    }

    @Test
    void aSlotOfAnotherPluginIsLost() {
        runOnce();
        task.sql(
                "SELECT pg_drop_replication_slot('" + Topics.slot(task.id) + "')",
                "SELECT pg_create_logical_replication_slot('" + Topics.slot(task.id) + "', 'test_decoding')");
        assertFailsWith(ErrorCode.SLOT_LOST, "test_decoding");
    }

    @Test
    void aSlotThatWasMadeAgainIsAGap() {
        runOnce();
        task.sql(
                "INSERT INTO orders VALUES (100)",
                "SELECT pg_drop_replication_slot('" + Topics.slot(task.id) + "')",
                "SELECT pg_create_logical_replication_slot('" + Topics.slot(task.id) + "', 'pgoutput')");
        assertFailsWith(ErrorCode.CHANGES_LOST, "Reload");
    }

    @Test
    void aPublicationThatWasDroppedIsAGap() {
        runOnce();
        task.sql("DROP PUBLICATION " + Topics.publication(task.id));
        assertFailsWith(ErrorCode.SLOT_LOST, "publication was dropped");
    }

    @Test
    void aPublicationThatIsDroppedUnderTheReaderIsAGap() {
        TestingRun run = task.start();
        task.sql("DROP PUBLICATION " + Topics.publication(task.id));
        assertThat(run.failure().code()).isEqualTo(ErrorCode.SLOT_LOST);
    }

    @Test
    void aPublicationThatWasMadeAgainIsAGap() {
        runOnce();
        task.sql(
                "DROP PUBLICATION " + Topics.publication(task.id),
                "CREATE PUBLICATION " + Topics.publication(task.id) + " FOR TABLE orders");
        assertFailsWith(ErrorCode.SLOT_LOST, "made again");
    }

    @Test
    void aFirstStartThatDiedAfterItsSlotGoesOn() {
        task.sql(
                "CREATE PUBLICATION " + Topics.publication(task.id) + " FOR TABLE lines WITH (publish = 'insert')",
                "SELECT pg_create_logical_replication_slot('" + Topics.slot(task.id) + "', 'pgoutput')",
                "INSERT INTO orders VALUES (1)");
        task.start();
        task.sql("DELETE FROM orders");
        try (TopicReader topic = new TopicReader(task.id)) {
            RowChange change = (RowChange) topic.readTransaction().getFirst();
            assertThat(change.table()).isEqualTo(new TableName("public", "orders"));
        }
    }

    @Test
    void aTaskBeginsAtASlotThatIsThereAndAtAPositionAfterIt() {
        task.sql(
                "CREATE PUBLICATION partly FOR TABLE lines",
                "CREATE PUBLICATION given FOR TABLE orders, lines",
                "SELECT pg_create_logical_replication_slot('given_" + task.database + "', 'pgoutput')",
                "INSERT INTO orders VALUES (1)");
        String lsn = task.query("SELECT pg_current_wal_lsn()");
        task.sql("INSERT INTO orders VALUES (2)");
        String slot = "given_" + task.database;

        task.from(new StartPoint(slot, "partly", lsn));
        assertFailsWith(ErrorCode.TABLE_UNSUPPORTED, "does not publish");
        task.from(new StartPoint("missing", "given", lsn));
        assertFailsWith(ErrorCode.SLOT_LOST, "incremental.from");
        task.from(new StartPoint(slot, "given", "0/1"));
        assertFailsWith(ErrorCode.SLOT_LOST, "cannot begin at 0/1");
        task.from(new StartPoint(slot, "given", lsn));
        try (TestingRun first = task.start();
                TopicReader topic = new TopicReader(task.id)) {
            assertThat(id(topic)).isEqualTo("2");
            // Standbys may keep it, as one that is made anew.
            assertThat(task.query("SELECT failover FROM pg_replication_slots WHERE slot_name = '" + Topics.slot(task.id)
                            + "'"))
                    .isEqualTo("t");
            first.stop();
            task.sql("INSERT INTO orders VALUES (3)");
            TestingRun second = task.start();
            assertThat(id(topic)).isEqualTo("3");
            task.sql("DROP PUBLICATION given");
            assertThat(second.failure().code()).isEqualTo(ErrorCode.SLOT_LOST);
        }
        assertThat(task.query("SELECT active FROM pg_replication_slots WHERE slot_name = '" + slot + "'"))
                .isEqualTo("f");
        task.sql("SELECT pg_drop_replication_slot('" + slot + "')");
    }

    @Test
    void aSecondInstanceTakesOver() {
        TestingRun first = task.start();
        TestingRun second = task.start();
        assertThat(first.endedWellOrLostItsConnection()).isTrue();
        task.sql("INSERT INTO orders VALUES (1)");
        try (TopicReader topic = new TopicReader(task.id)) {
            assertThat(id(topic)).isEqualTo("1");
        }
        assertThat(second.context.capturing()).isTrue();
    }

    @Test
    void aTableThatIsGoneIsNamed() {
        TestingRun run = new TestingRun(task.run(new TableName("public", "missing")));
        SluiceException failure = run.failure();
        assertThat(failure.code()).isEqualTo(ErrorCode.SCHEMA_CHANGED);
        assertThat(failure).hasMessageContaining("missing");
    }

    @Test
    void aStopReachesARunThatWaitsForAnOpenTransaction() throws Exception {
        try (Connection connection = task.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("INSERT INTO lines VALUES (1)");
            TestingRun run = new TestingRun(task.run());
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> "1"
                            .equals(task.query("SELECT count(*) FROM pg_stat_activity WHERE datname = '"
                                    + task.database + "' AND query LIKE '%create_logical_replication_slot%'"
                                    + " AND pid <> pg_backend_pid() AND state = 'active'")));
            run.stop();
            connection.rollback();
        }
        assertThat(task.query("SELECT count(*) FROM pg_replication_slots WHERE database = '" + task.database + "'"))
                .isEqualTo("0");
    }

    @Test
    void theSlotFollowsWhatIsCommittedOnKafka() {
        TestingRun run = task.start();
        task.sql("INSERT INTO orders SELECT generate_series(1, 1000)");
        String written = task.query("SELECT pg_current_wal_lsn()");
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            Fact.CapturePosition position = run.context.positions().getLast();
            assertThat(Lsn.parse(position.capturedLsn()).compareTo(Lsn.parse(written)))
                    .isNotNegative();
            assertThat(position.lagMillis()).isBetween(0L, 5_000L);
            assertThat(position.walStatus()).isEqualTo("reserved");
            assertThat(position.retentionMillis()).isEqualTo(Duration.ofDays(7).toMillis());
            assertThat(task.confirmedFlush().compareTo(Lsn.parse(written))).isNotNegative();
        });
    }

    @Test
    void aStoppedRunLeavesNoThreadAndNoSession() {
        TestingRun run = task.start();
        assertThat(threads()).isNotEmpty();
        run.stop();
        assertThat(run.outcome()).isEqualTo(CaptureRun.Outcome.STOPPED);
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            assertThat(threads()).isEmpty();
            assertThat(task.query("SELECT count(*) FROM pg_stat_activity WHERE datname = '" + task.database
                            + "' AND application_name LIKE 'sluice%'"))
                    .isEqualTo("0");
        });
    }

    private List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.contains(task.id))
                .toList();
    }

    @Test
    void cleaningLeavesNothing() throws InterruptedException {
        task.start();
        assertThat(task.cleaner().cleanSource()).isEmpty();
        assertThat(task.cleaner().cleanTopic()).isEmpty();
        assertThat(task.cleaner().cleanSource()).isEmpty();
        assertThat(task.cleaner().cleanTopic()).isEmpty();
        assertThat(task.query("SELECT count(*) FROM pg_publication")).isEqualTo("0");
        assertThat(task.query("SELECT count(*) FROM pg_replication_slots WHERE database = '" + task.database + "'"))
                .isEqualTo("0");
    }

    /** What the source sends is too large by itself, or only once it is written as JSON. */
    @Test
    void aChangeThatNoRecordCanHoldIsMarkedInItsPlace() {
        task.start();
        task.transaction(
                "INSERT INTO orders VALUES (1, 'a')",
                "INSERT INTO orders VALUES (2, repeat('x', 17000000))",
                "INSERT INTO orders VALUES (3, repeat(E'\\t', 9000000))",
                "INSERT INTO orders VALUES (4, 'b')");
        try (TopicReader topic = new TopicReader(task.id)) {
            List<ChangeRecord> records = topic.readTransaction();
            assertThat(records)
                    .extracting(record -> record.getClass().getSimpleName())
                    .containsExactly("RowChange", "TooLarge", "TooLarge", "RowChange", "TransactionEnd");
            TooLarge large = (TooLarge) records.get(1);
            assertThat(large.table()).hasToString("public.orders");
            assertThat(large.bytes()).isBetween(17_000_000L, 17_000_100L);
            assertThat(((TooLarge) records.get(2)).bytes()).isGreaterThan(18_000_000L);
            assertThat(((RowChange) records.get(3)).after().value("note")).isEqualTo("b");
        }
    }

    /** It would have said which columns the table has. */
    @Test
    void theNextChangeDescribesTheTableInItsStead() {
        task.start();
        task.transaction(
                "INSERT INTO orders VALUES (3, repeat(E'\\t', 9000000))", "INSERT INTO orders VALUES (4, 'b')");
        try (TopicReader topic = new TopicReader(task.id)) {
            RowChange change = (RowChange) topic.readTransaction().get(1);
            assertThat(change.described()).isNotNull();
        }
    }

    @Test
    void aRecordJustBelowTheLimitArrives() {
        task.start();
        task.sql(
                "INSERT INTO orders VALUES (1, (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 490000) i))");
        try (TopicReader topic = new TopicReader(task.id)) {
            RowChange change = (RowChange) topic.readTransaction().getFirst();
            assertThat(change.after().value("note")).hasSize(490_000 * 32);
        }
    }

    private void runOnce() {
        try (TestingRun run = task.start();
                TopicReader topic = new TopicReader(task.id)) {
            task.sql("INSERT INTO orders VALUES (1)");
            topic.readTransaction();
            assertThat(run.endedWell()).isFalse();
        }
    }

    private void assertFailsWith(ErrorCode code, String words) {
        SluiceException failure = new TestingRun(task.run()).failure();
        assertThat(failure.code()).isEqualTo(code);
        assertThat(failure).hasMessageContaining(words);
    }

    private static String id(TopicReader topic) {
        return ((RowChange) topic.readTransaction().getFirst()).after().value("id");
    }
}
