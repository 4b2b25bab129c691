package io.sluice.apply.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.apply.SharedServers;
import io.sluice.apply.TestingContext;
import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.errand.TableComparison.State;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableChoice.Columns;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.localstack.PostgresServer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tables of every kind, mapped in every way; tables that cannot be compared; comparisons that are interrupted. */
class ComparisonIT {

    private static final List<TableChoice> ALL = List.of(TableChoice.unchanged(new TablePattern("public", "*")));

    private static final PostgresServer server = SharedServers.postgres();

    @Test
    void keysOfEveryOrderAreFoundAndRepaired() {
        TableName words = ComparedSides.table("words");
        TableName pairs = ComparedSides.table("pairs");
        TableName moods = ComparedSides.table("moods");
        TableName bag = ComparedSides.table("bag");
        // Text sorts by bytes on the source and by a language on the target.
        ComparedSides sides = new ComparedSides(
                server,
                server,
                ALL,
                List.of(words, pairs, moods, bag),
                "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de-DE'");
        sides.onBoth(
                "CREATE TABLE words (word text PRIMARY KEY, n int)",
                "INSERT INTO words SELECT CASE mod(i, 4) WHEN 0 THEN 'Ä' WHEN 1 THEN 'a' WHEN 2 THEN 'Z-' ELSE '𝄞 ' END"
                        + " || i, i FROM generate_series(1, 25000) i",
                "CREATE TABLE pairs (tenant int, at timestamptz, code char(5), v text, PRIMARY KEY (tenant, at, code))",
                "INSERT INTO pairs SELECT mod(i, 3), timestamptz '2026-01-01' + i * interval '1 s', 'c' || mod(i, 7), 'v' || i"
                        + " FROM generate_series(1, 25000) i",
                "CREATE TYPE mood AS ENUM ('b', 'a')",
                "CREATE TABLE moods (mood mood, tags text[], PRIMARY KEY (mood, tags))",
                "INSERT INTO moods SELECT 'a', ARRAY[i::text] FROM generate_series(1, 100) i",
                "CREATE TABLE bag (t text, n int)",
                "INSERT INTO bag SELECT 'x', mod(i, 50) FROM generate_series(1, 25000) i",
                "ANALYZE");
        for (TableName table : List.of(words, pairs, moods, bag)) {
            assertThat(sides.content(false, table).state()).as(table.toString()).isEqualTo(State.EQUAL);
        }
        sides.onTarget(
                "DELETE FROM words WHERE word IN ('Ä4', '𝄞 3')",
                "UPDATE words SET n = 0 WHERE word IN ('Z-2', 'a1')",
                "INSERT INTO words VALUES ('it''s \\ \"new\"', 1)",
                "UPDATE pairs SET code = 'other' WHERE v = 'v77'",
                "DELETE FROM pairs WHERE v = 'v24999'",
                "UPDATE moods SET mood = 'b' WHERE tags = '{42}'",
                "DELETE FROM bag WHERE ctid IN (SELECT ctid FROM bag WHERE n = 7 LIMIT 3)",
                "INSERT INTO bag VALUES ('x', 9), ('x', 9), (NULL, 9)");
        assertCounts(sides.content(false, words), 2, 1, 2);
        assertCounts(sides.content(false, pairs), 2, 1, 0);
        assertCounts(sides.content(false, moods), 1, 1, 0);
        assertCounts(sides.content(false, bag), 3, 3, 0);
        List<TableComparison> found = sides.compare(ComparedSides.errand(ComparisonKind.CONTENT), sides.context(false));
        assertThat(found).hasSize(4).allMatch(table -> table.state() == State.DIFFERENT);
        for (TableName table : List.of(words, pairs, moods, bag)) {
            sides.kept("repair", table).forEach(sides::onTarget);
        }
        assertThat(sides.compare(ComparedSides.errand(ComparisonKind.CONTENT), sides.context(false)))
                .allMatch(table -> table.state() == State.EQUAL);
    }

    /** The database takes 1.0 for 1.00 in a key, but they are not the same. */
    @Test
    void keysThatAreEqualButWrittenInAnotherWayAreOneDifference() {
        TableName prices = ComparedSides.table("prices");
        ComparedSides sides = new ComparedSides(server, ALL, List.of(prices));
        sides.onBoth(
                "CREATE TABLE prices (price numeric, code text, v int, PRIMARY KEY (price, code))",
                "INSERT INTO prices SELECT i / 10.0, 'c', i FROM generate_series(1, 1000) i",
                "INSERT INTO prices VALUES (0, 'a', 0), (0, 'z', 0)");
        sides.onTarget(
                "UPDATE prices SET price = 5.00 WHERE v = 50",
                "UPDATE prices SET price = 0.00 WHERE price = 0",
                "UPDATE prices SET price = price::text::numeric(20, 5), v = 1 WHERE v = 77",
                "DELETE FROM prices WHERE v = 99");
        assertCounts(sides.content(false, prices), 1, 0, 4);
        assertThat(sides.compare(ComparedSides.errand(ComparisonKind.ROW_COUNT, prices), sides.context(false)))
                .singleElement()
                .satisfies(result -> assertCounts(result, 1, 0, 0));
        sides.content(false, prices);
        sides.kept("repair", prices).forEach(sides::onTarget);
        assertThat(sides.content(false, prices).state()).isEqualTo(State.EQUAL);
    }

    private static void assertCounts(TableComparison result, long missing, long extra, long changed) {
        assertThat(List.of(result.missing(), result.extra(), result.changed()))
                .as(result.toString())
                .containsExactly(missing, extra, changed);
    }

    @Test
    void mappedFilteredAndJoinedTablesAreComparedAsTheyAreMeant() {
        TableName orders = ComparedSides.table("orders");
        TableName january = ComparedSides.table("part_1");
        TableName february = ComparedSides.table("part_2");
        ComparedSides sides = new ComparedSides(
                server,
                List.of(
                        new TableChoice(
                                "public",
                                "orders",
                                "shop",
                                "Orders",
                                new Columns(List.of("secret"), Map.of("amount", "Amount")),
                                "amount > 10 AND c1 IS NULL",
                                null),
                        new TableChoice("public", "part_*", "shop", "whole", null, null, null)),
                List.of(orders, january, february));
        sides.onSource(
                "CREATE TABLE orders (id int PRIMARY KEY, amount numeric, secret text, c1 int)",
                "INSERT INTO orders SELECT i, i, 's', CASE WHEN i > 90 THEN 1 END FROM generate_series(1, 100) i",
                "CREATE TABLE part_1 (id int PRIMARY KEY, v text)",
                "CREATE TABLE part_2 (id int PRIMARY KEY, v text)",
                "INSERT INTO part_1 SELECT i, 'one' FROM generate_series(1, 50) i",
                "INSERT INTO part_2 SELECT i, 'two' FROM generate_series(51, 80) i");
        sides.onTarget(
                "CREATE SCHEMA shop",
                "CREATE TABLE shop.\"Orders\" (id int PRIMARY KEY, \"Amount\" numeric, c1 int, own text)",
                "INSERT INTO shop.\"Orders\" SELECT i, i FROM generate_series(11, 90) i",
                "CREATE TABLE shop.whole (id int PRIMARY KEY, v text)",
                "INSERT INTO shop.whole SELECT i, CASE WHEN i > 50 THEN 'two' ELSE 'one' END FROM generate_series(1, 80) i");
        assertThat(sides.content(false, orders).state()).isEqualTo(State.EQUAL);
        TableComparison whole = sides.content(false, february);
        assertThat(whole.sources()).containsExactly(january, february);
        assertThat(whole.state()).isEqualTo(State.EQUAL);
        assertThat(whole.sourceRows()).isEqualTo(80);
        sides.onTarget(
                "INSERT INTO shop.\"Orders\" VALUES (5, 5)",
                "UPDATE shop.\"Orders\" SET \"Amount\" = 11.0 WHERE id = 11",
                "DELETE FROM shop.whole WHERE id IN (50, 51)");
        assertCounts(sides.content(false, orders), 0, 1, 1);
        assertCounts(sides.content(false, january), 2, 0, 0);
    }

    @Test
    void aTableThatCannotBeComparedSaysWhyAndTheOthersGoOn() {
        TableName good = ComparedSides.table("good");
        TableName gone = ComparedSides.table("gone");
        TableName narrow = ComparedSides.table("narrow");
        TableName broken = ComparedSides.table("broken");
        ComparedSides sides = new ComparedSides(server, ALL, List.of(good, gone, narrow, broken));
        sides.onBoth(
                "CREATE TABLE good (id int PRIMARY KEY)",
                "INSERT INTO good SELECT generate_series(1, 1000)",
                "CREATE TABLE narrow (id int PRIMARY KEY, a int)",
                "CREATE TABLE broken (id int PRIMARY KEY, t text STORAGE EXTERNAL)",
                "INSERT INTO broken SELECT i, repeat('x', 5000) FROM generate_series(1, 10) i");
        sides.onSource("CREATE TABLE gone (id int PRIMARY KEY)");
        // A value whose second part is lost, as after a damage of the disk.
        String toast = "(SELECT reltoastrelid FROM pg_class WHERE oid = 'broken'::regclass)";
        sides.onTarget(
                "ALTER TABLE narrow DROP COLUMN a",
                "SET allow_system_table_mods = on",
                "UPDATE pg_class SET relkind = 'r' WHERE oid = " + toast,
                "DO $$ BEGIN EXECUTE format('DELETE FROM %s WHERE chunk_seq = 1', " + toast + "::regclass); END $$",
                "UPDATE pg_class SET relkind = 't' WHERE oid = " + toast,
                "VACUUM broken");
        Map<TableName, TableComparison> results =
                sides.compare(ComparedSides.errand(ComparisonKind.CONTENT), sides.context(false)).stream()
                        .collect(Collectors.toMap(TableComparison::table, result -> result));
        assertThat(results.get(good).state()).isEqualTo(State.EQUAL);
        assertThat(results.get(broken).code()).isEqualTo(ErrorCode.DATABASE_ERROR);
        assertThat(results.get(broken).detail())
                .contains("public.broken")
                .contains("target")
                .contains("chunk number");
        assertThat(results.get(gone).code()).isEqualTo(ErrorCode.SCHEMA_CHANGED);
        assertThat(results.get(gone).detail()).contains("public.gone").contains("target");
        assertThat(results.get(narrow).code()).isEqualTo(ErrorCode.TARGET_COLUMNS_DIFFER);
        assertThat(results.get(narrow).detail()).endsWith("lacks columns: a. Add them and compare again.");
    }

    @Test
    void countsThatDifferLeadToTheRows() {
        TableName table = ComparedSides.table("counted");
        ComparedSides sides = new ComparedSides(server, ALL, List.of(table));
        sides.onBoth(
                "CREATE TABLE counted (id int PRIMARY KEY, v int)",
                "INSERT INTO counted SELECT i, i FROM generate_series(1, 30000) i",
                "ANALYZE");
        sides.onTarget("UPDATE counted SET v = 0 WHERE id = 1");
        assertThat(count(sides, table).state()).isEqualTo(State.EQUAL);
        sides.onTarget("DELETE FROM counted WHERE id IN (7, 8)", "INSERT INTO counted VALUES (40000, 0)");
        TableComparison result = count(sides, table);
        assertThat(List.of(result.sourceRows(), result.targetRows())).containsExactly(30000L, 29999L);
        assertCounts(result, 2, 1, 0);
    }

    private static TableComparison count(ComparedSides sides, TableName table) {
        return sides.compare(ComparedSides.errand(ComparisonKind.ROW_COUNT, table), sides.context(false))
                .getFirst();
    }

    /** The stream waits for nothing that a comparison holds while the comparison waits for the stream. */
    @Test
    @Timeout(120)
    void tablesThatAreEmptiedAndFilledAgainStopNeitherTheStreamNorTheComparison() {
        TableName often = ComparedSides.table("often");
        ComparedSides sides = new ComparedSides(server, server, ALL, List.of(often), "");
        sides.onBoth(
                "CREATE TABLE often (id int PRIMARY KEY, v int)",
                "INSERT INTO often SELECT i, 0 FROM generate_series(1, 3000) i");
        long seed = Long.getLong("sluice.seed", System.nanoTime());
        try (LiveTraffic traffic = new LiveTraffic(
                sides,
                seed,
                random -> random.nextInt(60) > 0
                        ? List.of("UPDATE often SET v = v + 1 WHERE id = " + (1 + random.nextInt(3_000)))
                        : List.of(
                                "TRUNCATE often",
                                "INSERT INTO often SELECT i, " + random.nextInt()
                                        + " FROM generate_series(1, 3000) i"))) {
            for (int round = 0; round < 20; round++) {
                assertThat(sides.content(true, often).state())
                        .as("-Dsluice.seed=" + seed + ", after " + traffic.committed() + " transactions")
                        .isIn(State.EQUAL, State.UNSETTLED);
            }
        }
        assertThat(sides.content(false, often).state()).isEqualTo(State.EQUAL);
    }

    @Test
    void anInterruptedComparisonGoesOnWhereItWas() throws Exception {
        TableName table = ComparedSides.table("slow");
        ComparedSides sides = new ComparedSides(server, ALL, List.of(table));
        sides.onBoth(
                "CREATE TABLE slow (id int PRIMARY KEY, v text)",
                "INSERT INTO slow SELECT i, repeat('x', 100) FROM generate_series(1, 40000) i",
                "VACUUM ANALYZE slow");
        sides.onTarget("UPDATE slow SET v = 'y' WHERE id = 39999");
        Errand.Comparison throttled = new Errand.Comparison(700, ComparisonKind.CONTENT, List.of(), 1, 5_000L);
        TestingContext first = sides.context(false);
        CompletableFuture<List<TableComparison>> interrupted =
                CompletableFuture.supplyAsync(() -> sides.compare(throttled, first));
        String read =
                "SELECT max((result::json ->> 'sourceRows')::int) FROM _sluice.comparison_table WHERE number = 700";
        await().until(() -> {
            String rows = hasNotes(sides)
                    ? ComparedSides.values(server, sides.targetName, read).getFirst()
                    : null;
            return rows != null && Integer.parseInt(rows) >= 10_000;
        });
        first.stop();
        assertThat(interrupted.get()).isEmpty();
        int known = Integer.parseInt(
                ComparedSides.values(server, sides.targetName, read).getFirst());
        assertThat(known).isBetween(10_000, 39_999);
        // What is known already is not read again: the rows that come before it may change unseen.
        sides.onSource("UPDATE slow SET v = 'z' WHERE id = 1");
        sides.onTarget("UPDATE slow SET v = 'z' WHERE id = 1");
        Errand.Comparison fast = new Errand.Comparison(700, ComparisonKind.CONTENT, List.of(), 1, null);
        TableComparison result = sides.compare(fast, sides.context(false)).getFirst();
        assertCounts(result, 0, 0, 1);
        assertThat(sides.compare(fast, sides.context(false))).containsExactly(result);
    }

    private static boolean hasNotes(ComparedSides sides) {
        return !ComparedSides.values(
                        server,
                        sides.targetName,
                        "SELECT 1 FROM pg_class WHERE oid = to_regclass('_sluice.comparison_table')")
                .isEmpty();
    }
}
