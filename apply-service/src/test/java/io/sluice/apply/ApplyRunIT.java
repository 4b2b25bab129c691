package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.ChangeLimits;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a run makes of the rows and changes of a task. */
class ApplyRunIT extends ApplyRunScenario {

    @Test
    void rowsThatSwapAUniqueValueAreAppliedInOrder() {
        Run run = streaming("(1, 'a', 'x'), (2, 'b', 'y')");
        change(Operation.UPDATE, at(1, 1), "1", "c", "x");
        change(Operation.UPDATE, at(1, 2), "2", "a", "y");
        change(Operation.UPDATE, at(1, 3), "1", "b", "x");
        topic.end(at(1, 4));
        topic.flush();
        awaitRows("1|b|x", "2|a|y");
        assertThat(run.context().facts()).noneMatch(Fact.Failed.class::isInstance);
    }

    @Test
    void aTransactionLargerThanMemoryIsOneTransactionOnTheTarget() {
        Run run = streaming("(0, 'first', '')");
        int rows = 50_000;
        for (int i = 1; i <= rows; i++) {
            change(Operation.INSERT, at(1, i), Integer.toString(i), "n" + i, "");
        }
        topic.flush();
        // A part of it is written when the session has a transaction open with rows in it.
        await().until(() -> count("SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                        + " WHERE a.application_name = 'sluice-apply " + taskId
                        + "' AND l.relation = 'item'::regclass AND l.mode = 'RowExclusiveLock'")
                > 0);
        assertThat(count("SELECT count(*) FROM item")).isEqualTo(1);
        topic.end(at(1, rows + 1));
        topic.flush();
        await().until(() -> count("SELECT count(*) FROM item") == rows + 1);
        assertThat(run.context().facts()).noneMatch(Fact.Failed.class::isInstance);
    }

    @Test
    void anUnchangedLargeValueSurvivesAChangeOfTheKey() {
        streaming("(1, 'a', 'large')");
        topic.change(table, Operation.UPDATE, at(1, 1), new String[] {"1", null, null}, new String[] {
            "7", "b", ChangeEncoder.UNCHANGED
        });
        topic.end(at(1, 2));
        topic.flush();
        awaitRows("7|b|large");
    }

    @Test
    void everyKindOfColumnIsCopiedWithKeysIndexesDefaultsAndSequences() throws Exception {
        server.execute(
                sourceName,
                "CREATE SCHEMA \"Odd Schema\"",
                "CREATE TYPE \"Odd Schema\".mood AS ENUM ('so-so', 'it''s fine')",
                "CREATE DOMAIN percent AS numeric(5,2) CHECK (VALUE BETWEEN 0 AND 100)",
                "CREATE TABLE \"Odd Schema\".\"Töble\" (id bigserial PRIMARY KEY, feeling \"Odd Schema\".mood,"
                        + " feelings \"Odd Schema\".mood[], share percent DEFAULT 50, twice int GENERATED ALWAYS AS (4 * 2)"
                        + " STORED, n int GENERATED ALWAYS AS IDENTITY, at timestamptz DEFAULT now(), t text COLLATE \"C\")",
                "CREATE INDEX part ON \"Odd Schema\".\"Töble\" (lower(t)) WHERE share > 10",
                "INSERT INTO \"Odd Schema\".\"Töble\" (feeling, feelings, t) SELECT 'it''s fine',"
                        + " '{so-so,\"it''s fine\"}', 'row ' || i FROM generate_series(1, 1000) i");
        topic.heartbeat(new Lsn(1));
        topic.flush();
        Run run = run(List.of(new TableName("Odd Schema", "Töble"), TABLE));
        await().until(() -> run.context().reached(Fact.Step.APPLYING));
        String all = "SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM \"Odd Schema\".\"Töble\" t";
        assertThat(databases.ask(targetName, all)).isEqualTo(databases.ask(sourceName, all));
        String indexes = "SELECT string_agg(pg_get_indexdef(indexrelid), ';' ORDER BY indexrelid::regclass::text)"
                + " FROM pg_index WHERE indrelid = '\"Odd Schema\".\"Töble\"'::regclass";
        assertThat(databases.ask(targetName, indexes)).isEqualTo(databases.ask(sourceName, indexes));
        server.execute(targetName, "INSERT INTO \"Odd Schema\".\"Töble\" (t) VALUES ('next')");
        assertThat(databases.ask(
                        targetName,
                        "SELECT id || ':' || n || ':' || share FROM \"Odd Schema\".\"Töble\" WHERE t = 'next'"))
                .isEqualTo("1001:1001:50.00");
    }

    /** Whose clock is ahead, and jumps back by two hours. */
    @Test
    void theLagOfASourceWhoseClockIsAnotherIsTheTimeThatHasPassed() {
        Run run = streaming("(1, 'a', 'x')");
        long hour = 3_600_000;
        for (int i = 0; i < 2; i++) {
            long ahead = i == 0 ? hour : -hour;
            Lsn lsn = new Lsn(2L + i);
            topic.heartbeat(lsn, System.currentTimeMillis() + ahead - 5_000, ahead);
            topic.flush();
            await().untilAsserted(() -> assertThat(run.context().facts())
                    .filteredOn(Fact.ApplyPosition.class::isInstance)
                    .map(Fact.ApplyPosition.class::cast)
                    .anySatisfy(position -> {
                        assertThat(position.appliedLsn()).isEqualTo(lsn.toString());
                        assertThat(position.totalMillis()).isBetween(5_000L, 60_000L);
                    }));
        }
    }

    @Test
    void changesAloneGoToTablesThatAreThere() {
        server.execute(sourceName, "INSERT INTO item VALUES (1, 'a', 'x'), (2, 'b', 'y')");
        topic.heartbeat(new Lsn(1));
        topic.flush();
        assertFails(run(changesAlone(), context(), new Claimant()), ErrorCode.TARGET_OBJECT_MISSING);

        server.execute(
                targetName,
                "CREATE TABLE item (id int PRIMARY KEY, name text UNIQUE, note text, own int)",
                "INSERT INTO item VALUES (1, 'a', 'copied by other means')");
        Run run = run(changesAlone(), context(), new Claimant());
        await().until(() -> run.context().reached(Fact.Step.APPLYING));
        // One that every snapshot of the source has seen: nothing was copied, so it counts.
        topic.describe(table, Operation.INSERT, at(new Lsn(2), 3, 1), "2", "b", "y");
        topic.end(at(new Lsn(2), 3, 2));
        topic.flush();
        awaitRows("1|a|copied by other means", "2|b|y");
        assertThat(run.context().facts()).doesNotContain(new Fact.StepReached(Fact.Step.STRUCTURE));
        run.context().stop();
        await().until(run.done()::isDone);

        Run again = run(changesAlone(), context(), new Claimant());
        change(Operation.UPDATE, at(1, 1), "2", "b", "z");
        topic.end(at(1, 2));
        topic.flush();
        awaitRows("1|a|copied by other means", "2|b|z");
        assertThat(again.done()).isNotDone();
    }

    @Test
    void aLimitIsTakenAwayInARun() {
        TaskOrder free = order(Phase.RUN);
        Run run = run(TestingOrders.with(free, new ChangeLimits(1L, null)), context(), new Claimant());
        topic.heartbeat(new Lsn(1));
        topic.flush();
        await().until(() -> run.context().reached(Fact.Step.APPLYING));
        int rows = 2_000;
        for (int i = 1; i <= rows; i++) {
            change(Operation.INSERT, at(i, 1), Integer.toString(i), "n" + i, "");
            topic.end(at(i, 2));
        }
        topic.flush();
        // At that rate they take half an hour.
        await().until(() -> count("SELECT count(*) FROM item") >= 2);
        assertThat(count("SELECT count(*) FROM item")).isLessThan(rows);
        run.context().order(TestingOrders.with(free, new ChangeLimits(null, null)));
        await().atMost(Duration.ofSeconds(60)).until(() -> count("SELECT count(*) FROM item") == rows);
        assertThat(run.context().facts()).noneMatch(Fact.Failed.class::isInstance);
        assertThat(run.done()).isNotDone();
    }

    private TaskOrder changesAlone() {
        return order(Phase.RUN, List.of(TABLE), SyncMode.INCREMENTAL);
    }
}
