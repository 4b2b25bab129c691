package io.sluice.apply.structure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact.KindProgress;
import io.sluice.contracts.report.Fact.StructureProblem;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.StructureChoice.ExistingTable;
import io.sluice.contracts.task.StructureChoice.Kind;
import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.localstack.PostgresServer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What cannot be made, or is left out, is named, and the rest is made. */
class StructureProblemsIT extends StructureScenario {

    @Test
    void whatFailsIsListedAndTheRestIsMade() throws Exception {
        server.execute(sourceName, """
                CREATE SCHEMA other; CREATE SCHEMA s;
                CREATE TABLE other.hidden (id int);
                CREATE TYPE s.mood AS ENUM ('good');
                CREATE TABLE s.item (id int PRIMARY KEY, code text);
                CREATE VIEW s.spies AS SELECT * FROM other.hidden;
                CREATE VIEW s.codes AS SELECT code FROM s.item;
                CREATE VIEW s.taken AS SELECT id FROM s.item;
                CREATE FUNCTION s.judge(m s.mood) RETURNS int LANGUAGE sql AS 'SELECT 1';
                SET check_function_bodies = off;
                CREATE FUNCTION s.broken() RETURNS int LANGUAGE sql AS 'SELECT nothing FROM nowhere';
                CREATE FUNCTION s.waits() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM s.codes';
                """);
        server.execute(targetName, "CREATE SCHEMA s", "CREATE TABLE s.taken (id int)");
        List<Kind> kinds = Arrays.stream(Kind.values())
                .filter(kind -> kind != Kind.TYPE && kind != Kind.PRIVILEGE)
                .toList();
        TaskSpec spec = spec(List.of(all("s")), new StructureChoice(true, kinds, ExistingTable.FAIL, NameCase.SOURCE));
        run(spec);
        assertThat(problems())
                .extracting(StructureProblem::name, StructureProblem::sqlState, StructureProblem::failed)
                .containsExactlyInAnyOrder(
                        tuple("s.spies", "42P01", true),
                        tuple("s.taken", "42P07", true),
                        tuple("s.judge(m s.mood)", "42704", true),
                        tuple("s.broken()", "42P01", true));
        assertThat(problems()).allSatisfy(problem -> {
            assertThat(problem.reason()).contains("SQLSTATE");
            assertThat(problem.ddl()).startsWith("CREATE ");
        });
        assertThat(value(targetName, "SELECT s.waits()")).isEqualTo("0");
        assertThat(progress().kinds())
                .contains(new KindProgress("VIEW", 3, 1, 2, 0), new KindProgress("KEY", 2, 2, 0, 0));

        server.execute(
                targetName,
                "CREATE SCHEMA other",
                "CREATE TABLE other.hidden (id int)",
                "DROP TABLE s.taken",
                "CREATE TYPE s.mood AS ENUM ('good')");
        run(spec, 1);
        assertThat(problems()).as("not tried again under the same order").hasSize(4);
        run(spec, 2);
        assertThat(problems()).extracting(StructureProblem::name).containsExactly("s.broken()");
        assertThat(value(targetName, "SELECT s.judge('good')")).isEqualTo("1");
    }

    @Test
    void viewsAreExcludedByNameButForThoseThatOthersNeed() throws Exception {
        server.execute(sourceName, """
                CREATE SCHEMA s;
                CREATE TABLE s.item (id int PRIMARY KEY);
                CREATE VIEW s.tmp_a AS SELECT id FROM s.item;
                CREATE MATERIALIZED VIEW s.tmp_b AS SELECT id FROM s.item;
                CREATE VIEW s.tmp_c AS SELECT id FROM s.item;
                CREATE VIEW s.kept AS SELECT id FROM s.tmp_c;
                """);
        String views =
                "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = 's'::regnamespace"
                        + " AND relkind IN ('v', 'm')";
        List<TablePattern> exclude = List.of(new TablePattern("*", "tmp_*"));
        run(spec(SyncMode.FULL, List.of(all("s")), exclude, StructureChoice.DEFAULT));
        assertThat(value(targetName, views)).isEqualTo("kept tmp_c");
        assertThat(problems()).isEmpty();
    }

    @Test
    void viewsOverTablesThatAreNotChosenAreNamed() throws Exception {
        server.execute(sourceName, """
                CREATE SCHEMA s;
                CREATE TABLE s.chosen (id int PRIMARY KEY);
                CREATE TABLE s.other (id int PRIMARY KEY);
                CREATE VIEW s.own AS SELECT id FROM s.chosen;
                CREATE VIEW s.both AS SELECT id FROM s.chosen JOIN s.other USING (id);
                CREATE MATERIALIZED VIEW s.further AS SELECT b.id FROM s.both b;
                CREATE VIEW s.others AS SELECT id FROM s.other;
                CREATE VIEW s.left_out AS SELECT id FROM s.chosen JOIN s.other USING (id)
                """);
        List<TableChoice> one = List.of(new TableChoice("s", "chosen", null, null, null, null, null));
        run(spec(SyncMode.FULL, one, List.of(new TablePattern("s", "left_out")), StructureChoice.DEFAULT));
        assertThat(problems())
                .extracting(StructureProblem::name, StructureProblem::failed, StructureProblem::reason)
                .containsExactlyInAnyOrder(
                        tuple("s.both", false, "It reads s.other, which is not chosen."),
                        tuple("s.further", false, "It reads s.both, which is not chosen."));
        assertThat(problems().getFirst().ddl()).startsWith("CREATE ");
        assertThat(value(targetName, "SELECT string_agg(viewname, ' ') FROM pg_views WHERE schemaname = 's'"))
                .isEqualTo("own");
    }

    @Test
    void whatIsNotMovedIsNamed() throws Exception {
        server.execute(sourceName, """
                CREATE SCHEMA s; CREATE SCHEMA other; CREATE EXTENSION hstore WITH SCHEMA s;
                CREATE TABLE s.item (id int PRIMARY KEY, words int[]);
                CREATE TEXT SEARCH CONFIGURATION s.plain (COPY = simple);
                CREATE TEXT SEARCH CONFIGURATION other.plain (COPY = simple);
                COMMENT ON TEXT SEARCH CONFIGURATION s.plain IS 'no stems';
                CREATE TEXT SEARCH DICTIONARY s.stems (TEMPLATE = simple);
                CREATE OPERATOR CLASS s.backwards FOR TYPE int USING btree AS OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =,
                    OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 btint4cmp(int, int);
                CREATE TYPE s.small;
                CREATE FUNCTION s.small_in(cstring) RETURNS s.small LANGUAGE internal IMMUTABLE STRICT AS 'int2in';
                CREATE FUNCTION s.small_out(s.small) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int2out';
                CREATE TYPE s.small (INPUT = s.small_in, OUTPUT = s.small_out, LIKE = smallint);
                ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO PUBLIC
                """);
        run(spec(List.of(all("s")), StructureChoice.DEFAULT));
        assertThat(problems())
                .filteredOn(problem -> problem.kind().equals("OTHER"))
                .allMatch(problem -> !problem.failed() && problem.reason().contains("pg_dump"))
                .extracting(StructureProblem::name)
                .containsExactlyInAnyOrder(
                        "text search configuration s.plain",
                        "text search dictionary s.stems",
                        "operator class s.backwards USING btree",
                        "operator family s.backwards USING btree",
                        "type s.small",
                        "default acl for role " + PostgresServer.SUPERUSER + " in schema s on tables");
        assertThat(problems())
                .filteredOn(problem -> !problem.kind().equals("OTHER"))
                .extracting(StructureProblem::name)
                .as("functions of the type, and no comments")
                .allMatch(name -> name.startsWith("s.small_"));
    }

    @Test
    void tablesThatCannotBeMadeAreNamedTogether() throws Exception {
        server.execute(sourceName, """
                CREATE SCHEMA s; CREATE TYPE s.mood AS ENUM ('good');
                CREATE TABLE s.a (id int PRIMARY KEY, m s.mood); CREATE TABLE s.b (id int PRIMARY KEY, of s.a);
                CREATE TABLE s.c (id int PRIMARY KEY);
                """);
        List<Kind> kinds = List.of(Kind.SCHEMA, Kind.TABLE);
        assertThatThrownBy(() -> run(
                        spec(List.of(all("s")), new StructureChoice(true, kinds, ExistingTable.FAIL, NameCase.SOURCE))))
                .isInstanceOfSatisfying(SluiceException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.TARGET_OBJECT_FAILED);
                    assertThat(e)
                            .hasMessageContaining("s.a")
                            .hasMessageContaining("s.b")
                            .hasMessageNotContaining("s.c");
                });
        assertThat(problems()).extracting(StructureProblem::name).containsExactlyInAnyOrder("s.a", "s.b");
        assertThat(value(targetName, "SELECT string_agg(table_name, ' ') FROM _sluice.table_load"))
                .as("noted as the task's, and so loaded")
                .isEqualTo("c");
    }
}
