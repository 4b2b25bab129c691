package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.capture.slot.Selection;
import io.sluice.contracts.Topics;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.LoadRequest;
import io.sluice.contracts.task.TableName;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A table that is not the one any more whose name a task has: its changes are never left out without a word. */
class TableNamesIT {

    private static final TableName ORDERS = new TableName("public", "orders");
    private static final TableName LINES = new TableName("public", "lines");

    private TestingTask task;

    @BeforeEach
    void start() {
        task = new TestingTask(
                List.of("orders", "lines"),
                "CREATE TABLE orders (id bigint PRIMARY KEY)",
                "CREATE TABLE lines (id bigint PRIMARY KEY)");
    }

    @AfterEach
    void end() {
        task.close();
    }

    @Test
    void aRenamedTableIsNamedAndLosesNothingOnceItHasItsNameBack() {
        TestingRun run = task.start();
        task.sql("ALTER TABLE orders RENAME TO old_orders", "INSERT INTO old_orders VALUES (1)");
        assertRefused(run.failure(), "public.orders was renamed to public.old_orders");
        assertRefused(new TestingRun(task.run()).failure(), "public.old_orders");
        task.sql("INSERT INTO old_orders VALUES (2)", "ALTER TABLE old_orders RENAME TO orders");
        task.start();
        task.sql("INSERT INTO orders VALUES (3)");
        try (TopicReader topic = new TopicReader(task.id)) {
            for (String id : List.of("1", "2", "3")) {
                RowChange change = (RowChange) topic.readTransaction().getFirst();
                assertThat(change.table()).isEqualTo(ORDERS);
                assertThat(change.after().value("id")).isEqualTo(id);
            }
        }
    }

    @Test
    void aTableInThePlaceOfAnotherIsFollowedOnlyOnceItIsLoadedAnew() {
        TestingRun first = task.start();
        first.stop();
        task.sql(
                "ALTER TABLE orders RENAME TO old_orders",
                "CREATE TABLE orders (id bigint PRIMARY KEY)",
                "INSERT INTO orders VALUES (1)");
        assertRefused(new TestingRun(task.run()).failure(), "public.orders is not in the publication");

        LoadRequest reload = new LoadRequest(ORDERS, 7, 0);
        TestingRun second = new TestingRun(task.run(new Selection(7, List.of(LINES, ORDERS), 0, List.of(reload))));
        second.awaitCapturing();
        task.sql("INSERT INTO old_orders VALUES (2)", "INSERT INTO orders VALUES (3)");
        try (TopicReader topic = new TopicReader(task.id)) {
            RowChange change = (RowChange) topic.readTransaction().getFirst();
            assertThat(change.table()).isEqualTo(ORDERS);
            assertThat(change.after().value("id")).isEqualTo("3");
        }
        second.stop();
        // An instance that has slept since must not take the new table out again.
        SluiceException late = new TestingRun(task.run()).failure();
        assertThat(late.code()).isEqualTo(ErrorCode.SLOT_IN_USE);
    }

    @Test
    void aTableThatIsMadeAgainOrTakenFromThePublicationWhileChangesStreamIsNamed() {
        TestingRun run = task.start();
        task.sql("DROP TABLE orders", "CREATE TABLE orders (id bigint PRIMARY KEY)");
        assertRefused(run.failure(), "public.orders was dropped and made again");
        LoadRequest reload = new LoadRequest(ORDERS, 7, 0);
        Selection newer = new Selection(7, List.of(LINES, ORDERS), 0, List.of(reload));
        TestingRun second = new TestingRun(task.run(newer)).awaitCapturing();
        task.sql("ALTER PUBLICATION " + Topics.publication(task.id) + " DROP TABLE lines");
        assertRefused(second.failure(), "public.lines was taken from the publication");
        assertRefused(new TestingRun(task.run(newer)).failure(), "public.lines is not in the publication");
    }

    @Test
    void aTableThatIsDroppedForGoodStopsNothing() {
        TestingRun run = task.start();
        task.sql("DROP TABLE orders");
        run.stop();
        task.start();
        task.sql("INSERT INTO lines VALUES (1)");
        try (TopicReader topic = new TopicReader(task.id)) {
            assertThat(((RowChange) topic.readTransaction().getFirst()).table()).isEqualTo(LINES);
        }
        task.sql("CREATE TABLE orders (id bigint PRIMARY KEY)");
        assertRefused(new TestingRun(task.run()).failure(), "public.orders is not in the publication");
    }

    @Test
    void tablesThatSwapNamesAreNotCapturedUnderEachOthersAlsoAfterARestart() {
        TestingRun run = task.start();
        swap();
        task.sql("INSERT INTO lines VALUES (1)");
        assertRefused(run.failure(), "was renamed");
        assertRefused(new TestingRun(task.run()).failure(), "another table has its name");
        swap();
        TestingRun back = task.start();
        task.sql("INSERT INTO orders VALUES (2)");
        try (TopicReader topic = new TopicReader(task.id)) {
            for (String id : List.of("1", "2")) {
                RowChange change = (RowChange) topic.readTransaction().getFirst();
                assertThat(change.table()).isEqualTo(ORDERS);
                assertThat(change.after().value("id")).isEqualTo(id);
            }
        }
        back.stop();
    }

    @Test
    void tablesThatSwappedNamesWhileNothingRanAreFollowedOnceEachIsLoadedAnew() {
        task.start().stop();
        swap();
        assertRefused(new TestingRun(task.run()).failure(), "another table has its name");
        List<TableName> both = List.of(LINES, ORDERS);
        LoadRequest orders = new LoadRequest(ORDERS, 7, 0);
        assertRefused(
                new TestingRun(task.run(new Selection(7, both, 0, List.of(orders)))).failure(),
                "public.lines is not the table that it was");
        Selection newer = new Selection(8, both, 0, List.of(orders, new LoadRequest(LINES, 8, 0)));
        new TestingRun(task.run(newer)).awaitCapturing().stop();
        TestingRun second = new TestingRun(task.run(newer)).awaitCapturing();
        task.sql("INSERT INTO orders VALUES (3)");
        try (TopicReader topic = new TopicReader(task.id)) {
            assertThat(((RowChange) topic.readTransaction().getFirst()).table()).isEqualTo(ORDERS);
        }
        second.stop();
        swap();
        assertRefused(new TestingRun(task.run(newer)).failure(), "another table has its name");
    }

    @Test
    void anOlderNoteThatSaysNothingOfTheTablesGoesOn() {
        task.start().stop();
        String publication = Topics.publication(task.id);
        String note = "SELECT obj_description(oid, 'pg_publication') FROM pg_publication WHERE pubname = '"
                + publication + "'";
        String older = String.valueOf(task.query(note)).replaceAll("; .*", "");
        task.sql("COMMENT ON PUBLICATION " + publication + " IS '" + older + "'");
        task.start().stop();
        assertThat(task.query(note)).isNotEqualTo(older).startsWith(older);
        swap();
        assertRefused(new TestingRun(task.run()).failure(), "another table has its name");
    }

    @Test
    void aTableThatBecomesAPartitionOfAnotherOfTheTaskIsNamed() {
        try (TestingTask parted = new TestingTask(
                List.of("whole", "part"),
                "CREATE TABLE whole (id bigint PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE part (id bigint PRIMARY KEY)")) {
            TestingRun run = parted.start();
            parted.sql("ALTER TABLE whole ATTACH PARTITION part DEFAULT");
            assertRefused(run.failure(), "public.part is a partition of public.whole");
            assertRefused(new TestingRun(parted.run()).failure(), "public.part is a partition of public.whole");
        }
    }

    private void swap() {
        task.transaction(
                "ALTER TABLE orders RENAME TO other",
                "ALTER TABLE lines RENAME TO orders",
                "ALTER TABLE other RENAME TO lines");
    }

    private static void assertRefused(SluiceException failure, String words) {
        assertThat(failure.code()).isEqualTo(ErrorCode.SCHEMA_CHANGED);
        assertThat(failure).hasMessageContaining(words).hasMessageContaining("reload");
    }
}
