package io.sluice.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.contracts.Json;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.localstack.PostgresServer;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** New passwords reach a running task by a newer order; nothing is lost or doubled, and a wrong one is mended by the next. */
@EndToEnd
class PasswordChangeIT {

    @Test
    void passwordsChangeWhileTheTaskRuns(Sluice sluice) {
        Pair pair = WorkloadDatabase.create(sluice, "password_change");
        role(pair.source(), "pw_mover", "first");
        role(pair.target(), "pw_keeper", "first");
        ObjectNode spec = Task.spec(pair, Shapes.SCHEMA);
        ((ObjectNode) spec.required("source")).put("username", "pw_mover").put("password", "first");
        ((ObjectNode) spec.required("target")).put("username", "pw_keeper").put("password", "first");
        try (Workload workload = Workload.start(pair)) {
            Task task = Task.create(pair, spec);
            task.start();
            task.awaitStreaming();

            password(pair.source(), "pw_mover", "second");
            password(pair.target(), "pw_keeper", "second");
            order(sluice, task, "second", "second");
            workload.bigTransaction(20_000);
            task.awaitZeroLag();
            assertThat(task.view().path("retrying").isNull()).isTrue();

            order(sluice, task, "wrong", "second");
            awaitRefused(task);
            workload.bigTransaction(20_000);
            order(sluice, task, "second", "wrong");
            awaitRefused(task);
            order(sluice, task, "second", "second");
            task.awaitView(
                    "well again",
                    view -> view.path("retrying").isMissingNode()
                            || view.path("retrying").isNull());
            workload.bigTransaction(20_000);
            task.awaitApplied(workload.stop());
            pair.assertEqual(Shapes.SCHEMA);
            task.end();
        }
    }

    private static void awaitRefused(Task task) {
        task.awaitView(
                "retrying for the password",
                view -> view.path("retrying").path("code").asText().equals("AUTHENTICATION_FAILED"));
    }

    private static void role(PostgresServer server, String name, String password) {
        server.execute("postgres", "DROP ROLE IF EXISTS " + name, "CREATE ROLE " + name + " LOGIN SUPERUSER");
        password(server, name, password);
    }

    private static void password(PostgresServer server, String name, String password) {
        server.execute("postgres", "ALTER ROLE " + name + " PASSWORD '" + password + "'");
    }

    /** What a change of a task's passwords does: the specification is stored and a newer order published, in one go. */
    private static void order(Sluice sluice, Task task, String sourcePassword, String targetPassword) {
        SecretSeal seal = new SecretSeal(sluice.secrets().get("the master key"));
        ObjectNode order = newest(sluice, task);
        long generation = order.required("generation").asLong() + 1;
        order.put("generation", generation);
        ObjectNode spec = (ObjectNode) order.required("spec");
        seal(spec, "source", seal, task, sourcePassword);
        seal(spec, "target", seal, task, targetPassword);
        sluice.stack().configurationServer().execute("sluice_tasks", """
                        WITH stored AS (
                            UPDATE task SET spec = '%1$s', generation = %2$d WHERE id = '%3$s')
                        INSERT INTO outbox (topic, key, payload, created)
                        VALUES ('sluice.tasks', '%3$s', '%4$s', now())""".formatted(
                        Json.write(spec).replace("'", "''"),
                        generation,
                        task.id(),
                        Json.write(order).replace("'", "''")));
        await("the order is published")
                .until(() -> newest(sluice, task).required("generation").asLong() == generation);
    }

    private static ObjectNode newest(Sluice sluice, Task task) {
        AtomicReference<String> newest = new AtomicReference<>("");
        Topics.read(sluice, "sluice.tasks", "read_committed", record -> {
            if (task.id().equals(new String(record.key(), UTF_8))) {
                newest.set(new String(record.value(), UTF_8));
            }
        });
        return Json.read(newest.get(), ObjectNode.class);
    }

    private static void seal(ObjectNode spec, String side, SecretSeal seal, Task task, String password) {
        ((ObjectNode) spec.required(side))
                .put("password", seal.seal(task.id(), new Secret(password)).text());
    }
}
