package io.sluice.apply.compare;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.errand.TableComparison.State;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.localstack.PostgresServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Differences of every kind, each alone among many rows, without and with traffic. */
@TestInstance(Lifecycle.PER_CLASS)
class PlantedDifferencesIT {

    private static final boolean SOAK = Boolean.getBoolean("sluice.soak");
    private static final int ROWS = SOAK ? 1_000_000 : 20_000;
    private static final TableName TABLE = ComparedSides.table("planted");

    /**
     * One way in which a row can differ.
     *
     * @param change of the row on the target
     * @param columns that are different then; none when that is the same
     */
    record Planted(String what, String change, List<String> columns) {

        @Override
        public String toString() {
            return what;
        }
    }

    private static Planted planted(String what, String change, String... columns) {
        return new Planted(what, change, List.of(columns));
    }

    private static final List<Planted> KINDS = List.of(
            planted("one bit of bytes", "b = '\\x01ff'", "b"),
            planted("bytes to null", "b = NULL", "b"),
            planted("trailing blanks", "t = 'blank  '", "t"),
            planted("empty for text", "t = ''", "t"),
            planted("minus zero", "f = '-0'", "f"),
            planted("not a number", "f = 'NaN'", "f"),
            planted("minus zero, real", "r = '-0'", "r"),
            planted("another time zone's noon", "ts = '2026-06-01 12:00+02'", "ts"),
            planted("the same instant elsewhere", "ts = '2026-06-01 14:00+02'"),
            planted("array bounds", "a = '[0:1]={1,2}'", "a"),
            planted("the order of jsonb keys", "jb = '{\"b\": 2, \"a\": 1}'"),
            planted("the order of json keys", "j = '{\"b\": 2, \"a\": 1}'", "j"),
            planted("blanks in json", "j = '{\"a\":1, \"b\": 2}'", "j"),
            planted("1.00 for 1.0", "n = 1.00", "n"),
            planted("the sign of a number", "n = -1.0", "n"),
            planted("a number to NaN", "n = 'NaN'", "n"),
            planted("infinity", "n = 'Infinity'", "n"),
            planted("halves that change places", "big = 4294967296", "big"),
            planted("another text of a char", "c = 'abc'", "c"),
            planted("the same char", "c = 'ab    '"),
            planted("30 days for a month", "iv = '30 days'", "iv"),
            planted("a generated column", "hits = 1", "hits", "twice"));

    private static final String BASE = """
            b = '\\x00ff', t = 'blank', f = 0, ts = '2026-06-01 12:00+00', a = '{1,2}', jb = '{"a": 1, "b": 2}',
            j = '{"a": 1, "b": 2}', n = 1.0, big = 1, c = 'ab', iv = '1 mon', r = 0, hits = 0""";

    /** Rows of these values from here on, one for each kind. */
    private static final int FIRST = 700;

    private PostgresServer server;
    private ComparedSides sides;

    @BeforeAll
    void fill() {
        server = PostgresServer.startTemporary();
        sides = new ComparedSides(
                server, List.of(TableChoice.unchanged(new TablePattern("public", "*"))), List.of(TABLE));
        sides.onBoth(
                """
                CREATE TABLE planted (id bigint PRIMARY KEY, b bytea, t text, f double precision, ts timestamptz, a int[],
                    jb jsonb, j json, n numeric, big bigint, c char(6), iv interval, r real, m money, hits int,
                    twice int GENERATED ALWAYS AS (hits * 2) STORED)""",
                """
                INSERT INTO planted
                SELECT i, decode(md5(i::text), 'hex'), 'text ' || i, i / 7.0::float8,
                       timestamptz '2026-01-01' + i * interval '1 min', ARRAY[i, i + 1],
                       jsonb_build_object('a', i, 'b', 'x'), '{"a": 1, "b": 2}', i / 100.0, i * 1000000007::bigint,
                       'c' || mod(i, 100), i * interval '1 s', i / 3.0::real, i::money, 0
                FROM generate_series(1, %d) i""".formatted(ROWS),
                "UPDATE planted SET " + BASE + " WHERE id BETWEEN " + FIRST + " AND " + (FIRST + KINDS.size()),
                "VACUUM ANALYZE planted");
    }

    @AfterAll
    void stop() {
        server.close();
    }

    static List<Planted> kinds() {
        return KINDS;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("kinds")
    void aChangedColumnIsFoundOrRightlyHeldEqual(Planted planted) {
        sides.onTarget("UPDATE planted SET " + planted.change() + " WHERE id = " + FIRST);
        try {
            TableComparison result = sides.content(false, TABLE);
            assertThat(result.sourceRows()).isEqualTo(ROWS);
            assertThat(result.targetRows()).isEqualTo(ROWS);
            if (planted.columns().isEmpty()) {
                assertThat(result.state()).isEqualTo(State.EQUAL);
                return;
            }
            assertThat(result.state()).isEqualTo(State.DIFFERENT);
            assertThat(List.of(result.missing(), result.extra(), result.changed()))
                    .containsExactly(0L, 0L, 1L);
            assertThat(sides.kept("kind || key", TABLE)).containsExactly("CHANGED[[\"id\",\"" + FIRST + "\"]]");
            assertThat(changedColumns()).isEqualTo(planted.columns());
        } finally {
            sides.onTarget("UPDATE planted SET " + BASE + " WHERE id = " + FIRST);
        }
    }

    @Test
    void valuesThatRowsHaveExchangedAreFound() {
        String exchange = "UPDATE planted AS p SET n = o.n, t = o.t FROM planted AS o"
                + " WHERE (p.id, o.id) IN ((100, 101), (101, 100))";
        sides.onTarget(exchange);
        try {
            TableComparison result = sides.content(false, TABLE);
            assertThat(result.state()).isEqualTo(State.DIFFERENT);
            assertThat(result.changed()).isEqualTo(2);
        } finally {
            sides.onTarget(exchange);
        }
    }

    private List<String> changedColumns() {
        return sides
                .kept(
                        "(SELECT string_agg(s.value ->> 0, ',' ORDER BY s.n) FROM json_array_elements(r.source::json)"
                                + " WITH ORDINALITY AS s (value, n) JOIN json_array_elements(r.target::json) WITH ORDINALITY AS"
                                + " t (value, n) USING (n) WHERE s.value::text <> t.value::text)",
                        TABLE)
                .stream()
                .flatMap(columns -> List.of(columns.split(",")).stream())
                .toList();
    }

    @Test
    void differencesOfEveryKindAreFoundAmongTrafficAndNothingElse() {
        long seed = Long.getLong("sluice.seed", System.nanoTime());
        sides.onTarget(
                "DELETE FROM planted WHERE id = 5000",
                "INSERT INTO planted (id, t) VALUES (-1, 'extra')",
                "UPDATE planted SET t = 'other' WHERE id = 12345");
        List<String> differing = new ArrayList<>(
                List.of("EXTRA[[\"id\",\"-1\"]]", "MISSING[[\"id\",\"5000\"]]", "CHANGED[[\"id\",\"12345\"]]"));
        for (int i = 0; i < KINDS.size(); i++) {
            int id = FIRST + 1 + i;
            sides.onTarget("UPDATE planted SET " + KINDS.get(i).change() + " WHERE id = " + id);
            if (!KINDS.get(i).columns().isEmpty()) {
                differing.add("CHANGED[[\"id\",\"" + id + "\"]]");
            }
        }
        List<String> repairs;
        try (LiveTraffic traffic = new LiveTraffic(sides, seed, PlantedDifferencesIT::shopping)) {
            for (int round = 0; round < (SOAK ? 200 : 3); round++) {
                TableComparison result = sides.content(true, TABLE);
                assertThat(List.of(result.missing(), result.extra(), result.changed(), result.unsettled()))
                        .as("-Dsluice.seed=" + seed + ", round " + round + " after " + traffic.committed()
                                + " transactions")
                        .containsExactly(1L, 1L, differing.size() - 2L, 0L);
                assertThat(sides.kept("kind || key", TABLE)).containsExactlyInAnyOrderElementsOf(differing);
            }
            repairs = sides.kept("repair", TABLE);
            List<TableComparison> counts =
                    sides.compare(ComparedSides.errand(ComparisonKind.ROW_COUNT, TABLE), sides.context(true));
            assertThat(List.of(counts.getFirst().missing(), counts.getFirst().extra()))
                    .isIn(List.of(1L, 1L), List.of(0L, 0L));
            assertThat(traffic.committed()).isPositive();
        }
        repairs.forEach(sides::onTarget);
        assertThat(sides.content(false, TABLE).state()).isEqualTo(State.EQUAL);
    }

    /** New rows, changed rows of all ages, a hot one, and some that go. */
    private static List<String> shopping(Random random) {
        int any = 1 + random.nextInt(ROWS);
        String spared = " AND id NOT IN (5000, 12345) AND id NOT BETWEEN " + FIRST + " AND " + (FIRST + KINDS.size());
        long fresh = 10_000_000L + random.nextInt(1_000_000);
        return List.of(
                "UPDATE planted SET hits = hits + 1 WHERE id IN (1, " + any + ")" + spared,
                "INSERT INTO planted (id, t, hits) VALUES (" + fresh
                        + ", 'new', 1) ON CONFLICT (id) DO UPDATE SET hits =" + " planted.hits + 1",
                "DELETE FROM planted WHERE id = " + (10_000_000L + random.nextInt(1_000_000)));
    }
}
