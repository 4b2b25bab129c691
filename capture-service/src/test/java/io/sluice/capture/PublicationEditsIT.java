package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.Topics;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.StartPoint;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Somebody edits a publication by hand: what it left out meanwhile is a gap, also once the edit is undone. */
class PublicationEditsIT {

    private static final String EDITS = """
            SET (publish = 'insert')                      | every kind of change
            SET (publish_via_partition_root = false)      | partitions
            SET TABLE ONLY orders WHERE (id > 5), lines   | row filter
            SET TABLE ONLY orders (id), lines             | column list
            """;

    private TestingTask task;
    private String publication;

    @BeforeEach
    void start() {
        task = new TestingTask(
                List.of("orders", "lines"),
                "CREATE TABLE orders (id bigint PRIMARY KEY, note text)",
                "CREATE TABLE lines (id bigint PRIMARY KEY)");
        publication = Topics.publication(task.id);
    }

    @AfterEach
    void end() {
        task.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = EDITS)
    void anEditUnderTheReaderIsAGapAlsoOnceItIsUndone(String edit, String words) {
        TestingRun run = captureOne();
        task.sql("ALTER PUBLICATION " + publication + " " + edit);
        assertLost(run, words);
        assertLost(new TestingRun(task.run()), publication);
        task.sql(
                "ALTER PUBLICATION " + publication
                        + " SET (publish = 'insert, update, delete, truncate', publish_via_partition_root = true)",
                "ALTER PUBLICATION " + publication + " SET TABLE ONLY orders, ONLY lines");
        assertLost(new TestingRun(task.run()), publication);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = EDITS)
    void anEditWhileNothingRunsIsAGap(String edit, String words) {
        captureOne().stop();
        task.sql("ALTER PUBLICATION " + publication + " " + edit);
        assertLost(new TestingRun(task.run()), words);
    }

    @Test
    void whatIsLeftOfAStartThatNeverBeganIsMadeRight() {
        task.sql("CREATE PUBLICATION " + publication + " FOR TABLE orders WHERE (id > 5), lines");
        captureOne();
    }

    @ParameterizedTest
    @CsvSource({"orders WHERE (id > 5), row filter", "orders (id), column list"})
    void aGivenPublicationMustNotLeaveOutPartsOfATable(String table, String words) {
        task.sql("CREATE PUBLICATION given FOR TABLE " + table + ", lines");
        SluiceException failure = new TestingRun(given().run()).failure();
        assertThat(failure.code()).isEqualTo(ErrorCode.TABLE_UNSUPPORTED);
        assertThat(failure).hasMessageContaining(words);
        dropGivenSlot();
    }

    @ParameterizedTest
    @CsvSource({"SET TABLE lines, orders", "SET (publish = 'insert'), every kind"})
    void aGivenPublicationThatIsEditedUnderTheReaderIsAGapAlsoOnceItIsUndone(String edit, String words) {
        task.sql("CREATE PUBLICATION given FOR TABLE orders, lines");
        given();
        TestingRun run = captureOne();
        task.sql("ALTER PUBLICATION given " + edit);
        assertLost(run, words);
        task.sql(
                "ALTER PUBLICATION given SET (publish = 'insert, update, delete, truncate')",
                "ALTER PUBLICATION given SET TABLE orders, lines");
        assertLost(new TestingRun(task.run()), "given");
        dropGivenSlot();
    }

    @Test
    void aGivenPublicationThatIsEditedWhileNothingRunsIsAGapAlsoOnceItIsUndone() {
        task.sql("CREATE PUBLICATION given FOR TABLE orders, lines");
        given();
        captureOne().stop();
        task.sql("ALTER PUBLICATION given SET TABLE lines");
        assertLost(new TestingRun(task.run()), "orders");
        task.sql("ALTER PUBLICATION given SET TABLE orders, lines");
        assertLost(new TestingRun(task.run()), "given");
        dropGivenSlot();
    }

    /** Nothing of it shows in what it publishes now. */
    @Test
    void aGivenPublicationThatIsMadeAgainWhileNothingRunsIsAGap() {
        task.sql("CREATE PUBLICATION given FOR TABLE orders, lines");
        given();
        captureOne().stop();
        task.start().stop();
        task.sql("DROP PUBLICATION given", "CREATE PUBLICATION given FOR TABLE orders, lines");
        assertLost(new TestingRun(task.run()), "publication given was dropped and made again");
        assertLost(new TestingRun(task.run()), "given");
        dropGivenSlot();
    }

    private TestingTask given() {
        String slot = "given_" + task.database;
        task.sql("SELECT pg_create_logical_replication_slot('" + slot + "', 'pgoutput')");
        return task.from(new StartPoint(slot, "given", null));
    }

    private void dropGivenSlot() {
        task.sql("SELECT pg_drop_replication_slot('given_" + task.database + "')");
    }

    private TestingRun captureOne() {
        TestingRun run = task.start();
        task.sql("INSERT INTO orders VALUES (1)");
        try (TopicReader topic = new TopicReader(task.id)) {
            assertThat(((RowChange) topic.readTransaction().getFirst()).after().value("id"))
                    .isEqualTo("1");
        }
        return run;
    }

    private static void assertLost(TestingRun run, String words) {
        SluiceException failure = run.failure();
        assertThat(failure.code()).isEqualTo(ErrorCode.SLOT_LOST);
        assertThat(failure).hasMessageContaining(words).hasMessageContaining("eload");
    }
}
