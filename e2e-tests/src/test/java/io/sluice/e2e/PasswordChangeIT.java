package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.localstack.PostgresServer;
import java.util.List;
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
            change(task, "source", "second");
            change(task, "target", "second");
            workload.bigTransaction(20_000);
            task.awaitZeroLag();
            assertThat(task.view().path("retrying").isNull()).isTrue();

            for (String side : List.of("source", "target")) {
                change(task, side, "wrong");
                awaitRefused(task);
                workload.bigTransaction(20_000);
                change(task, side, "second");
                awaitWell(task);
            }
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

    private static void awaitWell(Task task) {
        task.awaitView(
                "well again",
                view -> view.path("retrying").isMissingNode()
                        || view.path("retrying").isNull());
    }

    private static void role(PostgresServer server, String name, String password) {
        server.execute("postgres", "DROP ROLE IF EXISTS " + name, "CREATE ROLE " + name + " LOGIN SUPERUSER");
        password(server, name, password);
    }

    private static void password(PostgresServer server, String name, String password) {
        server.execute("postgres", "ALTER ROLE " + name + " PASSWORD '" + password + "'");
    }

    private static void change(Task task, String side, String password) {
        ObjectNode changes = Api.JSON.createObjectNode();
        changes.putObject(side).put("password", password);
        task.patch(changes).expect(200);
    }
}
