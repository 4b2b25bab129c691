package io.sluice.bench;

import io.sluice.localstack.PostgresServer;
import java.util.ArrayList;
import java.util.List;

/** What is copied. */
final class BenchData {

    private BenchData() {}

    /** A narrow table of 3 million rows, a wide one of a million, 200 small ones; each with a key and two more indexes. */
    static void mixed(PostgresServer server, String database, double scale) {
        server.createDatabase(database);
        server.execute(
                database, """
                CREATE TABLE narrow (id bigint PRIMARY KEY, customer int NOT NULL, amount int NOT NULL,
                    at timestamptz NOT NULL)""", """
                INSERT INTO narrow SELECT i, (i::bigint * 7919) %% 100000, i %% 1000, '2026-01-01'::timestamptz + i * interval '1 s'
                FROM generate_series(1, %d) i""".formatted(rows(3_000_000, scale)), """
                CREATE TABLE wide (id bigint PRIMARY KEY, document jsonb NOT NULL, price numeric(18,4) NOT NULL,
                    created timestamptz NOT NULL, changed timestamptz, title text NOT NULL, body text, reference uuid NOT NULL,
                    tags text[] NOT NULL, scores int[] NOT NULL)""", """
                INSERT INTO wide SELECT i, jsonb_build_object('id', i, 'name', 'item ' || i, 'nested',
                        jsonb_build_object('a', i %% 7, 'b', md5(i::text))),
                    i * 1.2345, '2026-01-01'::timestamptz + i * interval '1 s',
                    CASE WHEN i %% 3 > 0 THEN '2026-02-01'::timestamptz + i * interval '1 s' END,
                    'title of item number ' || i, repeat(md5(i::text), 4), md5(i::text)::uuid,
                    ARRAY['tag' || i %% 10, 'tag' || i %% 100], ARRAY[i %% 10, i %% 100, i %% 1000]
                FROM generate_series(1, %d) i""".formatted(rows(1_000_000, scale)));
        server.execute(
                database,
                "CREATE INDEX narrow_customer ON narrow (customer)",
                "CREATE INDEX narrow_at ON narrow (at)",
                "CREATE INDEX wide_reference ON wide (reference)",
                "CREATE INDEX wide_created ON wide (created)");
        small(server, database, 200, rows(1_000, scale));
        server.execute(database, "VACUUM ANALYZE", "CHECKPOINT");
    }

    /** One table of 5 million rows with every-day columns. */
    static void one(PostgresServer server, String database, double scale) {
        server.createDatabase(database);
        server.execute(database, """
                CREATE TABLE big (id bigint PRIMARY KEY, customer int NOT NULL, amount numeric(12,2) NOT NULL,
                    at timestamptz NOT NULL, title text NOT NULL, note text)""", """
                INSERT INTO big SELECT i, (i::bigint * 7919) %% 100000, i / 100.0, '2026-01-01'::timestamptz + i * interval '1 s',
                    'customer ' || i, md5(i::text)
                FROM generate_series(1, %d) i""".formatted(rows(5_000_000, scale)), "VACUUM ANALYZE", "CHECKPOINT");
    }

    /** Nothing but small tables. */
    static void small(PostgresServer server, String database, int tables) {
        server.createDatabase(database);
        small(server, database, tables, 20);
        server.execute(database, "VACUUM ANALYZE", "CHECKPOINT");
    }

    private static void small(PostgresServer server, String database, int tables, long rows) {
        List<String> statements = new ArrayList<>();
        for (int i = 1; i <= tables; i++) {
            String name = "small_" + i;
            statements.add("CREATE TABLE " + name + " (id int PRIMARY KEY, code text NOT NULL, at timestamptz);"
                    + "INSERT INTO " + name + " SELECT i, 'code ' || i, now() FROM generate_series(1, " + rows + ") i;"
                    + "CREATE INDEX ON " + name + " (code); CREATE INDEX ON " + name + " (at)");
        }
        server.execute(database, statements.toArray(String[]::new));
    }

    /** One row with one value. */
    static void largeRow(PostgresServer server, String database, int megabytes) {
        server.createDatabase(database);
        server.execute(
                database,
                "CREATE TABLE large (id int PRIMARY KEY, value bytea)",
                "ALTER TABLE large ALTER value SET STORAGE EXTERNAL",
                "INSERT INTO large SELECT 1, decode(repeat('0123456789abcdef', " + megabytes + " * 65536), 'escape')");
    }

    private static long rows(long full, double scale) {
        return Math.max(1, Math.round(full * scale));
    }
}
