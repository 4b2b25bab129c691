package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.StructureProblem;
import io.sluice.contracts.report.Fact.StructureProgress;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.StructureChoice.ExistingTable;
import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.Tls;
import io.sluice.contracts.task.Transform;
import io.sluice.localstack.PostgresServer;
import io.sluice.postgres.Connections;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a whole load makes of the structure, and what becomes of the rows when the target or the source refuses some of it. */
class StructureLoadIT extends LoadScenario {

    private List<Fact> said = List.of();
    private String sourceUser = PostgresServer.SUPERUSER;

    StructureLoadIT() {
        super(SharedServers.postgres(18));
    }

    @BeforeAll
    static void createRole() {
        PostgresServer server = SharedServers.postgres(18);
        server.execute(PostgresServer.SUPERUSER, "CREATE ROLE loader LOGIN PASSWORD '" + server.password() + "'");
    }

    /** Side by side and beside the copy of other tables, not one after the other when all rows are in. */
    @Test
    void indexesOfPartitionsAreBuiltWhenTheRowsOfTheirTableAreIn() {
        server.execute(sourceName, """
                CREATE TABLE parts (id int, n int, at int, PRIMARY KEY (id, n)) PARTITION BY RANGE (id);
                CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (500);
                CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (500) TO (2000) PARTITION BY LIST (n);
                CREATE TABLE parts_2a PARTITION OF parts_2 DEFAULT;
                CREATE INDEX ON parts (at);
                CREATE INDEX own ON parts_2a (n, at);
                INSERT INTO parts SELECT i, i % 10, i FROM generate_series(1, 1000) i;
                CREATE TABLE refused (id int PRIMARY KEY, n text);
                INSERT INTO refused VALUES (1, 'no number')
                """);
        transforms = List.of(new Transform("public.refused", "{\"n\": int(row.n) * 6}"));
        assertThat(load("parts", "refused")).isNotNull();
        assertThat(databases.ask(
                        targetName,
                        "SELECT string_agg(indexname, ' ' ORDER BY indexname) FROM pg_indexes"
                                + " WHERE schemaname = 'public' AND tablename LIKE 'parts%'"))
                .as("what needs all rows is still to come")
                .isEqualTo("own parts_1_at_idx parts_1_pkey parts_2a_at_idx parts_2a_pkey");
        server.execute(sourceName, "UPDATE refused SET n = '7'");
        assertThat(load("parts", "refused")).isNull();
        assertThat(databases.ask(
                        targetName,
                        "SELECT string_agg(indexrelid::regclass || ' ' || indisvalid, ', ' ORDER BY indexrelid::regclass::text)"
                                + " FROM pg_index"
                                + " WHERE indrelid IN ('parts'::regclass, 'parts_2'::regclass)"))
                .isEqualTo("parts_2_at_idx true, parts_2_pkey true, parts_at_idx true, parts_pkey true");
    }

    @Test
    void aTableThatCannotBeMadeStopsNoOther() {
        server.execute(sourceName, """
                CREATE ACCESS METHOD elsewhere TYPE TABLE HANDLER heap_tableam_handler;
                CREATE TABLE good (id int PRIMARY KEY); INSERT INTO good SELECT generate_series(1, 100);
                CREATE TABLE odd (id int PRIMARY KEY) USING elsewhere; INSERT INTO odd VALUES (1);
                CREATE TABLE odd_child () INHERITS (odd);
                CREATE TABLE log_a (id int PRIMARY KEY) USING elsewhere; INSERT INTO log_a VALUES (1);
                CREATE TABLE log_b (id int PRIMARY KEY); INSERT INTO log_b VALUES (2);
                CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id);
                CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
                CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20) USING elsewhere;
                INSERT INTO parts VALUES (1), (11)
                """);
        choices = List.of(
                new TableChoice("public", "log_a", null, "log", null, null, null),
                new TableChoice("public", "log_b", null, "log", null, null, null));
        String[] tables = {"good", "odd", "odd_child", "log_a", "log_b", "parts"};
        SluiceException failure = load(tables);
        assertThat(failure).isNotNull();
        assertThat(failure.code()).isEqualTo(ErrorCode.TARGET_OBJECT_FAILED);
        assertThat(failure)
                .hasMessageContaining("5 tables could not be loaded, all others are complete")
                .hasMessageContaining("public.odd: ")
                .hasMessageContaining("public.odd_child: ")
                .hasMessageContaining("public.log_a: ")
                .hasMessageContaining("public.log_b: ")
                .hasMessageContaining("public.parts: ")
                .hasMessageContaining("access method \"elsewhere\" does not exist");
        assertThat(databases.ask(targetName, "SELECT count(*) FROM good")).isEqualTo("100");
        assertThat(databases.ask(targetName, "SELECT count(*) FROM parts")).isEqualTo("0");
        assertThat(problems())
                .filteredOn(StructureProblem::failed)
                .extracting(StructureProblem::name)
                .containsExactlyInAnyOrder("public.odd", "public.odd_child", "public.log_a", "public.parts_2");

        server.execute(targetName, "CREATE ACCESS METHOD elsewhere TYPE TABLE HANDLER heap_tableam_handler");
        assertThat(load(tables)).isNull();
        assertThat(databases.ask(
                        targetName,
                        "SELECT (SELECT count(*) FROM odd) || ' ' || (SELECT sum(id) FROM log) || ' '"
                                + " || (SELECT sum(id) FROM parts)"))
                .isEqualTo("1 3 12");
    }

    @Test
    void aSequenceThatCannotBeSetIsNamedAndTheRestIsMade() {
        server.execute(sourceName, """
                CREATE TABLE item (id bigserial PRIMARY KEY, n int GENERATED BY DEFAULT AS IDENTITY);
                INSERT INTO item SELECT FROM generate_series(1, 20);
                CREATE TABLE kept (id bigserial PRIMARY KEY); SELECT setval('kept_id_seq', 100000);
                CREATE SEQUENCE closed; SELECT setval('closed', 7);
                CREATE VIEW seen AS SELECT id FROM item;
                GRANT SELECT ON ALL TABLES IN SCHEMA public TO loader;
                GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO loader;
                REVOKE ALL ON closed FROM loader
                """);
        server.execute(
                targetName, "CREATE TABLE kept (id smallserial PRIMARY KEY)", "ALTER TABLE kept ALTER id TYPE bigint");
        sourceUser = "loader";
        structure = existing(ExistingTable.KEEP);
        choices = List.of(new TableChoice("public", "*", null, null, null, null, null));
        assertThat(load("item", "kept")).isNull();
        assertThat(databases.ask(targetName, "SELECT count(*) FROM seen")).isEqualTo("20");
        assertThat(databases.ask(targetName, "SELECT nextval('item_id_seq') + nextval('item_n_seq')"))
                .isEqualTo("42");
        assertThat(problems())
                .filteredOn(StructureProblem::failed)
                .extracting(StructureProblem::kind, StructureProblem::name, StructureProblem::sqlState)
                .containsExactlyInAnyOrder(
                        tuple("SEQUENCE", "value of public.closed", "42501"),
                        tuple("SEQUENCE", "value of public.kept_id_seq", "22003"));
        assertThat(problems())
                .filteredOn(problem -> problem.name().equals("value of public.kept_id_seq"))
                .singleElement()
                .satisfies(
                        problem -> assertThat(problem.ddl()).contains("setval('\"public\".\"kept_id_seq\"', 100000"));

        server.execute(sourceName, "GRANT SELECT ON closed TO loader");
        server.execute(targetName, "ALTER SEQUENCE kept_id_seq AS bigint");
        assertThat(load(2, "item", "kept")).isNull();
        assertThat(problems()).noneMatch(StructureProblem::failed);
        assertThat(databases.ask(targetName, "SELECT nextval('closed') + nextval('kept_id_seq')"))
                .isEqualTo("100009");
    }

    @Test
    void noSequenceThatWasThereGoesBack() {
        server.execute(sourceName, """
                CREATE TABLE kept (id serial PRIMARY KEY, n int GENERATED BY DEFAULT AS IDENTITY);
                SELECT setval('kept_id_seq', 100); SELECT setval('kept_n_seq', 100);
                CREATE SEQUENCE down INCREMENT -1 MINVALUE -1000 MAXVALUE 1000 START 1000; SELECT setval('down', 900);
                CREATE SEQUENCE down_further INCREMENT -1 MINVALUE -1000 MAXVALUE 1000 START 1000;
                SELECT setval('down_further', 900);
                CREATE SEQUENCE lowered START 100; SELECT setval('lowered', 50)
                """);
        server.execute(targetName, """
                CREATE TABLE kept (id serial PRIMARY KEY, n int GENERATED BY DEFAULT AS IDENTITY);
                SELECT setval('kept_id_seq', 5000); SELECT setval('kept_n_seq', 50);
                CREATE SEQUENCE down INCREMENT -1 MINVALUE -1000 MAXVALUE 1000 START 1000; SELECT setval('down', 700);
                CREATE SEQUENCE down_further INCREMENT -1 MINVALUE -1000 MAXVALUE 1000 START 1000;
                SELECT setval('down_further', 950)
                """);
        structure = existing(ExistingTable.KEEP);
        choices = List.of(new TableChoice("public", "*", null, null, null, null, null));
        assertThat(load("kept")).isNull();
        assertThat(databases.ask(
                        targetName,
                        "SELECT concat_ws(' ', nextval('kept_id_seq'), nextval('kept_n_seq'), nextval('down'),"
                                + " nextval('down_further'), nextval('lowered'))"))
                .isEqualTo("5001 101 699 899 51");
    }

    @Test
    void whereSeveralTablesGoIntoOneItsSequenceIsPastAllOfThem() {
        server.execute(sourceName, """
                CREATE TABLE log_a (id serial PRIMARY KEY, n int GENERATED BY DEFAULT AS IDENTITY);
                CREATE TABLE log_b (id serial PRIMARY KEY, n int GENERATED BY DEFAULT AS IDENTITY);
                CREATE TABLE log_c (id serial PRIMARY KEY, n int GENERATED BY DEFAULT AS IDENTITY);
                SELECT setval('log_a_id_seq', 10); SELECT setval('log_b_id_seq', 500); SELECT setval('log_c_id_seq', 20);
                SELECT setval('log_a_n_seq', 10); SELECT setval('log_b_n_seq', 600); SELECT setval('log_c_n_seq', 20)
                """);
        choices = Stream.of("log_a", "log_b", "log_c")
                .map(table -> new TableChoice("public", table, null, "log", null, null, null))
                .toList();
        assertThat(load("log_a", "log_b", "log_c")).isNull();
        server.execute(targetName, "INSERT INTO log DEFAULT VALUES");
        assertThat(databases.ask(targetName, "SELECT id || ' ' || n FROM log")).isEqualTo("501 601");
    }

    private List<StructureProblem> problems() {
        return said.stream()
                .filter(StructureProgress.class::isInstance)
                .map(StructureProgress.class::cast)
                .reduce((first, second) -> second)
                .orElseThrow()
                .problems();
    }

    private @Nullable SluiceException load(String... tables) {
        return load(1, tables);
    }

    /** A run to its end; returns why it failed. */
    private @Nullable SluiceException load(long generation, String... tables) {
        Run run = run(order(generation, names(tables), LoadLimits.NONE, 2));
        SluiceException failure = run.done().join();
        said = run.context().facts();
        if (failure == null) {
            assertThat(run.context().reached(Fact.Step.LOADED)).isTrue();
        }
        return failure;
    }

    @Override
    Connections source() {
        Endpoint endpoint = new Endpoint(
                server.host(), server.port(), sourceName, sourceUser, new SealedSecret("v1:"), Tls.DISABLED);
        return new Connections("source", endpoint, new Secret(server.password()), "sluice-apply");
    }

    private static StructureChoice existing(ExistingTable what) {
        return new StructureChoice(true, null, what, NameCase.SOURCE);
    }
}
