package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.localstack.PostgresServer;
import org.junit.jupiter.api.Test;

/** A source that can be loaded alone, since it has no publications. */
@EndToEnd
class OldestSourceIT {

    private static final int OLDEST = 9;

    @Test
    void isLoadedAndCompared(Sluice sluice) {
        try (PostgresServer old = PostgresServer.builder()
                .majorVersion(OLDEST)
                .password(Sluice.randomSecret())
                .fsync(false)
                .build()
                .start()) {
            Pair pair = Pair.create(sluice, old, sluice.target(), "oldest_source");
            pair.onSource(
                    "CREATE SCHEMA app",
                    "CREATE EXTENSION IF NOT EXISTS plpgsql",
                    "CREATE TYPE app.mood AS ENUM ('sad', 'ok')",
                    "CREATE DOMAIN app.percent AS int CHECK (VALUE BETWEEN 0 AND 100)",
                    "CREATE COLLATION app.plain (LOCALE = 'C')",
                    "CREATE SEQUENCE app.numbers START 77 INCREMENT -3 MAXVALUE 100 CYCLE",
                    """
                    CREATE TABLE app.person (id serial PRIMARY KEY, name text COLLATE app.plain NOT NULL,
                        mood app.mood DEFAULT 'ok', share app.percent, born date, worth numeric(12, 2), doc jsonb,
                        ratio float8, photo bytea, seen timestamptz DEFAULT now(),
                        number bigint DEFAULT nextval('app.numbers'), CHECK (born > '1900-01-01'))""",
                    "ALTER TABLE app.person ALTER photo SET STORAGE EXTERNAL",
                    """
                    CREATE TABLE app.visit (id bigserial PRIMARY KEY, person int REFERENCES app.person,
                        at timestamptz DEFAULT now(), UNIQUE (person, at))""",
                    "CREATE TABLE app.log (line text, n int)",
                    "CREATE TABLE app.base (id int PRIMARY KEY, v text)",
                    "CREATE TABLE app.child (extra int, PRIMARY KEY (id)) INHERITS (app.base)",
                    "CREATE UNLOGGED TABLE app.scratch (id int PRIMARY KEY)",
                    "CREATE INDEX visit_at ON app.visit (at DESC) WHERE person > 5",
                    "CREATE INDEX person_lower ON app.person (lower(name))",
                    "CREATE VIEW app.visitors AS SELECT p.name, count(*) FROM app.person p JOIN app.visit v"
                            + " ON v.person = p.id GROUP BY p.name",
                    "CREATE MATERIALIZED VIEW app.moods AS SELECT mood, count(*) FROM app.person GROUP BY mood",
                    "CREATE FUNCTION app.twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n * 2'",
                    "CREATE AGGREGATE app.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0')",
                    "CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'",
                    "CREATE TRIGGER touch BEFORE UPDATE ON app.person FOR EACH ROW EXECUTE PROCEDURE app.touch()",
                    "CREATE RULE quiet AS ON DELETE TO app.log DO INSTEAD NOTHING",
                    "CREATE POLICY own ON app.log USING (n > 0)",
                    "COMMENT ON TABLE app.person IS 'who'",
                    """
                    INSERT INTO app.person (name, share, born, worth, doc, ratio, photo)
                    SELECT 'p' || n, n % 101, date '2000-01-01' + n, n / 7.0,
                        jsonb_build_object('n', n, 'list', ARRAY[1, NULL, n]), n / 4.0::float8,
                        CASE n % 100 WHEN 0 THEN decode(repeat('00ff', 9000), 'hex') END
                    FROM generate_series(1, 30000) n""",
                    "INSERT INTO app.visit (person) SELECT n FROM generate_series(1, 2900) n",
                    "INSERT INTO app.log SELECT 'l' || n % 7, n % 3 FROM generate_series(1, 500) n",
                    "INSERT INTO app.base SELECT n, 'b' FROM generate_series(1, 20) n",
                    "INSERT INTO app.child SELECT n, 'c', n FROM generate_series(101, 140) n",
                    "INSERT INTO app.scratch VALUES (1)",
                    "REFRESH MATERIALIZED VIEW app.moods");
            Task task = Task.create(pair, Task.spec(pair, "app").put("mode", "FULL"));
            task.start();
            task.awaitState("COMPLETED");

            pair.assertEqual("app");
            assertThat(task.view().path("structureFailures").asInt())
                    .as(task.progress().path("structure").toPrettyString())
                    .isZero();
            assertThat(pair.askTarget("SELECT nextval('app.numbers') || ' ' || nextval('app.person_id_seq')"))
                    .isEqualTo(pair.askSource("SELECT nextval('app.numbers') || ' ' || nextval('app.person_id_seq')"));
            assertThat(pair.askTarget("SELECT count(*) || ' ' || app.total(count::int) FROM app.moods"))
                    .isEqualTo("1 30000");
            // Definitions are in the words of each server, which have changed since: PROCEDURE is FUNCTION by now.
            assertThat(compared(task, "OBJECTS")
                            .path("objects")
                            .path("differences")
                            .asInt())
                    .isEqualTo(2);
            for (String kind : new String[] {"ROW_COUNT", "CONTENT"}) {
                JsonNode view = compared(task, kind);
                assertThat(view.path("result").asText())
                        .as(view.toPrettyString())
                        .isEqualTo("EQUAL");
            }
            pair.onTarget("UPDATE app.person SET ratio = 0 WHERE id = 17", "DELETE FROM app.child WHERE id = 101");
            JsonNode differing = compared(task, "CONTENT");
            assertThat(differing.path("result").asText()).isEqualTo("DIFFERENT");
            assertThat(differing.path("tables").findValuesAsText("state"))
                    .as(differing.toPrettyString())
                    .startsWith("DIFFERENT", "DIFFERENT", "EQUAL");
            task.delete().expect(200);
        }
    }

    private static JsonNode compared(Task task, String kind) {
        JsonNode ended = task.comparisons().compare(kind);
        assertThat(ended.path("state").asText()).as(ended.toPrettyString()).isEqualTo("COMPLETED");
        return ended;
    }
}
