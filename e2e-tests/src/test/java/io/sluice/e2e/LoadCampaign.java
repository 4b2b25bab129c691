package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;

/**
 * Kills something (SIGKILL) at random moments in which pieces of large tables with keys are copied, and rows change at the source
 * meanwhile. Every row must be equal in the end, and over all kills together at most a tenth of the tables may have been
 * copied again: what was under way at each kill, and what had changed.
 *
 * <p>How much that was, the target's server tells, which counts every row that was ever written into a table, also by
 * transactions that were rolled back; the rows are equally long, so a share of the rows is one of the bytes. It forgets its
 * count when it crashes itself: then what was noted as copied by then stands for it, with what was under way a moment before
 * and what earlier kills had cost.
 *
 * <p>Beside these tables two others go into one that has rows of its own. It is copied in one transaction, so with each kill
 * all of it is copied again, and none of its rows may ever be seen; it does not count here.
 */
final class LoadCampaign {
    private static final Duration MOMENT = Duration.ofMillis(1_500);
    private static final int TABLES = 3;
    private static final int LINE = 400;
    private static final int OWN_ROWS = 100;

    /** Slow enough that the load outlasts the kills: with each, a process copies a second's worth at once and this rate after it. */
    private static final long BYTES_PER_SECOND = 6_000_000;

    /** Of each table, for each kill. */
    private static final int ROWS = 16_000;

    private static final String KEPT_ROWS =
            "SELECT count(*) || ' ' || md5(string_agg(concat_ws('|', id, line), ',' ORDER BY id)) FROM ";

    private final String name;
    private final List<Victim> victims;
    private final Moments moments;
    private final Pair pair;

    private int changes;

    /** Rows that were written before the target's server began to count again. */
    private long forgotten;

    /** Rows that were written in vain, or once more, as far as it is known. */
    private long wasted;

    /** @param victims in their order; one may be there more than once */
    LoadCampaign(Sluice sluice, String name, List<Victim> victims) {
        this.name = name;
        this.victims = victims;
        this.moments = new Moments(name);
        this.pair = Pair.create(sluice, name);
    }

    void run() {
        fill();
        Task task = Task.create(pair, spec());
        task.start();
        task.awaitState("FULL_SYNC");
        int keptUnderWay = 0;
        for (Victim victim : victims) {
            Noted before = noted();
            await("another piece is copied")
                    .atMost(Duration.ofMinutes(2))
                    .until(() -> noted().pieces() > before.pieces());
            Duration moment = moments.await(MOMENT);
            keptUnderWay += rowsUnderWay("kept") > 0 ? 1 : 0;
            Noted then = noted();
            assertThat(then.tables()).as("tables that are copied, %s", then).isLessThan(TABLES);
            assertThat(pair.askTarget("SELECT count(*) FROM kept.taken")).isEqualTo("" + OWN_ROWS);
            change();
            String server = targetBegan();
            long underWay = rowsUnderWay("app");
            victim.kill().run();
            Seed.say("%s: killed after %d ms, %s".formatted(name, moment.toMillis(), then));
            victim.start().run();
            if (targetBegan().equals(server)) {
                wasted = Math.max(wasted, forgotten + written() - noted().rows());
            } else {
                wasted += underWay;
                forgotten = noted().rows() + wasted - written();
            }
        }
        assertThat(keptUnderWay)
                .as("kills while the table with its own rows was copied")
                .isPositive();
        task.patch(unlimited()).expect(200);
        task.awaitStreaming();
        change();
        task.awaitZeroLag();
        long rows = pair.assertEqual("app");
        assertThat(pair.askTarget(KEPT_ROWS + "kept.taken WHERE id > 0"))
                .isEqualTo(pair.askSource(KEPT_ROWS + "(TABLE kept.a UNION ALL TABLE kept.b) AS kept"));
        assertThat(pair.askTarget("SELECT count(*) || min(own) || max(own) FROM kept.taken WHERE id < 0"))
                .isEqualTo(OWN_ROWS + "minemine");
        // The sessions of the task have told what they wrote when they have ended.
        task.end();
        long again = written() + forgotten - rows;
        Seed.say("%s: seed %d, %d kills, %,d rows equal, %,d of them copied again (%.1f %%)"
                .formatted(name, Seed.value(), victims.size(), rows, again, 100.0 * again / rows));
        assertThat(again).as("rows copied again of %d", rows).isBetween(0L, rows / 10);
    }

    private void fill() {
        int rows = ROWS * victims.size();
        pair.onSource("CREATE SCHEMA app", "CREATE SCHEMA kept");
        for (int i = 0; i < TABLES; i++) {
            pair.onSource(
                    "CREATE TABLE app.big_%d (id int PRIMARY KEY, line text)".formatted(i),
                    lines("app.big_" + i, 1, rows));
        }
        for (int i = 0; i < 2; i++) {
            String table = "kept." + "ab".charAt(i);
            pair.onSource(
                    "CREATE TABLE %s (id int PRIMARY KEY, line text)".formatted(table),
                    lines(table, 1 + i * 10_000_000, rows * 6 / 10));
        }
        pair.onSource("ANALYZE");
        pair.onTarget(
                "CREATE SCHEMA kept",
                "CREATE TABLE kept.taken (id int PRIMARY KEY, line text, own text)",
                "INSERT INTO kept.taken SELECT -i, 'theirs', 'mine' FROM generate_series(1, %d) i".formatted(OWN_ROWS));
    }

    /** Each as long as the others. */
    private static String lines(String table, int first, int count) {
        return "INSERT INTO %s SELECT i, lpad(i::text, %d, 'x') FROM generate_series(%d, %d) i"
                .formatted(table, LINE, first, first + count - 1);
    }

    /** Some rows of each table go, change and come. */
    private void change() {
        int number = changes++;
        for (int i = 0; i < TABLES; i++) {
            pair.onSource(
                    "DELETE FROM app.big_%d WHERE id %% 1009 = %d".formatted(i, number),
                    "UPDATE app.big_%d SET line = reverse(line) WHERE id %% 997 = %d".formatted(i, number),
                    lines("app.big_" + i, 10_000_000 + 100 * number, 20));
        }
        pair.onSource(
                "DELETE FROM kept.a WHERE id % 1009 = " + number,
                "UPDATE kept.b SET line = reverse(line) WHERE id % 997 = " + number);
    }

    private ObjectNode spec() {
        ObjectNode spec = Task.spec(pair, "app");
        ArrayNode include = (ArrayNode) spec.path("objects").path("include");
        for (String table : List.of("a", "b")) {
            include.addObject().put("schema", "kept").put("table", table).put("targetTable", "taken");
        }
        spec.putObject("structure").put("existingTable", "KEEP");
        ((ObjectNode) spec.path("fullLoad")).put("maxBytesPerSecond", BYTES_PER_SECOND);
        return spec;
    }

    private static ObjectNode unlimited() {
        ObjectNode changes = Api.JSON.createObjectNode();
        changes.putObject("fullLoad").putNull("maxBytesPerSecond");
        return changes;
    }

    /** What Sluice has noted of the tables that are copied in pieces. */
    private record Noted(long pieces, long rows, long tables) {}

    private Noted noted() {
        if (pair.askTarget("SELECT to_regclass('_sluice.load_piece')").equals("null")) {
            return new Noted(0, 0, 0);
        }
        String[] numbers = pair.askTarget("""
                        SELECT count(p.part) || ' ' || coalesce(sum(p.row_count), 0) || ' ' || (SELECT count(*)
                            FROM _sluice.table_load WHERE schema_name = 'app' AND copied)
                        FROM _sluice.load_piece p WHERE schema_name = 'app'""").split(" ");
        return new Noted(Long.parseLong(numbers[0]), Long.parseLong(numbers[1]), Long.parseLong(numbers[2]));
    }

    private String targetBegan() {
        return pair.askTarget("SELECT pg_postmaster_start_time()");
    }

    private long written() {
        return Long.parseLong(
                pair.askTarget("SELECT coalesce(sum(n_tup_ins), 0) FROM pg_stat_user_tables WHERE schemaname = 'app'"));
    }

    /** Not committed yet. */
    private long rowsUnderWay(String schema) {
        return Long.parseLong(pair.askTarget("""
                SELECT coalesce(sum(tuples_processed), 0) FROM pg_stat_progress_copy p JOIN pg_class c ON c.oid = p.relid
                WHERE p.datname = current_database() AND c.relnamespace = '%s'::regnamespace""".formatted(schema)));
    }
}
