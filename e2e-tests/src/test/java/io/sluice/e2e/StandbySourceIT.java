package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.localstack.Directories;
import io.sluice.localstack.PostgresServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A load reads from a standby, whose primary is written to meanwhile and is never asked anything. */
@EndToEnd
class StandbySourceIT {

    private final Path directory = Directories.temporary("standby");

    @Test
    void isLoadedWhileItsPrimaryIsWrittenTo(Sluice sluice) throws Exception {
        try (PostgresServer primary = server("primary").build().start()) {
            primary.createDatabase("standby_source");
            primary.execute(
                    "standby_source",
                    "CREATE SCHEMA app",
                    "CREATE TABLE app.item (id int PRIMARY KEY, note text)",
                    "INSERT INTO app.item SELECT n, repeat('x', 200) FROM generate_series(1, 50000) n",
                    "CREATE TABLE app.pair (a int, b int)",
                    "INSERT INTO app.pair SELECT n, n FROM generate_series(1, 1000) n",
                    "CREATE SEQUENCE app.numbers START 77",
                    "CREATE UNLOGGED TABLE public.scratch (id int PRIMARY KEY)");
            primary.stop();
            try (PostgresServer standby = standby(primary).start()) {
                primary.start();
                sluice.target().createDatabase("standby_source");
                Pair pair = new Pair(sluice, standby, sluice.target(), "standby_source");
                Task unlogged = Task.create(
                        pair, Task.spec(pair, "public").put("mode", "FULL").put("name", "unlogged"));
                assertThat(failed(unlogged.precheck())).contains("unlogged-tables");
                unlogged.delete().expect(204);
                Task streaming = Task.create(pair, Task.spec(pair, "app").put("name", "streaming"));
                assertThat(failed(streaming.precheck())).contains("standby");
                streaming.delete().expect(204);

                Task task = Task.create(pair, Task.spec(pair, "app").put("mode", "FULL"));
                task.start();
                primary.execute("standby_source", "DELETE FROM app.pair WHERE a > 900", "VACUUM app.pair");
                task.awaitState("COMPLETED");

                assertThat(pair.askTarget("SELECT count(*) || ' ' || sum(length(note)) FROM app.item"))
                        .isEqualTo("50000 10000000");
                assertThat(Long.parseLong(pair.askTarget("SELECT count(*) FROM app.pair")))
                        .isBetween(900L, 1000L);
                assertThat(pair.askTarget("SELECT last_value FROM app.numbers")).isEqualTo("77");
                task.deleteWithoutTrace();
                primary.execute("standby_source", "INSERT INTO app.item VALUES (0, 'after')");
                await("the standby follows")
                        .atMost(Duration.ofMinutes(1))
                        .until(() -> pair.askSource("SELECT note FROM app.item WHERE id = 0")
                                .equals("after"));
            }
        } finally {
            Directories.delete(directory);
        }
    }

    private static String failed(JsonNode precheck) {
        StringBuilder keys = new StringBuilder();
        for (JsonNode item : precheck.path("items")) {
            if (item.path("result").asText().equals("FAILED")) {
                keys.append(item.path("key").asText()).append(' ');
            }
        }
        return keys.toString();
    }

    private PostgresServer.Builder server(String name) {
        return PostgresServer.builder().directory(directory.resolve(name)).fsync(false);
    }

    /** A copy of the primary, which must be stopped, that follows it. */
    private PostgresServer standby(PostgresServer primary) throws Exception {
        Process copy = new ProcessBuilder(
                        "cp",
                        "-a",
                        directory.resolve("primary").toString(),
                        directory.resolve("standby").toString())
                .start();
        assertThat(copy.waitFor()).isZero();
        Path data = directory.resolve("standby/data");
        Files.deleteIfExists(data.resolve("postmaster.pid"));
        PostgresServer standby = server("standby")
                .setting("hot_standby_feedback", "on")
                .setting(
                        "primary_conninfo",
                        "host=127.0.0.1 port=" + primary.port() + " dbname=postgres user=postgres password="
                                + primary.password())
                .build();
        standby.standBy();
        return standby;
    }
}
