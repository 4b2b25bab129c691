package io.sluice.apply.structure;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.apply.SharedServers;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.StructureChoice.ExistingTable;
import io.sluice.contracts.task.StructureChoice.Kind;
import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.localstack.PostgresServer;
import io.sluice.postgres.Connections;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every kind of object is made as it is at the source, each at its time. */
class StructureIT extends StructureScenario {

    @BeforeAll
    static void createRoles() {
        SharedServers.postgres(18)
                .execute(PostgresServer.SUPERUSER, "CREATE ROLE structure_reader", "CREATE ROLE \"x#\"");
    }

    @Test
    void everyKindOfObjectIsTheSameOnBothSides() throws Exception {
        script(sourceName, "every-kind.sql");
        List<Kind> kinds = Arrays.asList(Kind.values());
        run(spec(List.of(all("*")), new StructureChoice(true, kinds, ExistingTable.FAIL, NameCase.SOURCE)));
        assertSameCatalogs();
        assertThat(problems()).isEmpty();
    }

    @Test
    void aRunThatEndsAnywhereIsGoneOnWithByTheNext() throws Exception {
        script(sourceName, "every-kind.sql");
        StructureChoice everything =
                new StructureChoice(true, Arrays.asList(Kind.values()), ExistingTable.FAIL, NameCase.SOURCE);
        TaskSpec spec = spec(List.of(all("*")), everything);
        long seed = System.nanoTime();
        System.out.println("cuts of the structure: seed " + seed);
        Random random = new Random(seed);
        int cut = 0;
        for (int attempt = 0; attempt < 12; attempt++) {
            try {
                run(spec, 1, Duration.ofMillis(10 + random.nextInt(40 * attempt + 1)));
                break;
            } catch (SluiceException e) {
                assertThat(e.code()).isIn(ErrorCode.CONNECTION_LOST, ErrorCode.DATABASE_ERROR);
                cut++;
            }
        }
        run(spec, 1);
        assertThat(cut).isPositive();
        assertThat(problems()).isEmpty();
        assertSameCatalogs();
    }

    /** Such a key is never valid, and needs no look at the rows. */
    @Test
    void foreignKeysThatAreNotEnforcedAreMadeBesideTheStream() throws Exception {
        server.execute(sourceName, """
                CREATE TABLE a (id int PRIMARY KEY);
                CREATE TABLE b (id int PRIMARY KEY, a int, CONSTRAINT loose FOREIGN KEY (a) REFERENCES a NOT ENFORCED,
                    CONSTRAINT strict FOREIGN KEY (a) REFERENCES a)
                """);
        beside = true;
        run(spec(List.of(all("public")), StructureChoice.DEFAULT));
        assertThat(problems()).isEmpty();
        assertThat(value(
                        targetName,
                        "SELECT string_agg(concat_ws(' ', conname, conenforced, convalidated), ', ' ORDER BY conname)"
                                + " FROM pg_constraint WHERE contype = 'f'"))
                .isEqualTo("loose f f, strict t t");
    }

    @Test
    void whatWouldActOnItsOwnWaitsForTheEnd() throws Exception {
        server.execute(sourceName, """
                CREATE TABLE item (id int PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY);
                CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
                CREATE TRIGGER t BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION act();
                ALTER TABLE item ENABLE ALWAYS TRIGGER t, FORCE ROW LEVEL SECURITY;
                COMMENT ON TRIGGER t ON item IS 'acts';
                CREATE UNLOGGED TABLE fast (id serial PRIMARY KEY);
                CREATE UNLOGGED TABLE a_faster (id int PRIMARY KEY);
                ALTER TABLE fast ADD refers int REFERENCES a_faster
                """);
        run(spec(SyncMode.FULL_AND_INCREMENTAL, List.of(all("public")), StructureChoice.DEFAULT));
        String state =
                "SELECT (SELECT count(*) FROM pg_trigger WHERE tgrelid = 'item'::regclass) || attidentity::text ||"
                        + " relforcerowsecurity FROM pg_attribute JOIN pg_class c ON c.oid = attrelid"
                        + " WHERE attrelid = 'item'::regclass AND attname = 'n'";
        assertThat(value(targetName, state)).isEqualTo("0dfalse");
        String unlogged =
                "SELECT string_agg(relpersistence::text, '') FROM pg_class WHERE relname IN ('fast', 'a_faster')";
        assertThat(value(targetName, unlogged))
                .as("a crash while rows are copied empties no table")
                .isEqualTo("pp");
        try (Connections target = connections(targetName);
                DatabaseSession session = DatabaseSession.open(target, context, List.of())) {
            assertThat(problems())
                    .as("what is on something that waits waits, too")
                    .isEmpty();
            assertThat(StructureEnd.carryOut(session, taskId, connection -> {})).isEmpty();
        }
        assertThat(value(targetName, state)).isEqualTo("1atrue");
        assertThat(value(targetName, unlogged)).isEqualTo("uu");
        assertThat(dump(targetName)).containsExactlyElementsOf(dump(sourceName));
    }

    private void assertSameCatalogs() throws SQLException {
        List<String> source = dump(sourceName);
        List<String> target = dump(targetName);
        assertThat(source.stream()
                        .map(line -> line.substring(0, line.indexOf(' ')))
                        .distinct())
                .as("the schema has every kind")
                .contains(
                        "schema",
                        "extension",
                        "relation",
                        "column",
                        "inherits",
                        "constraint",
                        "index",
                        "sequence",
                        "type",
                        "function",
                        "aggregate",
                        "operator",
                        "cast",
                        "collation",
                        "view",
                        "rule",
                        "trigger",
                        "policy",
                        "statistics",
                        "comment",
                        "privileges");
        assertThat(target.stream().filter(line -> !source.contains(line)).toList())
                .as("differs on the target; the source has: "
                        + source.stream().filter(line -> !target.contains(line)).toList())
                .isEmpty();
        assertThat(target).containsExactlyElementsOf(source);
    }

    private void script(String database, String resource) throws IOException {
        try (InputStream stream = StructureIT.class.getResourceAsStream("/" + resource)) {
            // The driver does not tell the end of BEGIN ATOMIC … END from that of a statement when there are several.
            String all = new String(Objects.requireNonNull(stream).readAllBytes(), StandardCharsets.UTF_8);
            server.execute(database, all.split(";\n"));
        }
    }
}
