package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableName;
import io.sluice.localstack.PostgresServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a load of many small tables asks of the databases: on the way to them each question takes its time. */
class SmallTablesIT {

    private static final int TABLES = 60;

    private static final PostgresServer server = SharedServers.postgres();

    private final TestingDatabases databases = new TestingDatabases(server);
    private final TestingContext context = new TestingContext();

    @BeforeEach
    void fill() {
        for (int i = 0; i < TABLES; i++) {
            onSource("CREATE TABLE small" + i + " (id int PRIMARY KEY, v text UNIQUE, at int)");
            onSource("INSERT INTO small" + i + " SELECT i, 'v' || i, i FROM generate_series(1, 3) i");
        }
    }

    @AfterEach
    void end() {
        context.stop();
    }

    @Test
    void keysOfSmallTablesGoTogether() {
        StatementLog.begin(server, databases.target());
        load(small());
        assertThat(asked(databases.target(), "SAVEPOINT")).isLessThan(TABLES / 2);
        assertThat(databases.ask(
                        databases.target(),
                        "SELECT count(*) FROM pg_constraint WHERE conrelid::regclass::text LIKE 'small%'"
                                + " AND contype IN ('p', 'u')"))
                .isEqualTo("" + 2 * TABLES);
    }

    @Test
    void aKeyThatIsRefusedKeepsNoOtherOut() {
        onSource("CREATE FUNCTION refused(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN"
                + " IF current_database() LIKE 'target%' THEN RAISE 'not here'; END IF; RETURN i; END $$");
        onSource("CREATE INDEX refused_index ON small7 (refused(at))");
        load(small());
        assertThat(databases.ask(
                        databases.target(),
                        "SELECT string_agg(name, ',') FROM _sluice.structure_object WHERE state = 'FAILED'"))
                .contains("refused_index")
                .doesNotContain(",");
        assertThat(databases.ask(
                        databases.target(),
                        "SELECT count(*) FROM pg_constraint WHERE conrelid::regclass::text LIKE 'small%'"
                                + " AND contype IN ('p', 'u')"))
                .isEqualTo("" + 2 * TABLES);
    }

    @Test
    void ofAnEmptyTableNothingIsRead() {
        onSource("CREATE TABLE nothing (id int PRIMARY KEY)");
        onSource("CREATE TABLE emptied (id int PRIMARY KEY)");
        onSource("INSERT INTO emptied SELECT generate_series(1, 3)");
        onSource("DELETE FROM emptied");
        onSource("CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id)");
        onSource("CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10)");
        onSource("CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10) TO (20)");
        onSource("INSERT INTO parted VALUES (12)");
        StatementLog.begin(server, databases.source());
        load(names("nothing", "emptied", "parted"));
        List<String> copies = StatementLog.of(server, databases.source()).stream()
                .filter(sql -> sql.startsWith("COPY"))
                .toList();
        assertThat(copies)
                .hasSize(2)
                .anyMatch(sql -> sql.contains("emptied"))
                .anyMatch(sql -> sql.contains("parted_2"));
        assertThat(databases.ask(databases.target(), "SELECT min(id) FROM parted"))
                .isEqualTo("12");
        assertThat(databases.ask(databases.target(), "SELECT count(*) FROM _sluice.table_load WHERE done"))
                .isEqualTo("3");
    }

    /** What was empty when it was counted is looked at again before it is taken for loaded. */
    @Test
    void anEmptyTableThatIsFilledAnewBeforeItsTurnIsCopiedAsItIsThen() {
        onSource("CREATE TABLE big (id int PRIMARY KEY, line text)");
        onSource("INSERT INTO big SELECT i, repeat('x', 200) FROM generate_series(1, 50000) i");
        onSource("CREATE TABLE late (id int PRIMARY KEY)");
        List<TableName> tables = names("big", "late");
        CompletableFuture<Void> run = start(tables, new LoadLimits(null, 1_000_000L, null, List.of()));
        await().atMost(Duration.ofSeconds(30))
                .until(() -> context.reached(Fact.Step.LOADING)
                        && !databases
                                .ask(databases.target(), "SELECT count(*) FROM _sluice.load_piece")
                                .equals("0"));
        onSource("BEGIN; TRUNCATE late; INSERT INTO late VALUES (1); COMMIT");
        assertThat(databases.ask(databases.target(), "SELECT copied FROM _sluice.table_load WHERE table_name = 'late'"))
                .isEqualTo("f");
        context.order(databases.order(tables, SyncMode.FULL, ChangeChoice.DEFAULT));
        assertThat(run).succeedsWithin(Duration.ofSeconds(60));
        assertThat(databases.ask(databases.target(), "SELECT count(*) FROM late"))
                .isEqualTo("1");
    }

    private long asked(String database, String begin) {
        return StatementLog.of(server, database).stream()
                .filter(sql -> sql.startsWith(begin))
                .count();
    }

    private void load(List<TableName> tables) {
        assertThat(start(tables, LoadLimits.NONE)).succeedsWithin(Duration.ofSeconds(60));
    }

    private CompletableFuture<Void> start(List<TableName> tables, LoadLimits limits) {
        return databases.run(
                databases.order(tables, SyncMode.FULL, ChangeChoice.DEFAULT, limits),
                KafkaAccess.of(Map.of()),
                context,
                new Claimant());
    }

    private static List<TableName> small() {
        return names(IntStream.range(0, TABLES).mapToObj(i -> "small" + i).toArray(String[]::new));
    }

    private static List<TableName> names(String... tables) {
        return Stream.of(tables).map(table -> new TableName("public", table)).toList();
    }

    private void onSource(String sql) {
        server.execute(databases.source(), sql);
    }
}
