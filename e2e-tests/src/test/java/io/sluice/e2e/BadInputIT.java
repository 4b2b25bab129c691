package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.localstack.PostgresServer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What cannot work is refused with a code, the field and what to do, and nothing half-made is left. */
@EndToEnd
class BadInputIT {
    private static final AtomicInteger REFUSED = new AtomicInteger();
    private static Pair pair;

    @BeforeAll
    static void databases(Sluice sluice) {
        pair = Pair.create(sluice, "bad_input");
        pair.onSource(
                "CREATE SCHEMA app",
                "CREATE TABLE app.orders (id int PRIMARY KEY, amount numeric)",
                "INSERT INTO app.orders VALUES (1, 10)",
                "CREATE SCHEMA keyless",
                "CREATE TABLE keyless.notes (note text)",
                "CREATE SCHEMA taken",
                "CREATE TABLE taken.orders (id int PRIMARY KEY, amount numeric)");
        pair.onTarget(
                "CREATE SCHEMA taken",
                "CREATE TABLE taken.orders (id int PRIMARY KEY, total text)",
                "INSERT INTO taken.orders VALUES (1, 'kept')");
    }

    @TestFactory
    List<DynamicTest> isRefusedAtTheStart(Sluice sluice) {
        String wrong = Sluice.randomSecret();
        return List.of(
                atStart(
                        "host unknown",
                        spec -> source(spec).put("host", "no-such-host.invalid"),
                        "HOST_UNKNOWN",
                        "source.host",
                        "host"),
                atStart(
                        "port closed",
                        spec -> source(spec).put("port", 1),
                        "CONNECTION_REFUSED",
                        "source.port",
                        "port"),
                atStart(
                        "target's port closed",
                        spec -> target(spec).put("port", 1),
                        "CONNECTION_REFUSED",
                        "target.port",
                        "port"),
                atStart(
                        "password wrong",
                        spec -> source(spec).put("password", wrong),
                        "AUTHENTICATION_FAILED",
                        "source.password",
                        "password"),
                atStart(
                        "target's password wrong",
                        spec -> target(spec).put("password", wrong),
                        "AUTHENTICATION_FAILED",
                        "target.password",
                        "password"),
                atStart(
                        "user unknown",
                        spec -> source(spec).put("username", "nobody_here"),
                        "AUTHENTICATION_FAILED",
                        "source.password",
                        "user"),
                atStart(
                        "database unknown",
                        spec -> source(spec).put("database", "no_such"),
                        "DATABASE_UNKNOWN",
                        "source.database",
                        "name"),
                atStart(
                        "TLS where there is none",
                        spec -> source(spec).putObject("tls").put("mode", "REQUIRE"),
                        "TLS_NOT_OFFERED",
                        "source.tls",
                        "tls.mode"),
                atStart(
                        "table without a key",
                        spec -> include(spec).put("schema", "keyless"),
                        "TABLE_WITHOUT_KEY",
                        "objects.include",
                        "REPLICA IDENTITY FULL"),
                atStart(
                        "nothing selected",
                        spec -> include(spec).put("schema", "nothing"),
                        "NOTHING_SELECTED",
                        "objects.include",
                        "app.orders"),
                atStart(
                        "target table with other columns",
                        spec -> include(spec).put("schema", "taken"),
                        "TARGET_COLUMNS_DIFFER",
                        "objects.include",
                        "taken.orders"),
                atStart(
                        "source and target the same",
                        spec -> spec.set("target", source(spec).deepCopy().put("dialect", "postgresql")),
                        "SAME_DATABASE",
                        "target.database",
                        "same"));
    }

    @Test
    void aSourceThatIsNotSetUpForItIsRefused(Sluice sluice) {
        try (PostgresServer other = PostgresServer.builder()
                .password(Sluice.randomSecret())
                .fsync(false)
                .setting("wal_level", "replica")
                .setting("max_replication_slots", "1")
                .build()) {
            other.start();
            other.createDatabase("bad_input");
            other.execute("bad_input", "CREATE SCHEMA app", "CREATE TABLE app.orders (id int PRIMARY KEY)");
            Consumer<ObjectNode> there =
                    spec -> source(spec).put("port", other.port()).put("password", other.password());
            refuseAtStart(there, "WAL_LEVEL_NOT_LOGICAL", "source", "wal_level");

            other.configure("wal_level", "logical");
            other.restart();
            other.execute("bad_input", "SELECT pg_create_logical_replication_slot('somebody', 'pgoutput')");
            refuseAtStart(there, "NO_FREE_SLOT", "source", "max_replication_slots");
            other.execute("bad_input", """
                    DO $$ BEGIN
                        ASSERT (SELECT string_agg(slot_name, ',') FROM pg_replication_slots) = 'somebody', 'slots';
                        ASSERT NOT EXISTS (SELECT FROM pg_publication), 'publications';
                    END $$""");
        }
    }

    private static DynamicTest atStart(
            String what, Consumer<ObjectNode> mistake, String code, String field, String advice) {
        return DynamicTest.dynamicTest(what, () -> refuseAtStart(mistake, code, field, advice));
    }

    private static void refuseAtStart(Consumer<ObjectNode> mistake, String code, String field, String advice) {
        String target = pair.foundOnTarget();
        ObjectNode spec = Task.spec(pair, "app").put("name", "bad-" + REFUSED.incrementAndGet() + "-input");
        mistake.accept(spec);
        Task task = Task.create(pair, spec);

        Api.Answer answer = task.action("start");

        assertThat(answer.status()).as(answer.toString()).isEqualTo(422);
        answer.assertProblem(code);
        JsonNode violation = answer.json().path("violations").path(0);
        assertThat(violation.path("field").asText()).as(answer.text()).isEqualTo(field);
        assertThat(violation.path("message").asText()).containsIgnoringCase(advice);
        assertThat(task.state()).isEqualTo("CONFIGURATION");
        assertThat(pair.leftOnSource()).isEmpty();
        assertThat(pair.foundOnTarget()).isEqualTo(target);
        assertThat(pair.askTarget("SELECT total FROM taken.orders")).isEqualTo("kept");
        task.delete().expect(204);
    }

    private static ObjectNode source(ObjectNode spec) {
        return (ObjectNode) spec.required("source");
    }

    private static ObjectNode target(ObjectNode spec) {
        return (ObjectNode) spec.required("target");
    }

    private static ObjectNode include(ObjectNode spec) {
        return (ObjectNode) spec.required("objects").required("include").required(0);
    }
}
