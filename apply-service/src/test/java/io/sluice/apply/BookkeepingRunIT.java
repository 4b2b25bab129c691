package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.apply.position.FencedException;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.Tls;
import io.sluice.postgres.CleanUpSql;
import io.sluice.postgres.Connections;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** Runs whose bookkeeping another one has taken over, has ended or has removed, or that is lost. */
class BookkeepingRunIT extends ApplyRunScenario {

    @Test
    void aRunThatWasOvertakenDoesNotTakeTheTaskBack() {
        server.execute(sourceName, "INSERT INTO item VALUES (1, 'a', 'x')");
        topic.heartbeat(new Lsn(1));
        topic.flush();
        Claimant overtaken = new Claimant();
        Run first = run(List.of(TABLE), context(), overtaken);
        await().until(() -> first.context().reached(Fact.Step.APPLYING));
        Run second = run();
        await().until(() -> second.context().reached(Fact.Step.APPLYING));
        change(Operation.UPDATE, at(1, 1), "1", "b", "x");
        topic.end(at(1, 2));
        topic.flush();
        awaitRows("1|b|x");
        await().until(first.done()::isDone);
        assertThatThrownBy(
                        () -> run(List.of(TABLE), context(), overtaken).done().join())
                .hasCauseInstanceOf(FencedException.class);
        assertThat(second.done()).isNotDone();
    }

    @Test
    void anEndedTaskIsFenced() throws Exception {
        Run run = streaming("(1, 'a', 'x')");
        run.context().stop();
        await().until(run.done()::isDone);
        try (Connections target = databases.connections("target", targetName)) {
            TaskEnd.carryOut(order(Phase.STOP), target, context());
        }
        assertThatThrownBy(() -> run().done().join())
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(SluiceException.class)
                .satisfies(
                        e -> assertThat(((SluiceException) e.getCause()).code()).isEqualTo(ErrorCode.TASK_FENCED));
        try (Connections target = databases.connections("target", targetName)) {
            TaskEnd.carryOut(order(Phase.DELETE), target, context());
        }
        assertThat(count("SELECT count(*) FROM pg_namespace WHERE nspname = '_sluice'"))
                .isZero();
    }

    @Test
    void lostBookkeepingIsNamedAndNothingIsLoadedAgain() {
        server.execute(sourceName, "INSERT INTO item VALUES (1, 'a', 'x')");
        topic.heartbeat(new Lsn(1));
        topic.flush();
        Claimant claimant = new Claimant();
        Run run = run(List.of(TABLE), context(), claimant);
        await().until(() -> run.context().reached(Fact.Step.APPLYING));

        server.execute(targetName, "DROP SCHEMA _sluice CASCADE", "DROP TABLE item");
        change(Operation.UPDATE, at(1, 1), "1", "b", "x");
        topic.end(at(1, 2));
        topic.flush();
        await().until(run.done()::isDone);
        assertFails(run(List.of(TABLE), context(), claimant), ErrorCode.BOOKKEEPING_LOST);
        assertFails(begun(), ErrorCode.BOOKKEEPING_LOST);
        assertThat(hasBookkeeping()).isFalse();
        assertThat(count("SELECT count(*) FROM pg_class WHERE relname = 'item'"))
                .isZero();
    }

    @Test
    void aLostRowOfTheBookkeepingIsNamedToo() {
        Run run = streaming("(1, 'a', 'x')");
        run.context().stop();
        await().until(run.done()::isDone);
        server.execute(targetName, "DELETE FROM _sluice.task");
        assertFails(begun(), ErrorCode.BOOKKEEPING_LOST);
        assertThat(count("SELECT count(*) FROM _sluice.task")).isZero();
    }

    @Test
    void aRunThatComesAfterTheDeletionMakesNothing() throws Exception {
        server.execute(sourceName, "INSERT INTO item VALUES (1, 'a', 'x')");
        topic.heartbeat(new Lsn(1));
        topic.flush();
        Claimant late = new Claimant();
        Run first = run(List.of(TABLE), context(), late);
        await().until(() -> first.context().reached(Fact.Step.APPLYING));
        try (Connections target = databases.connections("target", targetName)) {
            assertThat(TaskEnd.carryOut(order(Phase.DELETE), target, context())).isEmpty();
        }
        change(Operation.UPDATE, at(1, 1), "1", "b", "x");
        topic.end(at(1, 2));
        topic.flush();
        await().until(first.done()::isDone);
        assertFails(run(List.of(TABLE), context(), late.afterFence()), ErrorCode.BOOKKEEPING_LOST);
        assertThat(hasBookkeeping()).isFalse();
    }

    @Test
    void nothingIsMadeBeforeCaptureHasBegun() throws Exception {
        Run run = run();
        run.context().stop();
        run.done().get();
        assertThat(hasBookkeeping()).isFalse();
    }

    @Test
    void whatADeletionCannotReachIsNamedWithItsSql() throws Exception {
        streaming("(1, 'a', 'x')").context().stop();
        server.execute(
                targetName,
                "DROP ROLE IF EXISTS powerless",
                "CREATE ROLE powerless LOGIN PASSWORD 'p'",
                "GRANT USAGE ON SCHEMA _sluice TO powerless",
                "GRANT SELECT ON ALL TABLES IN SCHEMA _sluice TO powerless");
        Endpoint endpoint = databases.endpoint(targetName);
        Endpoint without = new Endpoint(
                endpoint.host(), endpoint.port(), targetName, "powerless", endpoint.password(), Tls.DISABLED);
        Endpoint nowhere = new Endpoint(endpoint.host(), 1, targetName, "powerless", endpoint.password(), Tls.DISABLED);
        for (Endpoint unfit : List.of(without, nowhere)) {
            List<Fact.Leftover> left;
            try (Connections target = new Connections("target", unfit, new Secret("p"), "test")) {
                left = TaskEnd.carryOut(order(Phase.DELETE), target, context());
            }
            assertThat(left).singleElement().satisfies(one -> {
                assertThat(one.what()).contains("_sluice");
                assertThat(one.reason()).isNotBlank();
                assertThat(one.sql()).isEqualTo(CleanUpSql.forgetTask(taskId));
            });
        }
        server.execute(targetName, CleanUpSql.forgetTask(taskId));
        assertThat(hasBookkeeping()).isFalse();
    }

    @Test
    void theSchemaGoesWithItsLastTask() throws Exception {
        streaming("(1, 'a', 'x')").context().stop();
        server.execute(targetName, "INSERT INTO _sluice.task VALUES ('another', 1, '', 'LOADED', 0, '0/0')");
        delete();
        assertThat(hasBookkeeping()).isTrue();
        server.execute(targetName, "DELETE FROM _sluice.task");
        delete();
        assertThat(hasBookkeeping()).isFalse();
    }

    private void delete() {
        try (Connections target = databases.connections("target", targetName)) {
            assertThat(TaskEnd.carryOut(order(Phase.DELETE), target, context())).isEmpty();
        }
    }

    private boolean hasBookkeeping() {
        return count("SELECT count(*) FROM pg_namespace WHERE nspname = '_sluice'") == 1;
    }

    /** As after a restart, with an order that says that the target is being filled already. */
    private Run begun() {
        TaskOrder order = order(Phase.RUN);
        return run(
                new TaskOrder(taskId, 1, Phase.RUN, order.spec(), order.tables(), order.at(), true),
                context(),
                new Claimant());
    }
}
