package io.sluice.bench;

import io.sluice.localstack.PostgresServer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Transactions that are written while nobody reads them. Each table has a key {@code id}, and every other column may be null.
 *
 * @param what for people
 * @param tables that it writes to
 * @param ddl makes tables and procedures
 * @param call writes them, from a first id on and with a number of transactions or rows
 * @param units how many of those at scale 1
 * @param changesPerUnit rows changed by one of them
 */
record Backlog(String what, List<String> tables, List<String> ddl, String call, int units, int changesPerUnit) {

    /** Rows of a turn have ids of their own. */
    private static final long IDS_OF_A_TURN = 100_000_000;

    /** 100,000 transactions of two new rows, a changed one and a deleted one. */
    static Backlog small() {
        return new Backlog(
                "transactions of 4 rows",
                List.of("orders"),
                List.of("""
                CREATE TABLE orders (id bigint PRIMARY KEY, customer int, amount numeric(12,2), at timestamptz, note text)""", "CREATE INDEX orders_customer ON orders (customer)", """
                CREATE PROCEDURE write_small(first bigint, n bigint) LANGUAGE plpgsql AS $$
                BEGIN
                    FOR i IN 0 .. n - 1 LOOP
                        INSERT INTO orders VALUES
                            (first + 2 * i, i %% 10000, i * 0.01, '2026-01-01'::timestamptz + i * interval '1 s', 'order ' || i),
                            (first + 2 * i + 1, i %% 10000, i * 0.01, '2026-01-01'::timestamptz + i * interval '1 s', md5(i::text));
                        UPDATE orders SET amount = amount + 1, note = 'changed ' || i WHERE id = first + 2 * ((i * 7919) %% (i + 1));
                        IF i < 10 THEN
                            UPDATE orders SET customer = customer + 1 WHERE id = first + 2 * i + 1;
                        ELSE
                            DELETE FROM orders WHERE id = first + 2 * (i - 10) + 1;
                        END IF;
                        COMMIT;
                    END LOOP;
                END $$""".replace("%%", "%")),
                "CALL write_small(%d, %d)",
                100_000,
                4);
    }

    /** A million new rows in one transaction. */
    static Backlog large() {
        return new Backlog(
                "one transaction of many rows",
                List.of("large"),
                List.of("CREATE TABLE large (id bigint PRIMARY KEY, part int, body text)"),
                "INSERT INTO large SELECT %d + i, i %% 97, repeat(md5(i::text), 3) FROM generate_series(1, %d) i",
                1_000_000,
                1);
    }

    /** 20,000 transactions of six new, three changed and a deleted row with ten columns. */
    static Backlog wide() {
        return new Backlog(
                "wide mixed rows",
                List.of("wide"),
                List.of("""
                CREATE TABLE wide (id bigint PRIMARY KEY, document jsonb, price numeric(18,4), created timestamptz,
                    changed timestamptz, title text, body text, reference uuid, tags text[], scores int[])""", "CREATE INDEX wide_reference ON wide (reference)", """
                CREATE PROCEDURE write_wide(first bigint, n bigint) LANGUAGE plpgsql AS $$
                BEGIN
                    FOR i IN 0 .. n - 1 LOOP
                        INSERT INTO wide SELECT first + 6 * i + k,
                            jsonb_build_object('id', i, 'name', 'item ' || i, 'nested', jsonb_build_object('a', k, 'b', md5(i::text))),
                            i * 1.2345, '2026-01-01'::timestamptz + i * interval '1 s',
                            CASE WHEN k > 2 THEN '2026-02-01'::timestamptz + i * interval '1 s' END, 'title of item number ' || i,
                            repeat(md5(i::text), 4), md5(i::text)::uuid, ARRAY['tag' || i % 10, 'tag' || i % 100],
                            ARRAY[i % 10, i % 100, i % 1000]
                        FROM generate_series(0, 5) k;
                        UPDATE wide SET price = price + 1, changed = '2026-03-01'::timestamptz + i * interval '1 s',
                            document = document || '{"changed": true}' WHERE id BETWEEN first + 6 * ((i * 31) % (i + 1))
                                AND first + 6 * ((i * 31) % (i + 1)) + 2;
                        IF i = 0 THEN
                            UPDATE wide SET title = 'first' WHERE id = first + 3;
                        ELSE
                            DELETE FROM wide WHERE id = first + 6 * (i - 1) + 5;
                        END IF;
                        COMMIT;
                    END LOOP;
                END $$"""),
                "CALL write_wide(%d, %d)",
                20_000,
                10);
    }

    /** 50,000 transactions of a new and a changed row in each of four of 20 tables. */
    static Backlog many() {
        List<String> tables = new ArrayList<>();
        List<String> ddl = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            tables.add("many_" + i);
            ddl.add("CREATE TABLE many_" + i + " (id bigint PRIMARY KEY, code text, at timestamptz, amount int)");
        }
        ddl.add("""
                CREATE PROCEDURE write_many(first bigint, n bigint) LANGUAGE plpgsql AS $$
                BEGIN
                    FOR i IN 0 .. n - 1 LOOP
                        FOR k IN 0 .. 3 LOOP
                            EXECUTE format('INSERT INTO many_%s VALUES ($1, $2, $3, $4)', (i * 4 + k) % 20)
                                USING first + i, 'code ' || i, '2026-01-01'::timestamptz + i * interval '1 s', (i % 1000)::int;
                            EXECUTE format('UPDATE many_%s SET amount = amount + 1 WHERE id = $1', (i * 4 + k) % 20)
                                USING CASE WHEN i < 5 THEN first + i ELSE first + i - 5 END;
                        END LOOP;
                        COMMIT;
                    END LOOP;
                END $$""");
        return new Backlog(
                "20 tables at once", List.copyOf(tables), List.copyOf(ddl), "CALL write_many(%d, %d)", 50_000, 8);
    }

    static List<Backlog> all() {
        return List.of(small(), large(), wide(), many());
    }

    /** How many rows a turn changes, those included by which it is told that all of it has arrived. */
    long changes(double scale) {
        return units(scale) * changesPerUnit + tables.size();
    }

    private long units(double scale) {
        return Math.max(1, Math.round(units * scale));
    }

    /** Writes it, and at last, in a transaction of its own, a row into each table that tells that everything has arrived. */
    void write(PostgresServer source, String database, int turn, double scale) {
        source.execute(
                database,
                "SET synchronous_commit = off",
                call.formatted(IDS_OF_A_TURN * (turn + 1L), units(scale)),
                "BEGIN;"
                        + tables.stream()
                                .map(table -> "INSERT INTO " + table + " (id) VALUES (" + mark(turn) + ");")
                                .collect(Collectors.joining())
                        + "COMMIT");
    }

    /** The id of the row that is written last. */
    long mark(int turn) {
        return -1L - turn;
    }

    /** Whether everything has arrived, as a query; changes of one table arrive in their order, those of several need not. */
    String arrived(int turn) {
        return "SELECT "
                + tables.reversed().stream()
                        .map(table -> "EXISTS (SELECT FROM " + table + " WHERE id = " + mark(turn) + ")")
                        .collect(Collectors.joining(" AND "));
    }

    /** Number and contents of the rows of all tables, as a query. */
    String sums() {
        return tables.stream()
                .map(table ->
                        "SELECT '%1$s' AS name, count(*) AS rows, sum(hashtextextended(t::text, 0)) AS sum FROM %1$s t"
                                .formatted(table))
                .collect(Collectors.joining(
                        " UNION ALL ",
                        "SELECT string_agg(concat_ws(' ', name, rows, sum), ', ' ORDER BY name) FROM (",
                        ") s"));
    }
}
