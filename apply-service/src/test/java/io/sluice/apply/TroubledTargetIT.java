package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableName;
import io.sluice.localstack.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A target that has no room for a table, or no character for a value: that table is named, and the others are loaded. */
class TroubledTargetIT extends OneLoadScenario {

    private static PostgresServer ownServer;

    TroubledTargetIT() {
        super(ownServer);
    }

    @BeforeAll
    static void startServer() {
        ownServer = PostgresServer.startTemporary();
    }

    @AfterAll
    static void stopServer() {
        ownServer.close();
    }

    /** What is written to the device of this name finds no space, as the system itself says. */
    @Test
    void aTableForWhichTheDiskHasNoRoomIsLoadedWhenThereIsSome() throws IOException {
        onSource(
                "CREATE TABLE full_disk (id int PRIMARY KEY, line text)",
                "INSERT INTO full_disk SELECT i, repeat('x', 200) FROM generate_series(1, 100) i",
                "CREATE TABLE other (id int PRIMARY KEY)",
                "INSERT INTO other VALUES (1)",
                "ANALYZE");
        start(new LoadLimits(null, null, 0L, List.of()), "full_disk", "other");
        await().atMost(Duration.ofSeconds(60)).until(() -> context.reached(Fact.Step.LOADING) || run.isDone());
        context.stop();
        await().atMost(Duration.ofSeconds(30)).until(run::isDone);
        Path file = Path.of(
                askTarget("SELECT current_setting('data_directory') || '/' || pg_relation_filepath('full_disk')"));
        Path away = file.resolveSibling(file.getFileName() + ".away");
        Files.move(file, away);
        Files.createSymbolicLink(file, Path.of("/dev/full"));

        Fact.Failed failure = failedLoad("full_disk", "other");
        assertThat(failure.code()).isEqualTo(ErrorCode.TARGET_FULL);
        assertThat(failure.detail())
                .contains("1 tables", "public.full_disk: ", "No space left on device", "SQLSTATE 53100");
        assertThat(askTarget("SELECT count(*) FROM other")).isEqualTo("1");

        Files.delete(file);
        Files.move(away, file);
        start(LoadLimits.NONE, "full_disk", "other");
        assertThat(run).succeedsWithin(Duration.ofSeconds(60));
        assertThat(askTarget("SELECT count(*) FROM full_disk")).isEqualTo("100");
    }

    @Test
    void aCharacterThatTheTargetDoesNotHaveIsRefused() {
        anew(databases.target(), "LATIN1");
        onSource("CREATE TABLE item (id int PRIMARY KEY, line text)", "INSERT INTO item VALUES (1, 'é'), (2, '5 €')");
        assertRefused("22P05", "UPDATE item SET line = '5 EUR' WHERE id = 2");
        assertThat(askTarget("SELECT string_agg(line, ',' ORDER BY id) FROM item"))
                .isEqualTo("é,5 EUR");
    }

    /** A source that does not look at its characters may have what is none. */
    @Test
    void whatIsNoCharacterIsRefused() {
        anew(databases.source(), "SQL_ASCII");
        onSource(
                "CREATE TABLE item (id int PRIMARY KEY, line text)",
                "INSERT INTO item VALUES (1, 'a'), (2, convert_from('\\x62ff', 'SQL_ASCII'))");
        assertRefused("22021", "UPDATE item SET line = 'b' WHERE id = 2");
        assertThat(askTarget("SELECT string_agg(line, ',' ORDER BY id) FROM item"))
                .isEqualTo("a,b");
    }

    /** @param mend what helps */
    private void assertRefused(String sqlState, String mend) {
        onSource("CREATE TABLE other (id int PRIMARY KEY)", "INSERT INTO other VALUES (1)", "ANALYZE");
        Fact.Failed failure = failedLoad("item", "other");
        assertThat(failure.code()).isEqualTo(ErrorCode.ROW_REFUSED);
        assertThat(failure.detail()).contains("1 tables", "public.item: ", "SQLSTATE " + sqlState);
        assertThat(askTarget("SELECT count(*) FROM item")).isEqualTo("0");
        assertThat(askTarget("SELECT count(*) FROM other")).isEqualTo("1");
        onSource(mend);
        start(LoadLimits.NONE, "item", "other");
        assertThat(run).succeedsWithin(Duration.ofSeconds(60));
    }

    private void anew(String database, String encoding) {
        server.execute(
                "postgres",
                "DROP DATABASE " + database,
                "CREATE DATABASE %s ENCODING '%s' LOCALE 'C' TEMPLATE template0".formatted(database, encoding));
    }

    private Fact.Failed failedLoad(String... tables) {
        start(LoadLimits.NONE, tables);
        return failure();
    }

    private void start(LoadLimits limits, String... tables) {
        start(databases.order(
                Stream.of(tables).map(name -> new TableName("public", name)).toList(),
                SyncMode.FULL,
                ChangeChoice.DEFAULT,
                limits));
    }
}
