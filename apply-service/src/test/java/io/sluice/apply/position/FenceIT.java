package io.sluice.apply.position;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.apply.SharedServers;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.TableName;
import io.sluice.localstack.PostgresServer;
import io.sluice.postgres.dialect.TargetDialect;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The fence keeps instances apart in the same way in both of its forms, whatever it locks. */
class FenceIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final PostgresServer server = SharedServers.postgres();

    private final String taskId = UUID.randomUUID().toString();

    /** Runs a test with the dialects whose fences differ. */
    @ParameterizedTest
    @EnumSource(
            value = Dialect.class,
            names = {"POSTGRESQL", "GAUSSDB_DISTRIBUTED"})
    @Retention(RetentionPolicy.RUNTIME)
    private @interface InBothForms {}

    @BeforeAll
    static void startServer() throws SQLException {
        try (Connection connection = server.connect("postgres")) {
            // With every dialect's tables; DISTRIBUTE BY is no word of PostgreSQL.
            BookkeepingSchema.ensure(connection, TargetDialect.of(Dialect.POSTGRESQL));
        }
    }

    @InBothForms
    void aPositionMovesOnBesideThoseWhoShare(Dialect dialect) throws SQLException {
        Bookkeeping bookkeeping = bookkeeping(dialect, 1);
        try (Connection one = connect();
                Connection other = connect()) {
            long epoch = claim(bookkeeping, one, "run").epoch();
            bookkeeping.share(one, epoch);
            limitWaits(other);
            bookkeeping.share(other, epoch);
            bookkeeping.advance(other, epoch, 7, new Lsn(7));
            other.commit();
            one.commit();
            assertThat(claim(bookkeeping, one, "next").topicOffset()).isEqualTo(7);
        }
    }

    @InBothForms
    void aClaimWaitsForThoseWhoShareAndShutsThemOut(Dialect dialect) throws SQLException {
        Bookkeeping bookkeeping = bookkeeping(dialect, 1);
        try (Connection old = connect();
                Connection next = connect()) {
            long epoch = claim(bookkeeping, old, "old").epoch();
            bookkeeping.share(old, epoch);
            CompletableFuture<Standing> claim = whileItWaits(next, () -> claim(bookkeeping, next, "next"), old);
            assertThat(claim.join().epoch()).isEqualTo(epoch + 1);
            assertThatThrownBy(() -> bookkeeping.share(old, epoch)).isInstanceOf(FencedException.class);
            old.rollback();
            assertThatThrownBy(() -> bookkeeping.advance(old, epoch, 9, new Lsn(9)))
                    .isInstanceOf(FencedException.class);
            old.rollback();
            assertThatThrownBy(() -> bookkeeping.loaded(old, epoch)).isInstanceOf(FencedException.class);
            old.rollback();
            bookkeeping.share(old, epoch + 1);
            old.commit();
        }
    }

    /** It waits for the fence, and finds another epoch once it has it. */
    @InBothForms
    void whoWantsToShareWhileAClaimIsGivenIsShutOut(Dialect dialect) throws SQLException {
        Bookkeeping bookkeeping = bookkeeping(dialect, 1);
        try (Connection old = connect();
                Connection next = connect()) {
            long epoch = claim(bookkeeping, old, "old").epoch();
            bookkeeping.claim(next, "next", false);
            CompletableFuture<Standing> shared = whileItWaits(
                    old,
                    () -> {
                        bookkeeping.share(old, epoch);
                        return null;
                    },
                    next);
            assertThatThrownBy(shared::join)
                    .isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(FencedException.class);
        }
    }

    @InBothForms
    void firstClaimsAtTheSameTimeAreGivenOneAfterTheOther(Dialect dialect) throws SQLException {
        Bookkeeping bookkeeping = bookkeeping(dialect, 1);
        try (Connection one = connect();
                Connection other = connect()) {
            long epoch = bookkeeping.claim(one, "one", false).epoch();
            CompletableFuture<Standing> second = whileItWaits(other, () -> claim(bookkeeping, other, "other"), one);
            assertThat(second.join().epoch()).isEqualTo(epoch + 1);
        }
    }

    @InBothForms
    void anOlderOrderIsRefusedAndAnEndedTaskIsNotClaimed(Dialect dialect) throws SQLException {
        Bookkeeping newer = bookkeeping(dialect, 5);
        Bookkeeping older = bookkeeping(dialect, 4);
        try (Connection connection = connect()) {
            claim(newer, connection, "newer");
            assertThatThrownBy(() -> older.requireNewest(connection)).isInstanceOf(FencedException.class);
            connection.rollback();
            assertThatThrownBy(() -> older.claim(connection, "older", false)).isInstanceOf(FencedException.class);
            connection.rollback();
            assertThatThrownBy(() -> older.end(connection)).isInstanceOf(FencedException.class);
            connection.rollback();
            newer.requireNewest(connection);
            long epoch = newer.end(connection);
            connection.commit();
            newer.share(connection, epoch);
            assertThatThrownBy(() -> newer.claim(connection, "again", false))
                    .isInstanceOfSatisfying(
                            SluiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TASK_FENCED));
        }
    }

    /** What was noted under it would be taken for the next one's: rows would be left out that were never copied. */
    @InBothForms
    void nothingIsLeftOfATaskWhoseRowIsGone(Dialect dialect) throws SQLException {
        Bookkeeping bookkeeping = bookkeeping(dialect, 1);
        try (Connection connection = connect()) {
            claim(bookkeeping, connection, "run");
            bookkeeping.tablesMade(connection, List.of(new TableName("public", "item")));
            bookkeeping.tablesMade(connection, List.of(new TableName("public", "item")));
            connection.commit();
            assertThat(bookkeeping.tableLoads(connection)).hasSize(1);
            try (Statement statement = connection.createStatement()) {
                statement.execute("DELETE FROM _sluice.task WHERE task_id = '" + taskId + "'");
            }
            connection.commit();
            claim(bookkeeping, connection, "run");
            assertThat(bookkeeping.tableLoads(connection)).isEmpty();
        }
    }

    private Bookkeeping bookkeeping(Dialect dialect, long generation) {
        return new Bookkeeping(taskId, generation, 1, TargetDialect.of(dialect));
    }

    private static Standing claim(Bookkeeping bookkeeping, Connection connection, String who) throws SQLException {
        Standing standing = bookkeeping.claim(connection, who, false);
        connection.commit();
        return standing;
    }

    /** Work on a session; others is committed once the work waits for it. */
    private interface Work {
        Standing run() throws SQLException;
    }

    private CompletableFuture<Standing> whileItWaits(Connection waiting, Work work, Connection others)
            throws SQLException {
        int pid = pid(waiting);
        CompletableFuture<Standing> done = CompletableFuture.supplyAsync(() -> {
            try {
                return work.run();
            } catch (SQLException e) {
                throw new CompletionException(e);
            }
        });
        try (Connection look = connect()) {
            look.setAutoCommit(true);
            await().atMost(PATIENCE)
                    .until(() -> ask(look, "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = " + pid) > 0);
        }
        assertThat(done).isNotDone();
        others.commit();
        return done;
    }

    private static int pid(Connection connection) throws SQLException {
        return (int) ask(connection, "SELECT pg_backend_pid()");
    }

    private static long ask(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    private static void limitWaits(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET lock_timeout = '2s'");
        }
    }

    private static Connection connect() throws SQLException {
        Connection connection = server.connect("postgres");
        connection.setAutoCommit(false);
        return connection;
    }
}
