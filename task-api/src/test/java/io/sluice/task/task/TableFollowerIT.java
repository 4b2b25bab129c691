package io.sluice.task.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.sluice.task.Api;
import io.sluice.task.Api.Pair;
import io.sluice.task.TestServers;
import jakarta.inject.Inject;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The task carries no commands over, so that only this test looks for its tables. */
@QuarkusTest
@QuarkusTestResource(TestServers.class)
class TableFollowerIT {

    @Inject
    ObjectEditing editing;

    @Inject
    RunningTables tables;

    private final SetClock time = new SetClock(Instant.parse("2026-01-01T00:00:00Z"));

    @Test
    void whatCannotJoinKeepsNothingOutAndJoinsWhenItIsMended() throws SQLException {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        String id = Api.created(pair.task(Api.name("follows")));
        Api.put(id, "state = 'INCREMENTAL_SYNC', phase = 'RUN', generation = 1");
        Api.execute(
                "sluice",
                "INSERT INTO task_table (task_id, schema_name, table_name, state, rows_estimated, rows, bytes) VALUES ('"
                        + id + "', 'public', 'a', 'DONE', 0, 0, 0)");
        TableFollower follower = new TableFollower(editing, tables, time);
        Api.execute(
                pair.source(),
                "CREATE TABLE parent (id int PRIMARY KEY)",
                "CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent)",
                "CREATE TABLE fresh (id int PRIMARY KEY)",
                "CREATE TABLE keyless (id int)");

        follower.look(id);
        assertThat(names(id)).containsExactly("a", "child", "fresh", "parent");
        assertThat(problems(id))
                .singleElement()
                .asString()
                .contains("cannot join the task: public.keyless. ", "REPLICA IDENTITY FULL")
                .doesNotContain("public.fresh", "public.child");
        for (int minute = 1; minute <= 12; minute++) {
            time.pass(Duration.ofMinutes(1));
            follower.look(id);
        }
        assertThat(problems(id)).as("said once").hasSize(1);

        Api.execute(pair.source(), "ALTER TABLE keyless ADD PRIMARY KEY (id) DEFERRABLE");
        time.pass(Duration.ofMinutes(6));
        follower.look(id);
        assertThat(problems(id))
                .as("another cause")
                .hasSize(2)
                .last()
                .asString()
                .contains("DEFERRABLE");

        Api.execute(
                pair.source(),
                "ALTER TABLE keyless DROP CONSTRAINT keyless_pkey, ADD PRIMARY KEY (id)",
                "CREATE TABLE later (id int PRIMARY KEY)");
        follower.look(id);
        assertThat(names(id))
                .as("what is new is not kept waiting")
                .contains("later")
                .doesNotContain("keyless");
        time.pass(Duration.ofMinutes(6));
        follower.look(id);
        assertThat(names(id)).containsExactly("a", "child", "fresh", "keyless", "later", "parent");
        assertThat(problems(id)).hasSize(2);
    }

    @Test
    void onlyRunningTasksThatCarryCommandsOverAreLookedAt() throws SQLException {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        String ddl = ", \"changes\": {\"operations\": [\"INSERT\", \"DDL\"]}";
        String carrying = Api.created(pair.task(Api.name("carrying"), ddl));
        String waiting = Api.created(pair.task(Api.name("waiting"), ddl));
        String plain = Api.created(pair.task(Api.name("DDL")));
        for (String id : List.of(carrying, plain)) {
            Api.put(id, "state = 'INCREMENTAL_SYNC', phase = 'RUN', generation = 1");
        }

        assertThat(tables.following()).contains(carrying).doesNotContain(waiting, plain);
    }

    @Test
    void whatSluiceItselfMakesAtTheSourceIsNoTableOfATask() throws SQLException {
        Pair pair = Api.pair("CREATE TABLE a (id int PRIMARY KEY)");
        String id = Api.created(pair.task(Api.name("own")).replace("{\"schema\": \"public\"", "{\"schema\": \"*\""));
        Api.put(id, "state = 'INCREMENTAL_SYNC', phase = 'RUN', generation = 1");
        Api.execute(
                "sluice",
                "INSERT INTO task_table (task_id, schema_name, table_name, state, rows_estimated, rows, bytes) VALUES ('"
                        + id + "', 'public', 'a', 'DONE', 0, 0, 0)");
        Api.execute(
                pair.source(),
                "CREATE SCHEMA _sluice_ddl",
                "CREATE TABLE _sluice_ddl.mirror (oid int PRIMARY KEY)",
                "CREATE SCHEMA shop",
                "CREATE TABLE shop.fresh (id int PRIMARY KEY)");

        new TableFollower(editing, tables, time).look(id);

        assertThat(names(id)).containsExactly("a", "fresh");
    }

    private static List<String> names(String id) throws SQLException {
        return Api.query("sluice", "SELECT table_name FROM task_table WHERE task_id = '" + id + "' ORDER BY 1");
    }

    private static List<String> problems(String id) throws SQLException {
        return Api.query(
                "sluice", "SELECT detail FROM task_event WHERE task_id = '" + id + "' AND kind = 'ERROR' ORDER BY id");
    }
}
