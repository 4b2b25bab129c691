package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands that rewrite no row of the source, so that its files stay, but give what is read another meaning. */
class ChangedDuringLoadIT extends OneLoadScenario {

    private static final LoadLimits SLOW = new LoadLimits(null, 3_000_000L, null, List.of());
    private static final List<TableName> BIG = List.of(new TableName("public", "big"));
    private static final String ROWS = "SELECT count(*) || ' ' || md5(string_agg(%s, '' ORDER BY id)) FROM big";
    private static final String ALL = ROWS.formatted("id || a || b || coalesce(k::text, '-')");

    private static final String SWAP =
            "ALTER TABLE big RENAME a TO t; ALTER TABLE big RENAME b TO a; ALTER TABLE big RENAME t TO b";

    /** Within another type, so that it is not the column's own. */
    private static final String LABELLED =
            "CREATE TYPE mood AS ENUM ('sad', 'ok'); ALTER TABLE big ADD m mood[] DEFAULT '{sad}'";

    ChangedDuringLoadIT() {
        super(SharedServers.postgres());
    }

    @BeforeEach
    void fill() {
        onSource(
                "CREATE TABLE big (id int PRIMARY KEY, a varchar(200), b varchar(200), k oid)",
                "INSERT INTO big SELECT i, repeat('a', 100), repeat('b', 100), 1259 FROM generate_series(1, 60000) i",
                "CREATE INDEX by_a ON big (a)",
                "ANALYZE");
    }

    @Test
    void columnsThatSwapTheirNamesDoNotSwapTheirValuesInTheMiddle() {
        beginLoad();
        onSource(SWAP);

        assertThat(refused()).contains("public.big").contains("were changed at the source while it was loaded");
        loadAll();
        assertThat(askTarget(ALL)).isEqualTo(askSource(ALL));
    }

    @Test
    void columnsThatSwapTheirNamesBetweenTwoTriesAreReadFromTheBeginning() {
        beginLoad();
        context.stop();
        await().atMost(Duration.ofSeconds(30)).until(run::isDone);
        onSource(SWAP);
        loadAll();
        assertThat(askTarget(ALL)).isEqualTo(askSource(ALL));
    }

    @Test
    void aColumnThatIsMadeAnewHasNoValuesOfTheOldOne() {
        beginLoad();
        onSource("ALTER TABLE big DROP k, ADD k oid");
        goOn();
        assertThat(run).succeedsWithin(Duration.ofSeconds(60));
        assertThat(askTarget(ALL)).isEqualTo(askSource(ALL));
        assertThat(askTarget("SELECT count(k) FROM big")).isEqualTo("0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"RENAME a TO c", "ALTER k TYPE regclass", "DROP a"})
    void aColumnThatIsAnotherNowIsNamedAndTheTableLoadedOnceTheTargetHasItToo(String change) {
        beginLoad();
        onSource("ALTER TABLE big " + change);

        assertThat(refused()).contains("public.big").contains("were changed at the source while it was loaded");
        onTarget("ALTER TABLE big " + change);
        loadAll();
        String all = ROWS.formatted("big::text");
        assertThat(askTarget(all)).isEqualTo(askSource(all));
        assertThat(askTarget("SELECT count(*) FROM pg_index WHERE indrelid = 'big'::regclass"))
                .isEqualTo(change.equals("DROP a") ? "1" : "2");
    }

    @Test
    void aLabelThatIsRenamedIsNamedAndTheTableLoadedOnceTheTargetHasItToo() {
        onSource(LABELLED);
        beginLoad();
        onSource("ALTER TYPE mood RENAME VALUE 'sad' TO 'it''s blue'");

        String rename = "ALTER TYPE public.mood RENAME VALUE 'sad' TO 'it''s blue'";
        assertThat(refused()).contains("public.big").contains(rename + "; then resume");
        onTarget(rename);
        loadAll();
        String all = ROWS.formatted("big::text");
        assertThat(askTarget(all)).isEqualTo(askSource(all));
        assertThat(askTarget("SELECT m::text FROM big WHERE id = 7")).isEqualTo("{\"it's blue\"}");
    }

    @Test
    void labelsThatSwapTheirNamesDoNotSwapTheirRowsInTheMiddle() {
        onSource(LABELLED);
        beginLoad();
        onSource("ALTER TYPE mood RENAME VALUE 'sad' TO 'x'; ALTER TYPE mood RENAME VALUE 'ok' TO 'sad';"
                + " ALTER TYPE mood RENAME VALUE 'x' TO 'ok'");
        goOn();
        assertThat(run).succeedsWithin(Duration.ofSeconds(60));
        assertThat(askTarget("SELECT string_agg(DISTINCT m::text, ' ') FROM big"))
                .isEqualTo("{ok}")
                .isEqualTo(askSource("SELECT string_agg(DISTINCT m::text, ' ') FROM big"));
    }

    @Test
    void aLabelThatComesDuringTheLoadDisturbsNothing() {
        onSource(LABELLED);
        beginLoad();
        String begun = askTarget("SELECT fence_snapshot FROM _sluice.table_load");
        onSource("ALTER TYPE mood ADD VALUE 'new' BEFORE 'ok'");
        goOn();
        assertThat(run).succeedsWithin(Duration.ofSeconds(60));
        assertThat(askTarget("SELECT fence_snapshot FROM _sluice.table_load")).isEqualTo(begun);
    }

    @Test
    void aTableThatIsRenamedIsNamedAndLoadedUnderItsName() {
        beginLoad();
        onSource("ALTER TABLE big RENAME TO huge");

        assertThat(refused()).contains("public.big").contains("dropped or renamed");
        onSource("ALTER TABLE huge RENAME TO big");
        loadAll();
        assertThat(askTarget(ALL)).isEqualTo(askSource(ALL));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ADD c int DEFAULT 7", "ALTER a TYPE text", "ALTER a TYPE varchar(300)"})
    void whatDoesNotTouchTheValuesThatAreReadDisturbsNoLoad(String change) {
        beginLoad();
        String begun = askTarget("SELECT fence_snapshot FROM _sluice.table_load");
        onSource("ALTER TABLE big " + change);
        goOn();
        assertThat(run).succeedsWithin(Duration.ofSeconds(60));
        assertThat(askTarget(ALL)).isEqualTo(askSource(ALL));
        assertThat(askTarget("SELECT fence_snapshot FROM _sluice.table_load")).isEqualTo(begun);
    }

    /** The copy begins again because of the TRUNCATE, and not because of what says nothing of the rows. */
    @ParameterizedTest
    @ValueSource(strings = {"ALTER a SET DEFAULT 'x'", "ALTER a SET NOT NULL", "ALTER a SET STATISTICS 7"})
    void aHarmlessCommandBetweenTwoRoundsFailsNoTable(String change) {
        beginLoad();
        onSource("BEGIN; TRUNCATE big; INSERT INTO big VALUES (1, 'new', 'new', 1); ALTER TABLE big " + change
                + "; COMMIT");
        goOn();
        assertThat(run).succeedsWithin(Duration.ofSeconds(60));
        assertThat(askTarget(ALL)).isEqualTo(askSource(ALL));
    }

    @Test
    void aColumnThatCameBetweenTwoRoundsIsNamed() {
        beginLoad();
        onSource("BEGIN; TRUNCATE big; ALTER TABLE big ADD c int; COMMIT");
        goOn();
        await().atMost(Duration.ofSeconds(60)).until(run::isDone);
        assertThat(changed().detail()).contains("has no column c").contains("Add it there");
        onTarget("ALTER TABLE big ADD c int");
        loadAll();
        assertThat(askTarget(ALL)).isEqualTo(askSource(ALL));
    }

    /** Some of its pieces are on the target, and some are not. */
    private void beginLoad() {
        start(SLOW);
        await("a piece is copied")
                .atMost(Duration.ofSeconds(60))
                .until(() -> context.reached(Fact.Step.LOADING)
                        && !askTarget("SELECT count(*) FROM _sluice.load_piece").equals("0"));
        assertThat(run).isNotDone();
    }

    private void goOn() {
        assertThat(run).isNotDone();
        context.order(order(LoadLimits.NONE));
    }

    /** Why the load fails. */
    private String refused() {
        goOn();
        return changed().detail();
    }

    private Fact.Failed changed() {
        Fact.Failed failure = failure();
        assertThat(failure.code()).isEqualTo(ErrorCode.SCHEMA_CHANGED);
        return failure;
    }

    private void loadAll() {
        start(LoadLimits.NONE);
        assertThat(run).succeedsWithin(Duration.ofSeconds(60));
    }

    private void start(LoadLimits limits) {
        start(order(limits));
    }

    private TaskOrder order(LoadLimits limits) {
        return databases.order(BIG, SyncMode.FULL, ChangeChoice.DEFAULT, limits);
    }
}
