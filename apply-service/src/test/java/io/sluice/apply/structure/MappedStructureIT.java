package io.sluice.apply.structure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact.StructureProblem;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.StructureChoice.ExistingTable;
import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.TableChoice;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The structure of tables that have other names on the target. */
class MappedStructureIT extends StructureScenario {

    @Test
    void namesAreMappedInEverythingThatSpeaksOfThem() throws Exception {
        server.execute(sourceName, MAPPED_SOURCE);
        String expected = "expected_" + taskId.substring(0, 8);
        server.createDatabase(expected);
        server.execute(expected, MAPPED_EXPECTED);
        run(spec(
                List.of(
                        new TableChoice("old", "*", "new", null, null, null, null),
                        new TableChoice(
                                "old",
                                "person",
                                "new",
                                "client",
                                new TableChoice.Columns(
                                        List.of("secret"), Map.of("name", "full name", "region", "area")),
                                null,
                                null),
                        new TableChoice("old", "log_a", "new", "log", null, null, null),
                        new TableChoice("old", "log_b", "new", "log", null, null, null),
                        all("odd.schema"),
                        new TableChoice("split", "one", "split_one", null, null, null, null),
                        new TableChoice("split", "two", "split_two", null, null, null, null)),
                StructureChoice.DEFAULT));
        List<String> target = dump(targetName);
        assertThat(target).containsExactlyElementsOf(dump(expected));
        assertThat(problems())
                .filteredOn(StructureProblem::failed)
                .extracting(StructureProblem::name)
                .containsExactlyInAnyOrder(
                        "old.names_view", "old.speaks_of_it()", "touch on old.person", "old.step()", "old.elsewhere()");
        assertThat(problems())
                .filteredOn(problem -> problem.name().equals("old.elsewhere()"))
                .singleElement()
                .satisfies(problem -> assertThat(problem.reason()).contains("search_path", "split"));
        assertThat(value(targetName, "SELECT new.counts()")).isEqualTo("0");
        assertThat(problems())
                .filteredOn(problem -> problem.name().equals("old.names_view"))
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.reason()).contains("name of old.person");
                    assertThat(problem.ddl()).contains("CREATE VIEW \"old\".\"names_view\"");
                });
        assertThat(problems())
                .filteredOn(problem -> !problem.failed())
                .extracting(StructureProblem::name)
                .contains("index person_secret on old.person", "no_secret on old.person", "old.log_b");
    }

    @Test
    void functionsThatSpeakOfWhatIsCalledDifferentlyAreNamedAndOthersAreMade() throws Exception {
        server.execute(sourceName, """
                CREATE TABLE orders (id bigserial PRIMARY KEY);
                CREATE VIEW numbers AS SELECT 7 AS n;
                CREATE FUNCTION last_order() RETURNS bigint LANGUAGE plpgsql AS
                    'BEGIN RETURN currval(''orders_id_seq''); END';
                CREATE FUNCTION number() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT n FROM Numbers); END';
                CREATE FUNCTION unit() RETURNS int LANGUAGE sql AS 'SELECT 1';
                CREATE FUNCTION pair() RETURNS int LANGUAGE sql AS 'SELECT unit() + unit()'
                """);
        run(spec(List.of(all("public")), new StructureChoice(true, null, ExistingTable.FAIL, NameCase.UPPER)));
        assertThat(problems())
                .filteredOn(StructureProblem::failed)
                .extracting(
                        problem -> problem.name() + ": " + problem.reason().replaceFirst(".*mentions (\\w+),.*", "$1"))
                .containsExactlyInAnyOrder("public.last_order(): orders_id_seq", "public.number(): Numbers");
        assertThat(value(
                        targetName,
                        "SELECT string_agg(proname, ' ' ORDER BY proname) FROM pg_proc"
                                + " WHERE pronamespace = '\"PUBLIC\"'::regnamespace"))
                .isEqualTo("pair unit");
    }

    @Test
    void tablesThatGoIntoOneMustFitWithoutRounding() throws Exception {
        server.execute(sourceName, """
                CREATE TABLE sale_a (id int PRIMARY KEY, price numeric(10,2), at timestamp(0), name varchar(20));
                CREATE TABLE sale_b (id int PRIMARY KEY, price numeric(20,6), at timestamp, name varchar(10))
                """);
        List<TableChoice> one = List.of(
                new TableChoice("public", "sale_a", null, "sale", null, null, null),
                new TableChoice("public", "sale_b", null, "sale", null, null, null));
        assertThatThrownBy(() -> run(spec(one, StructureChoice.DEFAULT)))
                .isInstanceOfSatisfying(SluiceException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.TARGET_COLUMNS_DIFFER);
                    assertThat(e)
                            .hasMessageContaining(
                                    "public.sale_b.price is numeric(20,6), in public.sale it is numeric(10,2)")
                            .hasMessageContaining("public.sale_b.at")
                            .hasMessageNotContaining("sale_b.name");
                });
        server.execute(
                targetName,
                "CREATE TABLE sale (id int PRIMARY KEY, price numeric(20,4), at timestamp, name varchar(20))");
        assertThatThrownBy(() -> run(spec(one, new StructureChoice(true, null, ExistingTable.KEEP, NameCase.SOURCE))))
                .isInstanceOfSatisfying(
                        SluiceException.class,
                        e -> assertThat(e)
                                .hasMessageContaining(
                                        "column price of public.sale is numeric(20,4) instead of numeric(20,6)")
                                .hasMessageNotContaining("column at"));
    }

    private static final String MAPPED_SOURCE = """
            SET check_function_bodies = off;
            CREATE SCHEMA old; CREATE SCHEMA split; CREATE SCHEMA "odd.schema";
            CREATE TABLE "odd.schema".thing (id int PRIMARY KEY);
            CREATE TABLE split.one (id int PRIMARY KEY); CREATE TABLE split.two (id int PRIMARY KEY);
            CREATE SEQUENCE split.steps OWNED BY split.two.id;
            CREATE TYPE old.mood AS ENUM ('good', 'bad');
            CREATE TABLE old.person (id serial PRIMARY KEY, name text NOT NULL, region text DEFAULT 'de', secret text,
                feeling old.mood DEFAULT 'good', upper_name text GENERATED ALWAYS AS (upper(name)) STORED,
                CONSTRAINT named CHECK (name <> ''), CONSTRAINT no_secret CHECK (secret <> 'x'), UNIQUE (name, region));
            CREATE INDEX person_lower ON old.person (lower(name), region DESC) WHERE region <> 'name';
            CREATE INDEX person_secret ON old.person (secret);
            CREATE STATISTICS old.together (ndistinct) ON name, region FROM old.person;
            COMMENT ON COLUMN old.person.name IS 'what it is called';
            COMMENT ON TABLE old.person IS 'people';
            CREATE TABLE old.invoice (id int PRIMARY KEY, person int REFERENCES old.person ON DELETE CASCADE,
                who old.person, total numeric CHECK (total > 0), payer text, payer_region text,
                FOREIGN KEY (payer, payer_region) REFERENCES old.person (name, region));
            CREATE INDEX invoice_total ON old.invoice (total) INCLUDE (payer);
            CREATE TABLE old.log_a (id int PRIMARY KEY, what text);
            CREATE TABLE old.log_b (what text, id int PRIMARY KEY);
            CREATE VIEW old.sums AS SELECT person.id, sum(invoice.total) AS total FROM old.person
                JOIN old.invoice ON invoice.person = person.id WHERE person.feeling = 'good'::old.mood GROUP BY person.id;
            CREATE VIEW old.names_view AS SELECT name FROM old.person;
            CREATE FUNCTION old.half(old.invoice) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT $1.total / 2';
            CREATE FUNCTION old.zero() RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint';
            CREATE FUNCTION old.counts() RETURNS bigint LANGUAGE sql SET work_mem = '1MB' SET search_path = old, "$user", pg_temp
                AS 'SELECT zero()';
            CREATE FUNCTION old.total() RETURNS bigint LANGUAGE sql AS 'SELECT zero()';
            CREATE FUNCTION "odd.schema".unit() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
            CREATE FUNCTION "odd.schema".pair() RETURNS bigint LANGUAGE sql AS 'SELECT unit() + 1';
            CREATE FUNCTION old.step() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN nextval(''steps''); END';
            CREATE FUNCTION old.elsewhere() RETURNS bigint LANGUAGE sql SET search_path = split AS 'SELECT 1::bigint';
            CREATE FUNCTION old.speaks_of_it() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM old.person';
            CREATE FUNCTION old.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
            CREATE TRIGGER touch BEFORE UPDATE OF name ON old.person FOR EACH ROW EXECUTE FUNCTION old.nothing();
            CREATE TRIGGER each AFTER INSERT ON old.person FOR EACH ROW EXECUTE FUNCTION old.nothing();
            """;

    private static final String MAPPED_EXPECTED = """
            SET check_function_bodies = off;
            CREATE SCHEMA new; CREATE SCHEMA "odd.schema"; CREATE SCHEMA split; CREATE SCHEMA split_one; CREATE SCHEMA split_two;
            CREATE TABLE "odd.schema".thing (id int PRIMARY KEY);
            CREATE TABLE split_one.one (id int PRIMARY KEY); CREATE TABLE split_two.two (id int PRIMARY KEY);
            CREATE SEQUENCE split_two.steps OWNED BY split_two.two.id;
            CREATE TYPE new.mood AS ENUM ('good', 'bad');
            CREATE TABLE new.client (id int CONSTRAINT person_id_not_null NOT NULL, "full name" text CONSTRAINT person_name_not_null NOT NULL,
                area text DEFAULT 'de', feeling new.mood DEFAULT 'good',
                upper_name text GENERATED ALWAYS AS (upper("full name")) STORED, CONSTRAINT named CHECK ("full name" <> ''));
            CREATE SEQUENCE new.person_id_seq AS int OWNED BY new.client.id;
            ALTER TABLE new.client ALTER id SET DEFAULT nextval('new.person_id_seq');
            ALTER TABLE new.client ADD CONSTRAINT person_pkey PRIMARY KEY (id),
                ADD CONSTRAINT person_name_region_key UNIQUE ("full name", area);
            CREATE INDEX person_lower ON new.client (lower("full name"), area DESC) WHERE area <> 'name';
            CREATE STATISTICS new.together (ndistinct) ON "full name", area FROM new.client;
            COMMENT ON COLUMN new.client."full name" IS 'what it is called';
            COMMENT ON TABLE new.client IS 'people';
            CREATE TABLE new.invoice (id int PRIMARY KEY, person int REFERENCES new.client ON DELETE CASCADE,
                who new.client, total numeric CHECK (total > 0), payer text, payer_region text,
                FOREIGN KEY (payer, payer_region) REFERENCES new.client ("full name", area));
            CREATE INDEX invoice_total ON new.invoice (total) INCLUDE (payer);
            CREATE TABLE new.log (id int CONSTRAINT log_a_id_not_null NOT NULL, what text, CONSTRAINT log_a_pkey PRIMARY KEY (id));
            CREATE VIEW new.sums AS SELECT person.id, sum(invoice.total) AS total FROM new.client person
                JOIN new.invoice ON invoice.person = person.id WHERE person.feeling = 'good'::new.mood GROUP BY person.id;
            CREATE FUNCTION new.half(new.invoice) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT $1.total / 2';
            CREATE FUNCTION new.zero() RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint';
            CREATE FUNCTION new.counts() RETURNS bigint LANGUAGE sql SET work_mem = '1MB' SET search_path = new, "$user", pg_temp
                AS 'SELECT zero()';
            CREATE FUNCTION new.total() RETURNS bigint LANGUAGE sql AS 'SELECT zero()';
            CREATE FUNCTION "odd.schema".unit() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
            CREATE FUNCTION "odd.schema".pair() RETURNS bigint LANGUAGE sql AS 'SELECT unit() + 1';
            CREATE FUNCTION new.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
            CREATE TRIGGER each AFTER INSERT ON new.client FOR EACH ROW EXECUTE FUNCTION new.nothing();
            """;
}
