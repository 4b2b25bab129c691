package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A task that carries changes only, to tables that somebody else has filled. */
@EndToEnd
class IncrementalModeIT {

    private static final String[] TABLES = {
        "CREATE SCHEMA app",
        "CREATE TABLE app.item (id int PRIMARY KEY, note text)",
        "INSERT INTO app.item SELECT i, 'same on both sides' FROM generate_series(1, 100) i"
    };

    private static final String[] ROWS = {
        "INSERT INTO app.parted SELECT i, 'part ' || i FROM generate_series(1, 90) i",
        "INSERT INTO app.gathered SELECT * FROM app.parted",
        "INSERT INTO app.spread SELECT * FROM app.parted"
    };

    /** What is one partition at the source is several on the target, and the other way round. */
    private static final String[] PARTITIONED_SOURCE = {
        "CREATE SCHEMA parts",
        "CREATE TABLE app.parted (id int PRIMARY KEY, note text) PARTITION BY RANGE (id)",
        "CREATE TABLE parts.low PARTITION OF app.parted FOR VALUES FROM (MINVALUE) TO (50)",
        "CREATE TABLE parts.high PARTITION OF app.parted FOR VALUES FROM (50) TO (MAXVALUE)",
        "CREATE TABLE app.gathered (id int PRIMARY KEY, note text) PARTITION BY HASH (id)",
        "CREATE TABLE parts.even PARTITION OF app.gathered FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
        "CREATE TABLE parts.odd PARTITION OF app.gathered FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
        "CREATE TABLE app.spread (id int PRIMARY KEY, note text)"
    };

    private static final String[] PARTITIONED_TARGET = {
        "CREATE SCHEMA parts",
        "CREATE TABLE app.parted (id int PRIMARY KEY, note text) PARTITION BY HASH (id)",
        "CREATE TABLE parts.one PARTITION OF app.parted FOR VALUES WITH (MODULUS 3, REMAINDER 0)",
        "CREATE TABLE parts.two PARTITION OF app.parted FOR VALUES WITH (MODULUS 3, REMAINDER 1)",
        "CREATE TABLE parts.three PARTITION OF app.parted FOR VALUES WITH (MODULUS 3, REMAINDER 2)",
        "CREATE TABLE app.gathered (id int PRIMARY KEY, note text)",
        "CREATE TABLE app.spread (id int PRIMARY KEY, note text) PARTITION BY RANGE (id)",
        "CREATE TABLE parts.first PARTITION OF app.spread FOR VALUES FROM (MINVALUE) TO (30)",
        "CREATE TABLE parts.rest PARTITION OF app.spread DEFAULT"
    };

    @Test
    void partitionsMayDifferOnTheTarget(Sluice sluice) {
        Pair pair = Pair.create(sluice, "other_partitions");
        pair.onSource(TABLES);
        pair.onTarget(TABLES);
        pair.onSource(PARTITIONED_SOURCE);
        pair.onTarget(PARTITIONED_TARGET);
        pair.onSource(ROWS);
        pair.onTarget(ROWS);
        Task task = Task.create(pair, Task.spec(pair, "app").put("mode", "INCREMENTAL"));
        task.start();
        task.awaitStreaming();
        for (String table : List.of("app.parted", "app.gathered", "app.spread")) {
            pair.onSource(
                    "INSERT INTO %s SELECT i, 'new' FROM generate_series(-20, 0) i".formatted(table),
                    // Into another partition here, there, or on both sides.
                    "UPDATE %s SET id = id + 1000, note = note || ' moved' WHERE id %% 4 = 0".formatted(table),
                    "UPDATE %s SET note = 'changed' WHERE id %% 3 = 0".formatted(table),
                    "DELETE FROM %s WHERE id BETWEEN 20 AND 60".formatted(table));
        }
        task.awaitZeroLag();
        assertSameRows(pair, "app.parted", "app.gathered", "app.spread");
        pair.onSource("TRUNCATE app.parted, app.spread", "INSERT INTO app.parted VALUES (60, 'after')");
        task.awaitZeroLag();
        assertSameRows(pair, "app.parted", "app.gathered", "app.spread");
        assertThat(pair.askTarget("SELECT count(*) FROM _sluice.exception")).isEqualTo("0");
        task.end();
    }

    private static void assertSameRows(Pair pair, String... tables) {
        for (String table : tables) {
            String rows = "SELECT count(*) || string_agg(t::text, ',' ORDER BY id) FROM " + table + " t";
            assertThat(pair.askTarget(rows)).as(table).isEqualTo(pair.askSource(rows));
        }
        assertThat(pair.askTarget("SELECT count(*) > 60 FROM app.gathered")).isEqualTo("t");
    }

    @Test
    void changesFromTheStartOnAreCarriedAndNothingElse(Sluice sluice) {
        Pair pair = Pair.create(sluice, "incremental_mode");
        pair.onSource(TABLES);
        pair.onTarget(TABLES);
        pair.onTarget("UPDATE app.item SET note = 'only here' WHERE id = 7");
        ObjectNode spec = Task.spec(pair, "app").put("mode", "INCREMENTAL");
        Task task = Task.create(pair, spec);
        task.start();
        task.awaitStreaming();
        pair.onSource(
                "INSERT INTO app.item VALUES (101, 'new')",
                "UPDATE app.item SET id = 102 WHERE id = 1",
                "DELETE FROM app.item WHERE id = 2");
        task.awaitZeroLag();
        assertThat(pair.askTarget("SELECT note FROM app.item WHERE id = 7")).isEqualTo("only here");
        pair.onSource("UPDATE app.item SET note = 'there, too' WHERE id = 7");
        task.awaitZeroLag();
        pair.assertEqual("app");

        task.action("pause").expect(202);
        task.awaitState("PAUSED");
        pair.onSource("UPDATE app.item SET note = 'while it was paused'");
        task.action("resume").expect(202);
        task.awaitStreaming();
        task.awaitZeroLag();
        pair.assertEqual("app");
        task.end();
    }
}
