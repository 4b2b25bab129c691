package io.sluice.apply.compare;

import io.sluice.contracts.task.TableName;
import java.util.List;
import java.util.Random;

/** A table with a row for each way in which one can differ. */
final class PlantedTable {

    static final TableName TABLE = ComparedSides.table("planted");

    private PlantedTable() {}

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

    static final List<Planted> KINDS = List.of(
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

    static final String BASE = """
            b = '\\x00ff', t = 'blank', f = 0, ts = '2026-06-01 12:00+00', a = '{1,2}', jb = '{"a": 1, "b": 2}',
            j = '{"a": 1, "b": 2}', n = 1.0, big = 1, c = 'ab', iv = '1 mon', r = 0, hits = 0""";

    /** Rows of these values from here on, one for each kind. */
    static final int FIRST = 700;

    /** Fills both sides alike, with rows 1 to so many. */
    static void fill(ComparedSides sides, int rows) {
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
                FROM generate_series(1, %d) i""".formatted(rows),
                "UPDATE planted SET " + BASE + " WHERE id BETWEEN " + FIRST + " AND " + (FIRST + KINDS.size()),
                "VACUUM ANALYZE planted");
    }

    /** New rows, changed rows of all ages, a hot one, and some that go. */
    static List<String> shopping(int rows, Random random) {
        int any = 1 + random.nextInt(rows);
        String spared = " AND id NOT IN (5000, 12345) AND id NOT BETWEEN " + FIRST + " AND " + (FIRST + KINDS.size());
        long fresh = 10_000_000L + random.nextInt(1_000_000);
        return List.of(
                "UPDATE planted SET hits = hits + 1 WHERE id IN (1, " + any + ")" + spared,
                "INSERT INTO planted (id, t, hits) VALUES (" + fresh
                        + ", 'new', 1) ON CONFLICT (id) DO UPDATE SET hits =" + " planted.hits + 1",
                "DELETE FROM planted WHERE id = " + (10_000_000L + random.nextInt(1_000_000)));
    }
}
