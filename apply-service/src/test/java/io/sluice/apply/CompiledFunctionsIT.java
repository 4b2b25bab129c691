package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.report.Fact.StructureProblem;
import io.sluice.contracts.report.Fact.StructureProgress;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.localstack.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Functions that are in a library: one that the target has, too, and one that it lacks. */
class CompiledFunctionsIT {

    private final PostgresServer server = SharedServers.postgres();

    private final TestingDatabases databases = new TestingDatabases(server);
    private final TestingContext context = new TestingContext();

    @AfterEach
    void end() {
        context.stop();
    }

    @Test
    void aFunctionWhoseLibraryTheTargetLacksIsNamedWithWhatNeedsIt(@TempDir Path directory) throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path library = directory.resolve("ours.so");
        String shipped = "citext.so";
        Files.copy(
                Path.of(value(databases.source(), "SELECT setting FROM pg_config() WHERE name = 'PKGLIBDIR'"), shipped),
                library);
        server.execute(databases.source(), """
                CREATE FUNCTION there(text, text) RETURNS int LANGUAGE c IMMUTABLE STRICT AS '$libdir/citext', 'citext_cmp';
                CREATE FUNCTION inner_one(int, int) RETURNS int LANGUAGE internal IMMUTABLE STRICT AS 'int4pl';
                CREATE FUNCTION gone(text, text) RETURNS int LANGUAGE c IMMUTABLE STRICT AS '%s', 'citext_cmp';
                CREATE TABLE item (id int PRIMARY KEY, line text);
                INSERT INTO item VALUES (1, 'a'), (2, 'B');
                CREATE INDEX by_there ON item (there(line, 'A'));
                CREATE INDEX by_gone ON item (gone(line, 'A'));
                CREATE VIEW seen AS SELECT id FROM item WHERE there(line, 'A') = 0;
                CREATE VIEW unseen AS SELECT id FROM item WHERE gone(line, 'A') = 0
                """.formatted(library));
        // The sessions that have loaded it keep it.
        Files.delete(library);
        assertThat(databases.run(
                        databases.order(
                                List.of(new TableName("public", "item")),
                                SyncMode.FULL,
                                ChangeChoice.DEFAULT,
                                LoadLimits.NONE,
                                List.of(new TableChoice("public", "*", null, null, null, null, null)),
                                StructureChoice.DEFAULT),
                        KafkaAccess.of(Map.of()),
                        context,
                        new Claimant()))
                .succeedsWithin(Duration.ofSeconds(60));

        List<StructureProblem> problems = context.facts().stream()
                .filter(StructureProgress.class::isInstance)
                .map(StructureProgress.class::cast)
                .reduce((first, second) -> second)
                .orElseThrow()
                .problems();
        assertThat(problems)
                .extracting(StructureProblem::name, StructureProblem::sqlState, StructureProblem::failed)
                .containsExactlyInAnyOrder(
                        tuple("public.gone(text, text)", "58P01", true),
                        tuple("index by_gone on public.item", "42883", true),
                        tuple("public.unseen", "42883", true));
        assertThat(problems)
                .filteredOn(problem -> problem.name().startsWith("public.gone"))
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.reason()).contains(library.toString());
                    assertThat(problem.ddl()).contains("LANGUAGE c", library.toString());
                });
        assertThat(
                        value(
                                databases.target(),
                                "SELECT there('x', 'X') || ' ' || inner_one(3, 4) || ' ' || string_agg(id::text, ',') FROM seen"))
                .isEqualTo("0 7 1");
        assertThat(value(databases.target(), "SELECT string_agg(proname, ',') FROM pg_proc WHERE proname = 'gone'"))
                .isEqualTo("null");
        assertThat(value(databases.target(), "SELECT count(*) FROM item")).isEqualTo("2");
    }

    private String value(String database, String sql) {
        return databases.ask(database, sql);
    }
}
