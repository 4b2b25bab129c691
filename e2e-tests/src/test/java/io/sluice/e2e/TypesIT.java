package io.sluice.e2e;

import io.sluice.localstack.PostgresServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Every built-in type with its edge values, from PostgreSQL 15 to 18 and back: as a column, as an array, as a key and in rows without a
 * key; loaded, then inserted, changed and deleted. Beside them values of 20 MB that cannot be compressed.
 */
@EndToEnd
class TypesIT {

    /** What has no order, and so cannot be a key. */
    private static final Set<String> NO_KEYS = Set.of(
            "json",
            "jsonpath",
            "point",
            "line",
            "lseg",
            "box",
            "path",
            "polygon",
            "circle",
            "xid",
            "cid",
            "pg_snapshot",
            "txid_snapshot",
            "xml",
            "refcursor",
            "int2vector");

    private static final String[] OWN_TYPES = {
        "CREATE SCHEMA types",
        "CREATE TYPE types.mood AS ENUM ('sad', 'it''s', 'Ok, \"fine\"')",
        "CREATE DOMAIN types.percent AS numeric(5, 2) CHECK (VALUE BETWEEN 0 AND 100)",
        "CREATE DOMAIN types.few AS int[] CHECK (cardinality(VALUE) < 4)",
        "CREATE TYPE types.pair AS (x int, y text[])",
        "CREATE TYPE types.nested AS (p types.pair, q types.pair[], r int4range, \"S t\" jsonb)",
        "CREATE TYPE types.floats AS RANGE (subtype = float8, multirange_type_name = types.many_floats)"
    };

    private static final Map<String, List<String>> VALUES = new TreeMap<>();

    static {
        type("boolean", "t", "f");
        type("smallint", "-32768", "0", "32767");
        type("integer", "-2147483648", "0", "2147483647");
        type("bigint", "-9223372036854775808", "0", "9223372036854775807");
        type(
                "numeric",
                "NaN",
                "Infinity",
                "-Infinity",
                "0",
                "1.0",
                "1.00",
                "-0.000",
                "1e-40",
                "1e1000",
                "-123456789012345678901.98765");
        type("numeric(10,-2)", "12300", "-100", "0");
        type("numeric(8,3)", "99999.999", "-0.001", "NaN");
        type("real", "NaN", "Infinity", "-Infinity", "-0", "1.1", "3.4028235e38", "1e-45", "16777217");
        type("double precision", "NaN", "Infinity", "-Infinity", "-0", "0.1", "1.7976931348623157e308", "5e-324");
        type("money", "-92233720368547758.08", "92233720368547758.07", "0");
        type(
                "text",
                "",
                " ",
                "a\tb\nc\rd\be",
                "it's \"quoted\"",
                "\\N",
                "\\.",
                "back\\slash",
                "𝄞 ünï",
                "x".repeat(90_000));
        type("varchar(10)", "", "0123456789", " a ");
        type("char(8)", "ab", "", " x");
        type("\"char\"", "a", "");
        type("name", "n", "N".repeat(63));
        type("bytea", "\\x", "\\x00ff5c27", "\\x" + "ab00".repeat(5_000));
        type("date", "infinity", "-infinity", "4713-01-01 BC", "5874897-12-31", "0001-12-31 BC", "2000-02-29");
        type("time", "00:00:00", "24:00:00", "23:59:59.999999");
        type("time(2)", "12:34:56.78");
        type("timetz", "00:00:00+15:59:59", "24:00:00-15:59:59", "12:00:00.5+05:45");
        type("timestamp", "infinity", "-infinity", "4713-01-01 00:00:00 BC", "294276-12-31 23:59:59.999999");
        type(
                "timestamptz",
                "infinity",
                "-infinity",
                "4713-01-02 00:00:00+00 BC",
                "294276-12-31 23:59:59.999999+00",
                "2026-03-29 01:30:00+00");
        type("timestamptz(0)", "2026-11-25 12:00:00+14");
        type(
                "interval",
                "0",
                "-178000000 years",
                "178000000 years",
                "1 year -2 mons 3 days -04:05:06.789",
                "-0.000001 seconds");
        type("uuid", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff");
        type("json", "{\"a\": 1, \"a\": 2}", " [1,  2] ", "null", "\"\\u0041\\ud834\\udd1e\"", "\"\\u0000\"");
        type("jsonb", "{\"b\": 1, \"a\": [null, 1.10, 1e400]}", "null", "\"\\u00e9\\\\u0000\"", "1.10", "{}", "[]");
        type("jsonpath", "$.a[*] ? (@ > 1)", "strict $.\"b c\"");
        type("bit(5)", "10101", "00000");
        type("bit varying(9)", "", "101");
        type("inet", "0.0.0.0/0", "::/0", "::1", "10.1.2.3/8", "255.255.255.255", "::ffff:1.2.3.4");
        type("cidr", "10.0.0.0/8", "::/0", "192.168.1.1/32");
        type("macaddr", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff");
        type("macaddr8", "00:00:00:00:00:00:00:00", "08:00:2b:01:02:03:04:05");
        type("point", "(-0,1e300)", "(NaN,Infinity)");
        type("line", "{1,-1,0}", "{0,1,-2.5}");
        type("lseg", "[(1,2),(3,4)]");
        type("box", "(3,4),(1,2)");
        type("path", "[(1,2),(3,4)]", "((1,2),(3,4),(5,6))");
        type("polygon", "((0,0),(1,1),(2,0))");
        type("circle", "<(1.5,-2),3>", "<(0,0),0>");
        type("tsvector", "", "'a':1A,2B 'b c':3 'it''s':16383");
        type("tsquery", "'a' & !'b':*A <-> 'c'", "");
        type("int4range", "empty", "(,)", "[1,5)", "[-2147483648,2147483647)");
        type("int8range", "empty", "[1,)", "(,9223372036854775807)");
        type("numrange", "[1.0,1.00]", "(,1.5]", "(-Infinity,NaN)");
        type("tsrange", "[-infinity,infinity]", "empty", "[\"2026-01-01 00:00:00\",)");
        type("tstzrange", "[\"2026-01-01 00:00:00+00\",infinity)", "(,)");
        type("daterange", "[0001-12-31 BC,infinity)", "empty");
        type("int4multirange", "{}", "{[1,3),[5,7)}", "{(,)}");
        type("int8multirange", "{[1,3)}", "{}");
        type("nummultirange", "{[1.0,1.5),(2,)}", "{}");
        type("tsmultirange", "{[\"2026-01-01 00:00:00\",\"2026-01-02 00:00:00\")}");
        type("tstzmultirange", "{[\"2026-01-01 00:00:00+00\",infinity)}");
        type("datemultirange", "{[2026-01-01,2026-02-01),[2026-03-01,)}");
        type("oid", "0", "4294967295");
        type("regtype", "integer", "text[]");
        type("regclass", "pg_class");
        type("regproc", "now");
        type("regprocedure", "abs(integer)");
        type("regnamespace", "pg_catalog");
        type("regrole", "pg_monitor", "-");
        type("regcollation", "\"C\"", "\"POSIX\"");
        type("regoper", "||/");
        type("regoperator", "+(integer,integer)", "!~~(text,text)");
        type("regconfig", "english", "simple");
        type("regdictionary", "english_stem", "simple");
        type("refcursor", "", "it's \"open\"");
        type("int2vector", "", "-32768 0 32767");
        type("oidvector", "", "0 4294967295");
        type(
                "xml",
                "<a b=\"c'd\">x &amp; y<![CDATA[ <z> ]]></a>",
                "text alone",
                "<?xml version=\"1.0\" standalone=\"yes\"?><ü/>",
                "");
        type("xid", "0", "4294967295");
        type("cid", "4294967295");
        type("tid", "(4294967295,65535)", "(0,1)");
        type("xid8", "0", "18446744073709551615");
        type("pg_lsn", "0/0", "FFFFFFFF/FFFFFFFF");
        type("pg_snapshot", "10:20:10,14,15");
        type("txid_snapshot", "10:20:10,14,15");
        type("types.mood", "sad", "it's", "Ok, \"fine\"");
        type("types.percent", "0", "100", "99.9");
        type("types.pair", "(1,\"{\"\"a,b\"\",NULL,\"\"\"\"}\")", "(,)", "(-1,{})");
        type(
                "types.nested",
                "(\"(1,\"\"{x,\"\"\"\"y z\"\"\"\"}\"\")\",\"{\"\"(2,{})\"\",NULL}\",\"[1,5)\",\"{\"\"k\"\": [1, null]}\")",
                "(,,,)");
        type("types.floats", "[-0,0.1)", "(,Infinity]");
        type("types.many_floats", "{[1,2),[3,NaN)}");
        type("types.few", "{1,2,NULL}", "{}");
        type("int[]", "{}", "[0:1][2:3]={{1,2},{3,4}}", "{NULL,1}", "[-5:-4]={7,8}");
        type("text[]", "{NULL,\"NULL\",\"\",\"a,b\",\"{}\",\"\\\"\\\\\"}", "{{a,b},{c,d}}");
        type("types.pair[]", "{\"(1,\\\"{a,b}\\\")\",NULL}");
    }

    private static void type(String name, String... values) {
        VALUES.put(name, List.of(values));
    }

    @Test
    void everyValueArrivesAsItIs(Sluice sluice) {
        try (PostgresServer old = server(15);
                PostgresServer young = server(18)) {
            Pair up = pair(sluice, old, young, "types_15_18");
            Pair down = pair(sluice, young, old, "types_18_15");
            Task upwards = Task.started(up, "types");
            Task downwards = Task.started(down, "types");
            check(up, upwards);
            check(down, downwards);
        }
    }

    private static PostgresServer server(int version) {
        return PostgresServer.builder()
                .majorVersion(version)
                .password(Sluice.randomSecret())
                .fsync(false)
                .build()
                .start();
    }

    private static void check(Pair pair, Task task) {
        task.awaitStreaming();
        long rows = pair.assertEqual("types");
        pair.onSource(changes());
        task.awaitZeroLag();
        Seed.say("types: %,d rows equal after the load, %,d after changes".formatted(rows, pair.assertEqual("types")));
        task.end();
    }

    private static Pair pair(Sluice sluice, PostgresServer source, PostgresServer target, String name) {
        Pair pair = Pair.create(sluice, source, target, name);
        pair.onSource(OWN_TYPES);
        List<String> statements = new ArrayList<>();
        int number = 0;
        for (String type : VALUES.keySet()) {
            number++;
            boolean array = type.endsWith("[]") || type.equals("types.few");
            statements.add("CREATE TABLE types.c%d (id int PRIMARY KEY, v %s, a %s)"
                    .formatted(number, type, array ? type : type + "[]"));
            statements.add("INSERT INTO types.c%d VALUES (1000, NULL, NULL)".formatted(number));
            int id = 0;
            for (String value : VALUES.get(type)) {
                String literal = "'" + value.replace("'", "''") + "'::" + type;
                statements.add("INSERT INTO types.c%d VALUES (%d, %s, %s)"
                        .formatted(number, id++, literal, array ? literal : "ARRAY[" + literal + ", NULL]"));
            }
            statements.add("CREATE TABLE types.f%d AS SELECT v, 0 AS n FROM types.c%1$d".formatted(number));
            statements.add("INSERT INTO types.f%d SELECT v, 0 FROM types.c%1$d".formatted(number));
            statements.add("ALTER TABLE types.f%d REPLICA IDENTITY FULL".formatted(number));
            if (!NO_KEYS.contains(type)) {
                statements.add("CREATE TABLE types.k%d (v %s PRIMARY KEY, n int)".formatted(number, type));
                statements.add(
                        "INSERT INTO types.k%d SELECT DISTINCT ON (v) v, id FROM types.c%1$d WHERE id < 1000 ORDER BY v, id"
                                .formatted(number));
                // Rows are told by an index that is no primary key.
                statements.add("CREATE TABLE types.i%d (LIKE types.k%1$d)".formatted(number));
                statements.add("INSERT INTO types.i%d SELECT * FROM types.k%1$d".formatted(number));
                statements.add("CREATE UNIQUE INDEX i%d_v ON types.i%1$d (v)".formatted(number));
                statements.add("ALTER TABLE types.i%d REPLICA IDENTITY USING INDEX i%1$d_v".formatted(number));
            }
        }
        statements.add("CREATE TABLE types.large (id int PRIMARY KEY, n int, t text, b bytea, j jsonb)");
        statements.add(
                "INSERT INTO types.large SELECT 1, 0, string_agg(md5(i::text), '') FROM generate_series(1, 655360) i");
        statements.add("INSERT INTO types.large (id, n, b) SELECT 2, 0, decode(string_agg(md5(i::text), ''), 'hex')"
                + " FROM generate_series(1, 1310720) i");
        statements.add(
                "INSERT INTO types.large (id, n, j) SELECT 3, 0, jsonb_build_object('a', t) FROM types.large WHERE id = 1");
        statements.addAll(keptLargeValues());
        pair.onSource(statements.toArray(String[]::new));
        return pair;
    }

    /** Large values that stay as they are while others change, under each other replica identity. */
    private static List<String> keptLargeValues() {
        return List.of(
                "CREATE TABLE types.kept_full (id int PRIMARY KEY, n int NOT NULL, t text, b bytea)",
                "CREATE TABLE types.kept_index (LIKE types.kept_full)",
                "CREATE UNIQUE INDEX kept_n ON types.kept_index (n)",
                "CREATE TABLE types.kept_bag (LIKE types.kept_full)",
                "ALTER TABLE types.kept_full REPLICA IDENTITY FULL",
                "ALTER TABLE types.kept_index REPLICA IDENTITY USING INDEX kept_n",
                "ALTER TABLE types.kept_bag REPLICA IDENTITY FULL",
                "INSERT INTO types.kept_full SELECT id, id, t, decode(t, 'hex') FROM (SELECT id, string_agg(md5(id"
                        + " || ' ' || i), '') AS t FROM generate_series(1, 4) id, generate_series(1, 1000) i GROUP BY id) r",
                "INSERT INTO types.kept_index SELECT * FROM types.kept_full",
                // Equal rows, too.
                "INSERT INTO types.kept_bag SELECT f.* FROM types.kept_full AS f, generate_series(1, 3)");
    }

    private static List<String> aroundLargeValues() {
        return List.of(
                "UPDATE types.kept_full SET n = n + 10 WHERE id < 3",
                "UPDATE types.kept_full SET id = id + 10 WHERE id = 2",
                "UPDATE types.kept_index SET id = id + 10 WHERE n < 3",
                "UPDATE types.kept_index SET n = n + 10 WHERE n = 2",
                "UPDATE types.kept_bag SET n = n + 10 WHERE ctid IN (SELECT min(ctid) FROM types.kept_bag GROUP BY id)",
                "UPDATE types.kept_bag SET t = NULL WHERE ctid IN (SELECT max(ctid) FROM types.kept_bag WHERE n < 3 GROUP BY id)");
    }

    /** Each value is inserted, set and deleted; a key changes to one that was there before. */
    private static String[] changes() {
        List<String> statements = new ArrayList<>();
        // Its values are larger than a record may be, and are not sent as long as they stay.
        statements.add("UPDATE types.large SET n = n + 1");
        statements.addAll(aroundLargeValues());
        int number = 0;
        for (String type : VALUES.keySet()) {
            number++;
            statements.add("INSERT INTO types.c%d SELECT id + 2000, v, a FROM types.c%1$d".formatted(number));
            statements.add(
                    "UPDATE types.c%d c SET v = (SELECT v FROM types.c%1$d o WHERE o.id = c.id + 1) WHERE id < 1000"
                            .formatted(number));
            statements.add("UPDATE types.c%d SET a = NULL WHERE id %% 2 = 1 AND id > 2000".formatted(number));
            statements.add("DELETE FROM types.f%d WHERE ctid IN (SELECT min(ctid) FROM types.f%1$d GROUP BY v::text)"
                    .formatted(number));
            statements.add("INSERT INTO types.f%d SELECT v, 0 FROM types.c%1$d WHERE id < 2".formatted(number));
            // One of several equal rows.
            statements.add(
                    "UPDATE types.f%d SET n = 1 WHERE ctid IN (SELECT max(ctid) FROM types.f%1$d GROUP BY v::text)"
                            .formatted(number));
            statements.add(("UPDATE types.f%d SET v = (SELECT v FROM types.c%1$d WHERE id = 0), n = 2"
                            + " WHERE ctid = (SELECT max(ctid) FROM types.f%1$d WHERE n = 0)")
                    .formatted(number));
            if (!NO_KEYS.contains(type)) {
                for (String table : List.of("k" + number, "i" + number)) {
                    statements.add("UPDATE types.%s SET n = n + 100".formatted(table));
                    statements.add("DELETE FROM types.%s WHERE n = 100".formatted(table));
                    statements.add(("UPDATE types.%s SET v = (SELECT v FROM types.c%d WHERE id = 2000), n = -1"
                                    + " WHERE n = (SELECT max(n) FROM types.%1$s)")
                            .formatted(table, number));
                    statements.add("DELETE FROM types.%s WHERE n = 101".formatted(table));
                }
            }
            statements.add("DELETE FROM types.c%d WHERE id = 2000".formatted(number));
        }
        return statements.toArray(String[]::new);
    }
}
