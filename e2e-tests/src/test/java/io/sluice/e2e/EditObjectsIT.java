package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.localstack.ServiceProcess;
import io.sluice.localstack.compare.TableResult;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;

/** Tables come to a running task, go, and are loaded anew, under a workload that never stops, and with kills in between. */
@EndToEnd
class EditObjectsIT {

    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final String KEYED = "app.ledger";
    private static final String KEYLESS = "app.heap";
    private static final String HELD = "app.gated";
    private static final String REMOVED = "app.tags";
    private static final List<String> ADDED = List.of(KEYED, KEYLESS, HELD);

    @Test
    void tablesComeAndGoWhileTheOthersStream(Sluice sluice) {
        Pair pair = WorkloadDatabase.create(sluice, "edit_objects");
        pair.onSource(
                "CREATE TABLE app.heap (n int, note text)",
                "ALTER TABLE app.heap REPLICA IDENTITY FULL",
                "INSERT INTO app.heap SELECT i % 50, 'as it was' FROM generate_series(1, 20000) i");
        ObjectNode spec = Task.spec(pair, Shapes.SCHEMA);
        ArrayNode exclude = ((ObjectNode) spec.get("objects")).putArray("exclude");
        ADDED.forEach(table -> exclude.add(name(table)));
        Moments moments = new Moments("edit_objects");
        Workload workload = Workload.start(pair);
        try (workload;
                HeapTraffic heap = HeapTraffic.start(pair)) {
            Task task = Task.create(pair, spec);
            task.start();
            task.awaitStreaming();
            assertThat(pair.askTarget("SELECT to_regclass('app.ledger')")).isEqualTo("null");

            try (Gate gate = Gate.shut(pair)) {
                edit(task, "add", ADDED).expect(202);
                awaitHeld(pair);
                assertThat(reload(task, HELD).status()).isEqualTo(409);
                reload(task, HELD).assertProblem("TABLE_LOADING");
                // The others do not wait for the load.
                task.awaitZeroLag();
                kill(sluice.apply(), moments);
                task.awaitZeroLag();
                awaitHeld(pair);
                assertThat(states(task)).doesNotContainEntry(HELD, "DONE");
                assertThat(gate).isNotNull();
            }
            awaitDone(task, ADDED);

            pair.onTarget("UPDATE app.ledger SET amount = 42", "DELETE FROM app.ledger WHERE seq % 2 = 0");
            pair.onTarget("INSERT INTO app.heap SELECT 7, 'never at the source' FROM generate_series(1, 100)");
            reload(task, KEYED).expect(202);
            reload(task, KEYLESS).expect(202);
            kill(sluice.apply(), moments);
            awaitDone(task, List.of(KEYED, KEYLESS));

            editAtRandom(sluice, task, pair, moments);
            edit(task, "remove", List.of(REMOVED)).expect(202);
            awaitUnpublished(pair, REMOVED);
            task.awaitZeroLag();
            String left = pair.askTarget("SELECT count(*) FROM " + REMOVED);
            assertThat(reload(task, REMOVED).status()).isEqualTo(404);

            heap.stop();
            task.awaitApplied(workload.stop());
            assertSame(pair);
            assertThat(pair.askTarget("SELECT count(*) FROM " + REMOVED)).isEqualTo(left);
            assertThat(pair.askSource("SELECT count(*) FROM app.heap WHERE note = 'never at the source'"))
                    .isEqualTo("0");
            assertThat(task.events().toString()).contains("objects: add", "objects: remove", "TABLE_LOADED");
            Seed.say("edit_objects: seed %d, %s".formatted(Seed.value(), workload));
            task.end();
        }
    }

    /** In the soak alone: tables reloaded, or removed and added, each time with a kill of whoever works on it. */
    private static void editAtRandom(Sluice sluice, Task task, Pair pair, Moments moments) {
        SplittableRandom random = Seed.randomFor("edits");
        List<String> tables = List.of("app.accounts", "app.seats", "app.sessions", "app.marks", KEYED, KEYLESS);
        for (int round = Seed.times(0, 20); round > 0; round--) {
            String table = tables.get(random.nextInt(tables.size()));
            if (random.nextBoolean()) {
                reload(task, table).expect(202);
            } else {
                edit(task, "remove", List.of(table)).expect(202);
                await(table + " is forgotten")
                        .atMost(PATIENCE)
                        .until(() -> pair.askTarget(
                                        "SELECT count(*) FROM _sluice.table_load WHERE schema_name || '.' ||"
                                                + " table_name = '" + table + "'")
                                .equals("0"));
                pair.onTarget("DROP TABLE " + table);
                edit(task, "add", List.of(table)).expect(202);
            }
            switch (random.nextInt(4)) {
                case 0 -> kill(sluice.capture(), moments);
                case 1 -> kill(sluice.stack().taskApi(), moments);
                default -> kill(sluice.apply(), moments);
            }
            awaitDone(task, List.of(table));
        }
    }

    @Test
    void whatCannotBeAddedIsNamedAndNothingIsChanged(Sluice sluice) {
        Pair pair = Pair.create(sluice, "edit_refused");
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE TABLE app.kept (id int PRIMARY KEY)",
                "CREATE TABLE app.nokey (n int)",
                "CREATE TABLE app.there (id int PRIMARY KEY)");
        ObjectNode spec = Task.spec(pair, Shapes.SCHEMA);
        spec.putObject("objects").putArray("include").add(name("app.kept"));
        Task task = Task.create(pair, spec);
        assertThat(edit(task, "add", List.of("app.there")).status()).isEqualTo(409);
        task.start();
        task.awaitStreaming();
        pair.onTarget("CREATE TABLE app.there (id int PRIMARY KEY)");

        Api.Answer unfit = edit(task, "add", List.of("app.nokey", "app.there", "app.nowhere"));
        assertThat(unfit.status()).as(unfit.toString()).isEqualTo(422);
        assertThat(unfit.json().path("violations").toString())
                .contains("app.nokey", "app.there", "app.nowhere", "TARGET_TABLE_EXISTS", "TABLE_WITHOUT_KEY");
        Api.Answer wrong = edit(task, "add", List.of("app.kept"));
        assertThat(wrong.status()).isEqualTo(400);
        assertThat(wrong.text()).contains("add[0]");
        assertThat(edit(task, "remove", List.of("app.other")).status()).isEqualTo(400);
        assertThat(edit(task, "remove", List.of("app.kept")).text()).contains("must leave the task a table");
        assertThat(states(task)).containsOnlyKeys("app.kept");
        assertThat(reload(task, "app.other").status()).isEqualTo(404);
        task.end();
    }

    private static ObjectNode name(String table) {
        int dot = table.indexOf('.');
        return Api.JSON
                .createObjectNode()
                .put("schema", table.substring(0, dot))
                .put("table", table.substring(dot + 1));
    }

    private static Api.Answer edit(Task task, String what, List<String> tables) {
        ObjectNode body = Api.JSON.createObjectNode();
        ArrayNode names = body.putArray(what);
        tables.forEach(table -> names.add(name(table)));
        return task.post("objects", body);
    }

    private static Api.Answer reload(Task task, String table) {
        return task.action("tables/" + table + "/reload");
    }

    private static void kill(ServiceProcess service, Moments moments) {
        moments.await(Duration.ofSeconds(2));
        service.kill();
        service.start();
    }

    private static Map<String, String> states(Task task) {
        Map<String, String> states = new HashMap<>();
        for (JsonNode table : task.progress().path("tables")) {
            states.put(
                    table.path("schema").asText() + "." + table.path("table").asText(),
                    table.path("state").asText());
        }
        return states;
    }

    private static void awaitDone(Task task, List<String> tables) {
        awaitTables(
                task,
                tables + " are in step",
                states -> tables.stream().allMatch(table -> "DONE".equals(states.get(table))));
    }

    private static void awaitTables(Task task, String what, Predicate<Map<String, String>> wanted) {
        String[] seen = {""};
        try {
            await(what).atMost(PATIENCE).until(() -> {
                try {
                    JsonNode progress = task.progress();
                    seen[0] = progress.toString();
                    return wanted.test(states(task));
                } catch (Api.NoAnswerException away) {
                    return false;
                }
            });
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(what + ": " + seen[0] + "\n" + task.view().toPrettyString(), e);
        }
    }

    /** The load has come to the gate. */
    private static void awaitHeld(Pair pair) {
        await("rows wait at the gate")
                .atMost(PATIENCE)
                .until(() -> !pair.askTarget("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                                + " AND objid = 42")
                        .equals("0"));
    }

    private static void awaitUnpublished(Pair pair, String table) {
        await(table + " is not published any more")
                .atMost(PATIENCE)
                .until(() -> pair.askSource(
                                "SELECT count(*) FROM pg_publication_tables WHERE schemaname || '.' || tablename = '"
                                        + table + "'")
                        .equals("0"));
    }

    private static void assertSame(Pair pair) {
        List<String> different = pair.compare(Shapes.SCHEMA).stream()
                .filter(result -> !result.equal() && !result.table().toString().equals(REMOVED))
                .map(TableResult::toString)
                .toList();
        assertThat(different).isEmpty();
    }

    /** Changes single ones of many equal rows of a table without a key, until it is stopped. */
    private static final class HeapTraffic implements AutoCloseable {

        private final Thread thread;
        private final AtomicReference<SQLException> broken = new AtomicReference<>();
        private volatile boolean stopping;

        private HeapTraffic(Pair pair) {
            this.thread = Thread.ofPlatform().name("heap-traffic").start(() -> work(pair));
        }

        static HeapTraffic start(Pair pair) {
            return new HeapTraffic(pair);
        }

        private void work(Pair pair) {
            SplittableRandom random = Seed.randomFor("heap traffic");
            try (Connection connection = pair.source().connect(pair.name());
                    Statement statement = connection.createStatement()) {
                while (!stopping) {
                    String some = "WHERE ctid IN (SELECT ctid FROM app.heap WHERE n = %d LIMIT %d)"
                            .formatted(random.nextInt(50), random.nextInt(1, 4));
                    statement.execute(
                            switch (random.nextInt(3)) {
                                case 0 ->
                                    "INSERT INTO app.heap SELECT %d, 'new' FROM generate_series(1, %d)"
                                            .formatted(random.nextInt(50), random.nextInt(1, 4));
                                case 1 -> "UPDATE app.heap SET note = note || '.' " + some;
                                default -> "DELETE FROM app.heap " + some;
                            });
                    LockSupport.parkNanos(random.nextLong(30_000_000));
                }
            } catch (SQLException e) {
                broken.set(e);
            }
        }

        void stop() {
            close();
            if (broken.get() != null) {
                throw new AssertionError("the traffic broke", broken.get());
            }
        }

        @Override
        public void close() {
            stopping = true;
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
