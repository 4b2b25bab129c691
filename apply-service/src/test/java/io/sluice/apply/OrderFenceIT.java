package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.FencedException;
import io.sluice.apply.position.Standing;
import io.sluice.apply.position.Standing.Stage;
import io.sluice.apply.position.TaskRemoval;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.ChangeEncoder.Column;
import io.sluice.contracts.change.ChangeEncoder.JsonType;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.localstack.KafkaServer;
import io.sluice.localstack.PostgresServer;
import io.sluice.postgres.Connections;
import io.sluice.postgres.dialect.TargetDialect;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An instance that has slept through newer orders, which another one has carried out, wakes up with its old one. */
class OrderFenceIT {

    private static final TableName TABLE = new TableName("public", "item");

    private static final PostgresServer server = SharedServers.postgres();
    private static final KafkaServer kafka = SharedServers.kafka();

    private final TestingDatabases databases = new TestingDatabases(server);
    private final List<TestingContext> contexts = new ArrayList<>();
    private TestingTopic topic;
    private ChangeEncoder.Table table;

    @BeforeEach
    void prepare() throws Exception {
        server.execute(
                databases.source(), "CREATE TABLE item (id int PRIMARY KEY)", "INSERT INTO item VALUES (1), (2)");
        topic = new TestingTopic(kafka.bootstrapServers(), databases.taskId());
        table = topic.encoder().table(TABLE, List.of(new Column("id", JsonType.INTEGER, true)));
        topic.heartbeat(new Lsn(1));
        topic.flush();
    }

    @AfterEach
    void endRuns() {
        contexts.forEach(TestingContext::stop);
        topic.close();
    }

    @Test
    void anOlderRunGetsNoClaimAndLeavesTheNewerOneAtWork() {
        TestingContext newer = context();
        CompletableFuture<Void> run = streaming(order(3, Phase.RUN, 1), newer);

        assertFenced(() -> run(order(2, Phase.RUN, 1), context()).join());

        assertWorks(run);
        assertThat(databases.ask(databases.target(), "SELECT generation FROM _sluice.task"))
                .isEqualTo("3");
    }

    @Test
    void anOlderStopEndsNothing() {
        TestingContext newer = context();
        CompletableFuture<Void> run = streaming(order(3, Phase.RUN, 3), newer);

        assertFenced(() -> end(order(2, Phase.STOP, 1)));

        assertWorks(run);
    }

    @Test
    void anOlderDeletionRemovesNothing() {
        TestingContext newer = context();
        CompletableFuture<Void> run = streaming(order(3, Phase.RUN, 3), newer);

        assertFenced(() -> end(order(2, Phase.DELETE, 1)));

        assertWorks(run);
    }

    /** It knows which tables to drop, and sleeps; meanwhile they go, and others of the same names are made and filled. */
    @Test
    void aDeletionThatSleepsInItsMidstDropsNoTableOfALaterStart() {
        TaskOrder deletion = order(2, Phase.DELETE, 1);
        TestingContext first = context();
        CompletableFuture<Void> before = streaming(order(1, Phase.RUN, 1), first);
        stop(before, first);
        try (Connections connections = otherwiseNamed();
                DatabaseSession target = DatabaseSession.open(connections, context(), List.of())) {
            Bookkeeping asleep = new Bookkeeping(deletion);
            TaskRemoval removal = new TaskRemoval(deletion);
            long epoch = Objects.requireNonNull(target.inTransaction("claiming", removal::claim));
            end(deletion);
            assertThat(databases.ask(databases.target(), "SELECT to_regclass('item') IS NULL"))
                    .isEqualTo("t");
            TestingContext later = context();
            stop(streaming(order(4, Phase.RUN, 4), later), later);

            assertFenced(() -> MadeTables.drop(deletion, asleep, epoch, target));
            assertFenced(() -> target.transact("removing", connection -> removal.remove(connection, epoch)));
        }
        assertThat(databases.ask(databases.target(), "SELECT count(*) FROM item"))
                .isEqualTo("2");
    }

    @Test
    void whatWasEndedOrBegunLateForAStartBeforeTheResetIsForgotten() {
        end(order(2, Phase.STOP, 1));

        TestingContext context = context();
        CompletableFuture<Void> run = streaming(order(4, Phase.RUN, 4), context);

        assertWorks(run);
        stop(run, context);
        TaskOrder afterReset = order(6, Phase.RUN, 6);
        TaskOrder begun = new TaskOrder(
                afterReset.taskId(),
                afterReset.generation(),
                Phase.RUN,
                afterReset.spec(),
                afterReset.tables(),
                afterReset.at(),
                true,
                false,
                List.of(),
                0,
                List.of(),
                afterReset.start(),
                false,
                0);
        assertThatThrownBy(() -> run(begun, context()).join())
                .hasCauseInstanceOf(SluiceException.class)
                .satisfies(e -> assertThat(((SluiceException) e.getCause()).code())
                        .as("what is there was begun before the reset")
                        .isEqualTo(ErrorCode.BOOKKEEPING_LOST));
    }

    @Test
    void theTargetRemembersTheNewestOrderOfAnEndedTask() {
        try (Connections connections = otherwiseNamed();
                DatabaseSession target = DatabaseSession.open(connections, context(), List.of())) {
            Bookkeeping run = new Bookkeeping(databases.taskId(), 1, 1, TargetDialect.of(Dialect.POSTGRESQL));
            target.transact("preparing", run::prepare);
            Standing standing = target.inTransaction("claiming", on -> run.claim(on, "first", false));
            assertThat(standing.stage()).isEqualTo(Stage.LOADING);
            end(order(2, Phase.STOP, 1));

            assertFenced(() -> target.transact("claiming", on -> run.claim(on, "second", false)));
            assertFenced(() -> target.transact("sharing", on -> run.share(on, standing.epoch())));
            assertFenced(() -> target.transact("ending sessions", run::endOtherSessions));
        }
    }

    private void assertWorks(CompletableFuture<Void> run) {
        topic.change(table, Operation.INSERT, position(1), null, new String[] {"3"});
        topic.end(position(2));
        topic.flush();
        await().untilAsserted(() -> assertThat(databases.ask(databases.target(), "SELECT count(*) FROM item"))
                .isEqualTo("3"));
        assertThat(run).isNotDone();
        assertThat(databases.ask(
                        databases.target(),
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                + " AND application_name LIKE 'sluice-apply %'"))
                .isNotEqualTo("0");
    }

    private static ChangePosition position(long order) {
        return new ChangePosition(new Lsn(Long.MAX_VALUE - 1_000), 4_000_000, order);
    }

    private static void assertFenced(ThrowingCallable what) {
        assertThatThrownBy(what).satisfies(thrown -> {
            Throwable cause = thrown instanceof CompletionException ? thrown.getCause() : thrown;
            assertThat(cause).isInstanceOf(FencedException.class);
        });
    }

    private CompletableFuture<Void> streaming(TaskOrder order, TestingContext context) {
        CompletableFuture<Void> run = run(order, context);
        await().until(() -> context.reached(Fact.Step.APPLYING) || run.isDone());
        assertThat(run).isNotDone();
        return run;
    }

    private CompletableFuture<Void> run(TaskOrder order, TestingContext context) {
        return databases.run(order, KafkaAccess.of(kafka.securedClient()), context, new Claimant());
    }

    private static void stop(CompletableFuture<Void> run, TestingContext context) {
        context.stop();
        await().until(run::isDone);
    }

    private void end(TaskOrder order) {
        try (Connections target = databases.connections("target", databases.target())) {
            assertThat(TaskEnd.carryOut(order, target, context())).isEmpty();
        }
    }

    /** Whose sessions nobody ends: what is looked at here is what they may still write. */
    private Connections otherwiseNamed() {
        return new Connections("target", databases.endpoint(databases.target()), new Secret(server.password()), "test");
    }

    private TestingContext context() {
        TestingContext context = new TestingContext();
        contexts.add(context);
        return context;
    }

    /** A deletion takes the tables along. */
    private TaskOrder order(long generation, Phase phase, long start) {
        TaskOrder plain = databases.order(List.of(TABLE), SyncMode.FULL_AND_INCREMENTAL, ChangeChoice.DEFAULT);
        return new TaskOrder(
                databases.taskId(),
                generation,
                phase,
                plain.spec(),
                plain.tables(),
                plain.at(),
                false,
                phase == Phase.DELETE,
                List.of(),
                0,
                List.of(),
                start,
                false,
                0);
    }
}
