package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * Comparisons and a repair under traffic, then a cutover that waits for the traffic to stop, then a revived process, and a
 * task back.
 */
@EndToEnd
class CutoverIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final String TARGET_WRITES =
            "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_user_tables"
                    + " WHERE schemaname <> '_sluice'";

    @Test
    void aTaskIsComparedUnderTrafficCutOverWhenItStopsAndNothingIsWrittenAfterwards(Sluice sluice) {
        Pair pair = WorkloadDatabase.create(sluice, "cutover");
        shop(pair);
        Api api = sluice.tasks();
        String path;
        Task task;
        try (Workload workload = Workload.start(pair)) {
            task = Task.started(pair, Shapes.SCHEMA);
            task.awaitStreaming();
            path = "/api/v1/tasks/" + task.id();
            for (String kind : new String[] {"CONTENT", "ROW_COUNT", "OBJECTS"}) {
                JsonNode result = task.comparisons().compare(kind);
                assertThat(result.path("result").asText()).as(result.toString()).isEqualTo("EQUAL");
            }
            // What is asked for while the service is dead is done when it is back.
            sluice.apply().kill();
            int number = task.comparisons().request("CONTENT");
            sluice.apply().start();
            assertThat(task.comparisons().ended(number).path("result").asText()).isEqualTo("EQUAL");
            whatSomebodyDidToTheTargetIsRepaired(pair, task.comparisons());

            api.post(
                            path + "/cutover",
                            JSON.createObjectNode().put("compare", "ALL").put("sequenceMargin", 100))
                    .expect(202);
            await("the cutover sees the traffic")
                    .atMost(PATIENCE)
                    .until(() -> step(api, path, "SOURCE_QUIET")
                            .path("detail")
                            .asText()
                            .contains("still written to"));
            workload.stop();
        }
        await("the task is cut over")
                .atMost(PATIENCE)
                .until(() -> api.get(path + "/cutover")
                        .expect(200)
                        .path("state")
                        .asText()
                        .equals("COMPLETED"));
        assertThat(step(api, path, "COMPARE").path("detail").asText()).contains("equal");
        assertThat(task.state()).isEqualTo("COMPLETED");
        long rows = pair.assertEqual(Shapes.SCHEMA);
        assertThat(pair.leftOnSource()).isEmpty();

        String written = pair.askTarget(TARGET_WRITES);
        sluice.apply().kill();
        sluice.apply().start();
        // It is at work again once it has carried out something of a later order.
        int after = task.comparisons().request("ROW_COUNT");
        assertThat(task.comparisons().ended(after).path("state").asText()).isEqualTo("COMPLETED");
        assertThat(pair.askTarget(TARGET_WRITES)).isEqualTo(written);
        theTargetIsReadyForItsApplicationsAndTheSourceFollows(
                pair, api.get(path + "/cutover").expect(200));
        Seed.say("cutover: %,d rows equal".formatted(rows));
        task.deleteWithoutTrace();
    }

    /** Slot, publication and event triggers go although sessions begin read-only by then. */
    @Test
    void aSourceThatIsMadeReadOnlyIsLeftWithoutATrace(Sluice sluice) throws SQLException {
        Pair pair = Pair.create(sluice, "cutover_read_only");
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE SEQUENCE app.number",
                "CREATE TABLE app.item (id int PRIMARY KEY, v text)",
                "INSERT INTO app.item SELECT i, 'v' FROM generate_series(1, 100) i");
        ObjectNode spec = Task.spec(pair, "app");
        Task.followDdl(spec);
        Task task = Task.create(pair, spec);
        task.start();
        task.awaitStreaming();
        pair.onSource("INSERT INTO app.item SELECT nextval('app.number') + 100, 'w' FROM generate_series(1, 10)");
        Api api = sluice.tasks();
        String path = "/api/v1/tasks/" + task.id();
        try (Connection old = pair.source().connect(pair.name())) {
            api.post(
                            path + "/cutover",
                            JSON.createObjectNode()
                                    .put("readOnlySource", true)
                                    .put("endSessions", true)
                                    .put("compare", "ALL"))
                    .expect(202);
            await("the task is cut over")
                    .atMost(PATIENCE)
                    .until(() -> api.get(path + "/cutover")
                            .expect(200)
                            .path("state")
                            .asText()
                            .equals("COMPLETED"));
            assertThat(old.isValid(5)).as("a session that could still write").isFalse();
        }
        assertThat(step(api, path, "SOURCE_QUIET").path("detail").asText()).contains("read-only", "1 sessions ended");
        assertThat(task.state()).isEqualTo("COMPLETED");
        assertThat(pair.leftOnSource()).isEmpty();
        assertThatThrownBy(() -> pair.onSource("INSERT INTO app.item VALUES (-1)"))
                .hasMessageContaining("read-only");
        pair.assertEqual("app");
        // No table uses it: the application asks for its values.
        assertThat(pair.askTarget("SELECT nextval('app.number')")).isEqualTo("11");
        task.deleteWithoutTrace();
    }

    /** What the target must not have, or not act on, before the cutover. */
    private static void shop(Pair pair) {
        pair.onSource(
                "CREATE TABLE app.customers (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text)",
                """
                CREATE TABLE app.orders (id bigserial PRIMARY KEY, customer int NOT NULL REFERENCES app.customers,
                    at timestamptz, words int)""",
                """
                CREATE FUNCTION app.stamp() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN NEW.at := coalesce(NEW.at, now()); RETURN NEW; END $$""",
                """
                CREATE FUNCTION app.count_words() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN NEW.words := coalesce(NEW.words, 0) + 1; RETURN NEW; END $$""",
                "CREATE TRIGGER stamp BEFORE INSERT ON app.orders FOR EACH ROW EXECUTE FUNCTION app.stamp()",
                "CREATE TRIGGER count_words BEFORE INSERT ON app.orders FOR EACH ROW EXECUTE FUNCTION app.count_words()",
                "ALTER TABLE app.orders ENABLE ALWAYS TRIGGER stamp",
                "INSERT INTO app.customers (name) SELECT 'c' || i FROM generate_series(1, 100) i",
                "INSERT INTO app.orders (customer) SELECT i FROM generate_series(1, 100) i");
    }

    /** In tables that are quiet, and in one that changes all the time. */
    private static void whatSomebodyDidToTheTargetIsRepaired(Pair pair, Comparisons comparisons) {
        pair.onTarget(
                "DELETE FROM app.orders WHERE id <= 20",
                "UPDATE app.customers SET name = 'other' WHERE id BETWEEN 50 AND 60",
                "INSERT INTO app.customers (id, name) OVERRIDING SYSTEM VALUE VALUES (100000, 'extra')");
        for (int i = 0; i < 10; i++) {
            pair.onTarget("UPDATE app.accounts SET owner = 'planted' WHERE id ="
                    + " (SELECT id FROM app.accounts ORDER BY id LIMIT 1 OFFSET " + 20 * i + ")");
        }
        String[] result = {comparisons.compare("CONTENT").path("result").asText()};
        assertThat(result[0]).isEqualTo("DIFFERENT");
        // A row that changed whenever it was looked at is left for the next time.
        await("the repair makes both sides equal").atMost(PATIENCE).until(() -> {
            if (result[0].equals("DIFFERENT")) {
                assertRepaired(comparisons.repair());
            }
            result[0] = comparisons.compare("CONTENT").path("result").asText();
            return result[0].equals("EQUAL");
        });
    }

    private static void assertRepaired(JsonNode repair) {
        assertThat(repair.path("state").asText()).as(repair.toString()).isEqualTo("COMPLETED");
        for (JsonNode table : repair.path("tables")) {
            assertThat(table.path("refused").asInt()).as(repair.toString()).isZero();
            if (table.path("target").asText().equals("app.customers")) {
                assertThat(table.path("repaired").asInt()).isEqualTo(12);
            }
        }
    }

    private static void theTargetIsReadyForItsApplicationsAndTheSourceFollows(Pair pair, JsonNode cutover) {
        Pair turned = new Pair(pair.sluice(), /* source= */ pair.target(), /* target= */ pair.source(), pair.name());
        ObjectNode body = (ObjectNode) cutover.path("reverseTask");
        body.withObject("/source").put("password", pair.target().password());
        body.withObject("/target").put("password", pair.source().password());
        Task back = Task.create(turned, body);
        back.start();
        back.awaitStreaming();

        String customer = pair.askTarget("INSERT INTO app.customers (name) VALUES ('new') RETURNING id");
        assertThat(Integer.parseInt(customer)).isGreaterThan(200);
        String order = pair.askTarget("INSERT INTO app.orders (customer) VALUES (" + customer + ") RETURNING id");
        assertThat(Integer.parseInt(order)).isGreaterThan(200);
        assertThat(pair.askTarget("SELECT words || ' ' || (at <= now()) FROM app.orders WHERE id = " + order))
                .isEqualTo("1 true");
        assertThat(pair.askTarget("SELECT string_agg(tgname || tgenabled::text, ' ' ORDER BY tgname) FROM pg_trigger"
                        + " WHERE tgrelid = 'app.orders'::regclass AND NOT tgisinternal"))
                .isEqualTo("count_wordsO stampA");
        assertThat(pair.askTarget("SELECT attidentity FROM pg_attribute WHERE attname = 'id'"
                        + " AND attrelid = 'app.customers'::regclass"))
                .isEqualTo("a");
        assertThatThrownBy(() -> pair.onTarget("INSERT INTO app.orders (customer) VALUES (-1)"))
                .hasMessageContaining("foreign key");

        back.awaitZeroLag();
        String row = "SELECT concat_ws(' ', extract(epoch FROM at), words, c.id, name) FROM app.orders o"
                + " JOIN app.customers c ON c.id = customer WHERE o.id = " + order;
        assertThat(pair.askSource(row)).endsWith(customer + " new").isEqualTo(pair.askTarget(row));
        back.end();
    }

    private static JsonNode step(Api api, String path, String name) {
        for (JsonNode step : api.get(path + "/cutover").expect(200).path("steps")) {
            if (step.path("name").asText().equals(name)) {
                return step;
            }
        }
        return JSON.createObjectNode();
    }
}
