package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.BookkeepingSchema;
import io.sluice.contracts.report.Fact.Leftover;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.ChangeLimits;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.StructureChoice.ExistingTable;
import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.contracts.task.Tls;
import io.sluice.localstack.PostgresServer;
import io.sluice.postgres.Connections;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A reset that takes the tables along which Sluice made, and none other. */
class MadeTablesIT {

    private static final String TASK = "task-1";

    private static final PostgresServer server = SharedServers.postgres();

    @BeforeEach
    void makeTables() throws SQLException {
        server.execute(
                "postgres",
                "DROP SCHEMA IF EXISTS public, _sluice, app CASCADE",
                "CREATE SCHEMA public",
                "CREATE SCHEMA app",
                "CREATE TABLE app.renamed (id int PRIMARY KEY)",
                "CREATE TABLE a (id int PRIMARY KEY)",
                "CREATE TABLE b (id int PRIMARY KEY REFERENCES a)",
                "CREATE TABLE theirs (id int PRIMARY KEY)",
                "INSERT INTO theirs VALUES (1)");
        try (Connection connection = server.connect("postgres")) {
            connection.setAutoCommit(false);
            BookkeepingSchema.ensure(connection, TargetDialect.of(Dialect.POSTGRESQL));
            for (String task : List.of(TASK, "another")) {
                Bookkeeping bookkeeping = new Bookkeeping(task, 1, 0, TargetDialect.of(Dialect.POSTGRESQL));
                bookkeeping.claim(connection, "test", false);
                if (task.equals(TASK)) {
                    for (String table : List.of("a", "b", "c", "gone")) {
                        bookkeeping.tablesMade(connection, List.of(new TableName("public", table)));
                    }
                }
            }
            connection.commit();
        }
    }

    @Test
    void whatSluiceMadeGoesAndWhatItDidNotMakeStays() throws SQLException {
        assertThat(delete(true, StructureChoice.DEFAULT)).isEmpty();

        assertThat(tables()).containsExactly("public.theirs");
        assertThat(tasks()).containsExactly("another");
    }

    @Test
    void withoutTheWishEverythingStays() throws SQLException {
        assertThat(delete(false, StructureChoice.DEFAULT)).isEmpty();

        assertThat(tables()).containsExactly("app.renamed", "public.a", "public.b", "public.theirs");
        assertThat(tasks()).containsExactly("another");
    }

    @Test
    void whatMayHaveBeenThereBeforeStays() throws SQLException {
        StructureChoice keep = new StructureChoice(true, null, ExistingTable.KEEP, NameCase.SOURCE);

        assertThat(delete(true, keep)).isEmpty();

        assertThat(tables()).containsExactly("app.renamed", "public.a", "public.b", "public.theirs");
    }

    @Test
    void whatOthersHaveBuiltUponIsNamedAndTriedAgain() throws SQLException {
        server.execute("postgres", "CREATE VIEW seen AS SELECT * FROM a");

        List<Leftover> left = delete(true, StructureChoice.DEFAULT);

        assertThat(left).singleElement().satisfies(leftover -> {
            assertThat(leftover.what()).isEqualTo("table public.a on the target");
            assertThat(leftover.reason())
                    .contains("view public.seen depends on table public.a", "let CASCADE take them along");
            assertThat(leftover.sql()).isEqualTo("DROP TABLE IF EXISTS \"public\".\"a\" CASCADE");
        });
        assertThat(tables()).containsExactly("public.a", "public.theirs");
        assertThat(tasks()).as("so that it can be tried again").contains(TASK);
        // It is the SQL that does it.
        server.execute("postgres", left.getFirst().sql());
        assertThat(delete(true, StructureChoice.DEFAULT)).isEmpty();
        assertThat(tables()).containsExactly("public.theirs");
    }

    /** Functions over rows of a table, and views of any name, as the structure's log has them. */
    @Test
    void whatSluiceBuiltUponItsTablesGoesWithThem() throws SQLException {
        server.execute(
                "postgres",
                "CREATE VIEW \"state of a.b\" AS SELECT * FROM a",
                "CREATE FUNCTION total(a) RETURNS int LANGUAGE sql AS 'SELECT 1'",
                "CREATE FUNCTION other(int) RETURNS int LANGUAGE sql AS 'SELECT 1'");
        made("VIEW", "DROP VIEW IF EXISTS \"public\".\"state of a.b\"");
        made("FUNCTION", "DROP FUNCTION IF EXISTS \"public\".\"total\"(public.a)");
        made("FUNCTION", "DROP FUNCTION IF EXISTS \"public\".\"other\"(integer)");

        assertThat(delete(true, StructureChoice.DEFAULT)).isEmpty();

        assertThat(tables()).containsExactly("public.theirs");
        assertThat(query("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"))
                .as("functions that stand in no table's way stay")
                .containsExactly("other");
    }

    private static void made(String kind, String drop) {
        server.execute(
                "postgres",
                "INSERT INTO _sluice.structure_object (task_id, object, kind, name, stage, state, ddl, generation)"
                        + " VALUES ('" + TASK + "', '" + drop + "', '" + kind + "', 'x', 'AFTER_DATA', 'DONE', '" + drop
                        + "', 1)");
    }

    private static List<Leftover> delete(boolean dropTables, StructureChoice structure) {
        Endpoint endpoint = new Endpoint(
                server.host(),
                server.port(),
                "postgres",
                PostgresServer.SUPERUSER,
                new SealedSecret("v1:"),
                Tls.DISABLED);
        TaskSpec spec = new TaskSpec(
                "test",
                SyncMode.FULL,
                endpoint,
                Dialect.POSTGRESQL,
                endpoint,
                List.of(
                        new TableChoice("public", "*", null, null, null, null, null),
                        new TableChoice("public", "c", "app", "renamed", null, null, null)),
                List.of(),
                2,
                new RetryWindows(10, 1),
                null,
                structure,
                ChangeChoice.DEFAULT,
                List.of(),
                LoadLimits.NONE,
                ChangeLimits.NONE,
                null);
        TaskOrder order =
                new TaskOrder(TASK, 1, Phase.DELETE, spec, List.of(), Instant.EPOCH, true, dropTables, List.of());
        try (Connections target = new Connections("target", endpoint, new Secret(server.password()), "test")) {
            return TaskEnd.carryOut(order, target, new TestingContext());
        }
    }

    private static List<String> tables() throws SQLException {
        return query("SELECT schemaname || '.' || tablename FROM pg_tables"
                + " WHERE schemaname IN ('public', 'app') ORDER BY 1");
    }

    private static List<String> tasks() throws SQLException {
        return query("SELECT task_id FROM _sluice.task ORDER BY 1");
    }

    private static List<String> query(String sql) throws SQLException {
        try (Connection connection = server.connect("postgres");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            List<String> values = new ArrayList<>();
            while (row.next()) {
                values.add(row.getString(1));
            }
            return values;
        }
    }
}
