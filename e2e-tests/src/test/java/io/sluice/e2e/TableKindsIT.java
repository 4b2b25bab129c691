package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Tables that are more than a heap with a primary key: loaded, followed and compared like any other. */
@EndToEnd
class TableKindsIT {

    @Test
    void partitionedInheritedKeylessAndGuardedTablesAreKeptInStep(Sluice sluice) {
        Pair pair = Pair.create(sluice, "table_kinds");
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE TABLE app.measured (at date NOT NULL, place text NOT NULL, v int, PRIMARY KEY (at, place)) PARTITION BY RANGE (at)",
                "CREATE TABLE app.measured_25 PARTITION OF app.measured FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
                "CREATE TABLE app.measured_26 PARTITION OF app.measured FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY LIST (place)",
                "CREATE TABLE app.measured_26_a PARTITION OF app.measured_26 FOR VALUES IN ('a', 'b')",
                "CREATE TABLE app.measured_26_x PARTITION OF app.measured_26 DEFAULT",
                "INSERT INTO app.measured SELECT date '2025-01-01' + n, chr(97 + n % 5), n FROM generate_series(0, 700) AS n",
                "CREATE TABLE app.city (id int PRIMARY KEY, name text)",
                "CREATE TABLE app.capital (PRIMARY KEY (id), since date) INHERITS (app.city)",
                "INSERT INTO app.city SELECT n, 'city ' || n FROM generate_series(1, 50) AS n",
                "INSERT INTO app.capital SELECT n, 'capital ' || n, date '1900-01-01' + n FROM generate_series(100, 120) AS n",
                "CREATE TABLE app.visit (who text, pages int[], seen json)",
                "ALTER TABLE app.visit REPLICA IDENTITY FULL",
                "INSERT INTO app.visit SELECT 'w' || n % 3, ARRAY[n % 2, NULL], '{\"a\": 1}' FROM generate_series(1, 60) AS n",
                "CREATE TABLE app.parent (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int, twice int GENERATED ALWAYS AS (n * 2) STORED)",
                "CREATE TABLE app.child (id int PRIMARY KEY, parent int REFERENCES app.parent ON DELETE CASCADE ON UPDATE CASCADE)",
                "CREATE TABLE app.counted (n bigint)",
                "ALTER TABLE app.counted REPLICA IDENTITY FULL",
                "CREATE FUNCTION app.count_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO app.counted VALUES (NEW.id); RETURN NEW; END $$",
                "CREATE TRIGGER count_it AFTER INSERT ON app.child FOR EACH ROW EXECUTE FUNCTION app.count_it()",
                "INSERT INTO app.parent (n) SELECT n FROM generate_series(1, 20) AS n",
                "INSERT INTO app.child SELECT n, 1 + n % 20 FROM generate_series(1, 100) AS n");

        Task task = Task.started(pair, "app");
        task.awaitStreaming();
        pair.assertEqual("app");

        pair.onSource(
                "INSERT INTO app.measured VALUES ('2026-06-01', 'zz', 1), ('2025-06-01', 'yy', 2)",
                "UPDATE app.measured SET place = 'q' WHERE at BETWEEN '2026-02-01' AND '2026-02-20'",
                "UPDATE app.measured SET at = at + 400, place = 'moved' WHERE at BETWEEN '2025-03-01' AND '2025-03-05'",
                "DELETE FROM app.measured WHERE v % 7 = 0",
                "UPDATE app.city SET name = name || '!' WHERE id % 2 = 0",
                "INSERT INTO app.capital VALUES (200, 'new', NULL)",
                "DELETE FROM ONLY app.city WHERE id = 3",
                "DELETE FROM app.visit WHERE ctid IN (SELECT ctid FROM app.visit WHERE who = 'w1' LIMIT 7)",
                "UPDATE app.visit SET pages = '{9}' WHERE ctid IN (SELECT ctid FROM app.visit WHERE who = 'w2' LIMIT 4)",
                "INSERT INTO app.visit SELECT 'w0', NULL, NULL FROM generate_series(1, 5)",
                "INSERT INTO app.parent (n) VALUES (77)",
                "DELETE FROM app.parent WHERE id IN (3, 4)",
                "INSERT INTO app.child VALUES (1001, 5)");
        task.awaitZeroLag();

        pair.assertEqual("app");
        assertThat(pair.askTarget("SELECT count(*) FROM app.counted")).isEqualTo("101");
        assertThat(pair.askTarget("SELECT count(*) FROM pg_trigger WHERE tgname = 'count_it'"))
                .isEqualTo("1");
        assertThat(pair.askTarget(
                        "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'app.child'::regclass"))
                .isEqualTo("1");
        task.end();
    }
}
