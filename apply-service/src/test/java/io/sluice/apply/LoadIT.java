package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Gauge;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.TableName;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A load that is interrupted, limited or watched comes to the source's newest state. */
class LoadIT extends LoadScenario {

    /** No table comes to its end while a test on a busy machine looks the other way for a second or two. */
    private static final LoadLimits SLOWER = new LoadLimits(null, 4_000_000L, null, List.of());

    private final Random random = new Random(seed);

    @Test
    void anInterruptedLoadGoesOnAndEndsAtTheSourcesNewestState() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE keyed (id int, part text, token text UNIQUE, large text, PRIMARY KEY (part, id))",
                "INSERT INTO keyed SELECT i, 'p' || i % 7, 'token ' || i, CASE WHEN i % 500 = 0 THEN repeat(md5(i::text), 400)"
                        + " ELSE repeat('x', 150) END FROM generate_series(1, 150000) i",
                "CREATE TABLE appended (at int, line text)",
                "INSERT INTO appended SELECT i, repeat('y', 100) FROM generate_series(1, 60000) i",
                "CREATE TABLE shuffled (at int, line text)",
                "INSERT INTO shuffled SELECT i, repeat('z', 100) FROM generate_series(1, 60000) i",
                "CREATE TABLE empty (id int PRIMARY KEY)",
                "VACUUM ANALYZE");
        List<TableName> tables = names("keyed", "appended", "shuffled", "empty");
        int kills = Boolean.getBoolean("sluice.soak") ? 20 : 5;
        for (int i = 0; i < kills; i++) {
            Run run = run(tables, SLOWER);
            double before = loadedBytes();
            int more = random.nextInt(2_000_000);
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> loadedBytes() - before > more || run.done().isDone());
            if (random.nextBoolean()) {
                run.context().stop();
            } else {
                server.execute(
                        "postgres",
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'sluice-apply%'");
            }
            await().atMost(Duration.ofSeconds(30)).until(run.done()::isDone);
            // What comes to a table that is loaded already is for the stream, and here is none.
            assertThat(
                            databases.ask(
                                    targetName,
                                    "SELECT coalesce(string_agg(table_name, ','), '') FROM _sluice.table_load WHERE done AND table_name <> 'empty'"))
                    .as("loaded in round %d, seed %d", i, seed)
                    .isEmpty();
            change(i);
        }
        complete(tables);
        assertEqual(tables);
        assertThat(
                        databases.ask(
                                targetName,
                                "SELECT string_agg(indexdef, ';' ORDER BY indexname) FROM pg_indexes WHERE schemaname = 'public'"))
                .contains("(part, id)")
                .contains("(token)");
    }

    /** Rows that move, swap unique values, change their key, go and come. */
    private void change(int round) {
        String some = "id % 97 = " + (round * 13 % 97);
        server.execute(
                sourceName,
                "DELETE FROM keyed WHERE id % 101 = " + (round * 7 % 101),
                "UPDATE keyed SET part = 'moved ' || part WHERE " + some,
                "UPDATE keyed SET token = 'free ' || id WHERE id IN (SELECT id FROM keyed WHERE id % 89 = " + round
                        + ")",
                // A new row takes the unique value that an old one has given up.
                "INSERT INTO keyed SELECT 1000000 + id + " + round
                        + " * 200000, 'new', 'token ' || id, 'n' FROM keyed WHERE id % 89 = " + round
                        + " AND id < 150001",
                "UPDATE keyed SET token = token || '!' WHERE large LIKE repeat(md5('500'), 400)",
                "INSERT INTO appended SELECT i, 'later' FROM generate_series(1, 50) i",
                "DELETE FROM shuffled WHERE at % 211 = " + round,
                "UPDATE shuffled SET line = 'changed' WHERE at % 223 = " + round);
    }

    @Test
    void littleIsCopiedAgainAfterInterruptions() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE big (token text PRIMARY KEY, id int, line text)",
                "INSERT INTO big SELECT md5(i::text) || md5('-' || i), i, repeat('x', 130) FROM generate_series(1, 250000) i",
                "VACUUM ANALYZE");
        List<TableName> tables = names("big");
        for (int i = 1; i <= 3; i++) {
            Run run = run(tables, SLOW);
            double until = i * 12_000_000.0;
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> loadedBytes() > until || run.done().isDone());
            assertThat(run.done()).isNotDone();
            run.context().stop();
            await().atMost(Duration.ofSeconds(30)).until(run.done()::isDone);
            // To find what has gone, not all keys go over either: they are a third of the table.
            server.execute(
                    sourceName,
                    "DELETE FROM big WHERE id % 1009 = " + i,
                    "UPDATE big SET line = 'changed' WHERE id % 997 = " + i);
        }
        complete(tables);
        assertEqual(tables);
        double once = Double.parseDouble(databases.ask(targetName, "SELECT bytes_loaded FROM _sluice.table_load"));
        assertThat(loadedBytes()).as("bytes over the wire").isBetween(once, 1.1 * once);
    }

    /** What is wrong with one table does not end the load of the others, and none has to be mended by hand. */
    @Test
    void aTableThatWasChangedOnTheTargetWhileItsLoadWasInterruptedBeginsAgain() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE big (id int PRIMARY KEY, line text)",
                "INSERT INTO big SELECT i, repeat('x', 200) FROM generate_series(1, 60000) i",
                "ANALYZE");
        List<TableName> tables = names("big");
        Run run = run(tables, SLOW);
        await().atMost(Duration.ofSeconds(30)).until(() -> loadedBytes() > 4_000_000);
        run.context().stop();
        await().atMost(Duration.ofSeconds(30)).until(run.done()::isDone);
        server.execute(targetName, "DELETE FROM big WHERE id % 100 = 7");
        complete(tables);
        assertEqual(tables);
    }

    /** The rows of a table that inherits are none of its parent's, also where the parent's load was interrupted. */
    @Test
    void theRowsOfATableThatInheritsSurviveAnInterruptedLoadOfItsParent() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE parent (id int PRIMARY KEY, line text)",
                "INSERT INTO parent SELECT i, repeat('x', 200) FROM generate_series(1, 60000) i",
                "CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent)",
                "INSERT INTO child SELECT i, repeat('y', 200) FROM generate_series(1, 90000) i",
                "ANALYZE");
        List<TableName> tables = names("parent", "child");
        Run run = run(order(tables, SLOW, 1));
        // The child is larger, so it comes first.
        await().atMost(Duration.ofSeconds(60)).until(() -> loadedBytes() > 22_000_000);
        run.context().stop();
        await().atMost(Duration.ofSeconds(30)).until(run.done()::isDone);
        server.execute(
                sourceName,
                "DELETE FROM ONLY parent WHERE id % 3 = 0",
                "UPDATE ONLY parent SET line = 'z' WHERE id < 9");
        complete(tables);
        assertThat(databases.ask(targetName, "SELECT count(*) FROM child")).isEqualTo("90000");
        assertThat(databases.ask(targetName, "SELECT count(*) FROM ONLY parent"))
                .isEqualTo(databases.ask(sourceName, "SELECT count(*) FROM ONLY parent"));
    }

    @Test
    void aTableHasGaugesOnlyWhileItIsLoaded() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE big (id int PRIMARY KEY, line text)",
                "INSERT INTO big SELECT i, repeat('x', 200) FROM generate_series(1, 50000) i",
                "ANALYZE");
        List<TableName> tables = names("big");
        Run run = run(tables, new LoadLimits(null, 1_000_000L, null, List.of()));
        await().atMost(Duration.ofSeconds(30))
                .until(() -> gauge("rows") > 0 && gauge("bytes") > gauge("rows") && gauge("percent") > 0);
        assertThat(gauge("percent")).isLessThan(100);
        run.context().order(order(tables, LoadLimits.NONE, 4));
        await().atMost(Duration.ofSeconds(30)).until(run.done()::isDone);
        assertThat(run.failure()).isNull();
        assertThat(gauge("rows")).isEqualTo(-1);
        assertThat(gauge("percent")).isEqualTo(-1);
    }

    /** Of table big; -1 when there is none. */
    private double gauge(String of) {
        Gauge gauge = registries
                .getLast()
                .find("sluice.full.load.table." + of)
                .tags("task", taskId, "table", "public.big")
                .gauge();
        return gauge == null ? -1 : gauge.value();
    }

    @Test
    void limitsAndWorkersChangeUnderTheRun() throws Exception {
        server.execute(
                sourceName,
                "CREATE TABLE big (id int PRIMARY KEY, line text)",
                "INSERT INTO big SELECT i, repeat('x', 200) FROM generate_series(1, 100000) i",
                "ANALYZE");
        List<TableName> tables = names("big");
        Run run = run(tables, new LoadLimits(null, 100_000L, null, List.of()));
        await().until(() -> loadedBytes() > 0);
        double slow = loadedBytes();
        assertThat(slow).isLessThan(1_000_000);
        run.context().order(order(tables, LoadLimits.NONE, 4));
        await().atMost(Duration.ofSeconds(10)).until(run.done()::isDone);
        assertThat(run.failure()).isNull();
        assertEqual(tables);
    }
}
