package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

/**
 * A target that spreads rows by a column: a PostgreSQL that refuses what Citus refuses. A distributed table must be empty when it becomes
 * so, has no unique key without the column, and no UPDATE changes it.
 */
@EndToEnd
class DistributedTargetIT {

    private static final String[] GUARD = {
        "CREATE TABLE public.spread (relation regclass PRIMARY KEY, by text)",
        """
            CREATE FUNCTION public.stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF to_jsonb(new) -> tg_argv[0] <> to_jsonb(old) -> tg_argv[0] THEN
                    RAISE 'modifying the partition value of rows is not allowed' USING ERRCODE = 'feature_not_supported';
                END IF;
                RETURN new;
            END $$""",
        """
            CREATE FUNCTION pg_catalog.create_distributed_table(relation regclass, by text) RETURNS void LANGUAGE plpgsql AS $$
            DECLARE filled boolean;
            BEGIN
                EXECUTE format('SELECT EXISTS (SELECT FROM %s)', relation) INTO filled;
                IF filled THEN RAISE 'a table with rows'; END IF;
                INSERT INTO public.spread VALUES (relation, by);
                EXECUTE format('CREATE TRIGGER stay BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION public.stay(%L)', relation, by);
                EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER stay', relation);
            END $$""",
        """
            CREATE FUNCTION pg_catalog.create_reference_table(relation regclass) RETURNS void LANGUAGE sql AS $$
                INSERT INTO public.spread VALUES (relation, NULL) $$""",
        """
            CREATE FUNCTION public.refuse_keys() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
                IF EXISTS (SELECT FROM pg_index i JOIN public.spread s ON s.relation = i.indrelid
                           JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attname = s.by
                           WHERE i.indisunique AND a.attnum <> ALL (i.indkey::int2[])) THEN
                    RAISE 'a unique key without the distribution column';
                END IF;
            END $$""",
        "CREATE EVENT TRIGGER refuse_keys ON ddl_command_end EXECUTE FUNCTION public.refuse_keys()",
        "ALTER EVENT TRIGGER refuse_keys ENABLE ALWAYS",
        """
            INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
            SELECT 900000, 'citus', 10, 'public'::regnamespace, false, '13.0-1'"""
    };

    @Test
    void rowsAreSpreadAndMoveWhenTheirDistributionColumnChanges(Sluice sluice) {
        Pair pair = Pair.create(sluice, "distributed_target");
        pair.onTarget(GUARD);
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE TABLE app.country (code text PRIMARY KEY, name text UNIQUE)",
                "INSERT INTO app.country SELECT 'c' || n, 'country ' || n FROM generate_series(1, 20) AS n",
                """
                CREATE TABLE app.orders (tenant int, id int, note text, country text REFERENCES app.country,
                    number int, PRIMARY KEY (tenant, id))""",
                "ALTER TABLE app.orders ALTER note SET STORAGE EXTERNAL",
                """
                INSERT INTO app.orders SELECT n % 10, n, CASE n % 100 WHEN 0 THEN repeat('x', 9000) ELSE 'n' || n END,
                    'c' || 1 + n % 20, n FROM generate_series(1, 2000) AS n""",
                "CREATE TABLE app.visit (who text, n int)",
                "ALTER TABLE app.visit REPLICA IDENTITY FULL",
                "INSERT INTO app.visit SELECT 'w' || n % 3, n % 2 FROM generate_series(1, 60) AS n");

        Task task = Task.create(pair, spec(pair));
        task.start();
        task.awaitStreaming();
        pair.assertEqual("app");
        assertThat(pair.askTarget(
                        "SELECT string_agg(relation || ' ' || coalesce(by, '*'), ', ' ORDER BY by) FROM spread"))
                .isEqualTo("app.orders tenant, app.visit who, app.country *");

        pair.onSource(
                "UPDATE app.orders SET tenant = tenant + 100 WHERE id % 50 = 0",
                "UPDATE app.orders SET tenant = 7, note = 'moved' WHERE id BETWEEN 301 AND 320",
                "UPDATE app.orders SET country = 'c3' WHERE id BETWEEN 500 AND 900",
                "UPDATE app.orders SET note = repeat('y', 9000), tenant = 8 WHERE id = 1000",
                "DELETE FROM app.orders WHERE id % 13 = 0",
                "DELETE FROM app.visit WHERE ctid IN (SELECT ctid FROM app.visit WHERE who = 'w1' LIMIT 7)",
                "UPDATE app.visit SET who = 'w9' WHERE ctid IN (SELECT ctid FROM app.visit WHERE who = 'w2' LIMIT 4)",
                "UPDATE app.country SET name = name || '!'");
        task.awaitZeroLag();

        pair.assertEqual("app");
        task.end();
    }

    private static ObjectNode spec(Pair pair) {
        ObjectNode spec = Task.spec(pair, "app");
        ((ObjectNode) spec.path("target")).put("dialect", "citus");
        ArrayNode include = (ArrayNode) spec.path("objects").path("include");
        hash(include, "orders", "tenant");
        hash(include, "visit", "who");
        table(include, "country").putObject("distribution").put("kind", "REPLICATION");
        return spec;
    }

    private static void hash(ArrayNode include, String table, String column) {
        table(include, table)
                .putObject("distribution")
                .put("kind", "HASH")
                .putArray("columns")
                .add(column);
    }

    private static ObjectNode table(ArrayNode include, String table) {
        return include.addObject().put("schema", "app").put("table", table);
    }
}
