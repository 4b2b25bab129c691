package io.sluice.apply.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.apply.exception.Exceptions;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.ChangeChoice.Conflict;
import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.localstack.PostgresServer;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of changes that a real target refuses. */
class RefusedChangesIT {

    private static final TableName ITEM = new TableName("public", "item");
    private static final TableName BAG = new TableName("public", "bag");
    private static final TableName GATE = new TableName("public", "gate");
    private static final TableName ONE = new TableName("public", "one");
    private static final TableName OTHER = new TableName("public", "other");
    private static final Columns ALL = new Columns(List.of("id", "n", "big"));
    private static final Columns PART = new Columns(List.of("id", "n"));
    private static final Columns KEY = new Columns(List.of("id"));

    private static PostgresServer server;

    private long position;

    @BeforeAll
    static void start() {
        server = PostgresServer.startTemporary();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void aRefusedRowWaitsWithItsLaterChangesAndTheOthersGoOn(TestInfo info) throws SQLException {
        TestingTarget target = target(info, Conflict.OVERWRITE);
        TestingTarget.Write write = target.open();
        List<ChangeRecord> changes = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            changes.add(insert(i, i == 77 ? "-1" : Integer.toString(i)));
        }
        changes.add(update("78", "6"));
        write(write, changes);
        write(write, List.of(update("77", "5")));
        assertThat(target.rows("item", "id")).hasSize(299).doesNotContain("77");
        assertThat(target.list("SELECT n FROM item WHERE id = 78")).containsExactly("6");
        write(write, List.of(update("77", "7"), move("77", "900", "8"), update("900", "9")));
        assertThat(exceptions(target))
                .containsExactly(
                        "1 INSERT 23514 OPEN",
                        "2 UPDATE - OPEN",
                        "3 UPDATE - OPEN",
                        "4 UPDATE - OPEN",
                        "5 UPDATE - OPEN");
        assertThat(target.list("SELECT after ->> 'n' || (after ? 'big')::text FROM _sluice.exception WHERE number = 1"))
                .containsExactly("-1true");
        write.session().close();

        // A new run knows them; what waits cannot overtake, and is refused for the same reason.
        write = target.open();
        write(write, List.of(update("900", "10")));
        ask(target, write, 2, "RETRY");
        ask(target, write, 1, "RETRY");
        assertThat(exceptions(target)).contains("1 INSERT 23514 OPEN", "2 UPDATE - OPEN", "6 UPDATE - OPEN");
        assertThat(target.list("SELECT message FROM _sluice.exception WHERE number = 2"))
                .first()
                .asString()
                .contains("Exception 1");
        target.execute("ALTER TABLE item DROP CONSTRAINT positive");
        ask(target, write, 1, "RETRY");
        assertThat(exceptions(target)).allMatch(line -> line.endsWith("RETRIED"));
        assertThat(target.list("SELECT id || ':' || n FROM item WHERE id IN (77, 900)"))
                .containsExactly("900:10");
        write(write, List.of(update("900", "11")));
        assertThat(target.list("SELECT n FROM item WHERE id = 900")).containsExactly("11");
        write.session().close();
    }

    /** What a run comes to is what counts. */
    @Test
    void aRowThatIsMendedWithinARunIsNotRefused(TestInfo info) throws SQLException {
        TestingTarget target = target(info, Conflict.OVERWRITE);
        TestingTarget.Write write = target.open();
        write(write, List.of(insert(1, "-1"), update("1", "5")));
        assertThat(exceptions(target)).isEmpty();
        assertThat(target.rows("item", "id || ':' || n")).containsExactly("1:5");
        write.session().close();
    }

    @Test
    void aSkippedChangeLetsTheNextOnesOfItsRowThrough(TestInfo info) throws SQLException {
        TestingTarget target = target(info, Conflict.OVERWRITE);
        TestingTarget.Write write = target.open();
        write(write, List.of(insert(1, "-1")));
        write(write, List.of(update("1", "5")));
        ask(target, write, 1, "SKIP");
        assertThat(exceptions(target)).containsExactly("1 INSERT 23514 SKIPPED", "2 UPDATE - RETRIED");
        assertThat(target.rows("item", "id || ':' || n")).containsExactly("1:5");
        write(write, List.of(insert(2, "-1")));
        write(write, List.of(new Truncate(ITEM, at(), 0), insert(2, "3")));
        assertThat(exceptions(target)).contains("3 INSERT 23514 SKIPPED");
        assertThat(target.rows("item", "id || ':' || n")).containsExactly("2:3");
        write.session().close();
    }

    @Test
    void aRowThatIsNotKnownInFullIsNeverLeftOutWithoutAWord(TestInfo info) throws SQLException {
        TestingTarget target = target(info, Conflict.OVERWRITE);
        TestingTarget.Write write = target.open();
        write(write, List.of(partial(ITEM, null, row(PART, "1", "2")), insert(2, "2")));
        assertThat(exceptions(target)).containsExactly("1 UPDATE 02000 OPEN");
        // Into the filter, with a large value that the source has not sent.
        write(write, List.of(partial(GATE, row(KEY, "-5"), row(PART, "5", "2"))));
        assertThat(exceptions(target)).contains("2 UPDATE 02000 OPEN");
        assertThat(target.rows("gate", "id")).isEmpty();
        // Whether this row was in the filter cannot be known: it looks at n.
        assertThatThrownBy(() -> write(write, List.of(partial(OTHER, null, row(PART, "5", "2")))))
                .isInstanceOfSatisfying(
                        SluiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FILTER_UNDECIDABLE))
                .hasMessageContaining("REPLICA IDENTITY FULL");
        write.session().close();
    }

    @Test
    void aTruncateOfOneSourceDoesNotEmptyTheRowsOfTheOthers(TestInfo info) throws SQLException {
        TestingTarget target = target(info, Conflict.OVERWRITE);
        TestingTarget.Write write = target.open();
        write(write, List.of(of(ONE, Operation.INSERT, null, row(ALL, "1", "1", null)), insert(2, "2")));
        write(write, List.of(insert(3, "3"), new Truncate(ONE, at(), 0), insert(4, "4")));
        assertThat(exceptions(target)).containsExactly("1 TRUNCATE 0A000 OPEN");
        assertThat(target.rows("shared", "id")).containsExactly("1");
        assertThat(target.rows("item", "id")).containsExactly("2", "3", "4");
        write.session().close();
    }

    @Test
    void aRefusedTruncateIsNeverCarriedOutOverNewerRows(TestInfo info) throws SQLException {
        TestingTarget target = target(info, Conflict.OVERWRITE);
        target.execute(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''not this one''; END'",
                "CREATE TRIGGER refuse BEFORE TRUNCATE ON item EXECUTE FUNCTION refuse()",
                "ALTER TABLE item ENABLE ALWAYS TRIGGER refuse");
        TestingTarget.Write write = target.open();
        write(write, List.of(insert(1, "1"), new Truncate(ITEM, at(), 0)));
        write(write, List.of(insert(2, "2")));
        target.execute("DROP TRIGGER refuse ON item");
        ask(target, write, 1, "RETRY");
        assertThat(exceptions(target)).containsExactly("1 TRUNCATE P0001 OPEN");
        assertThat(target.list("SELECT message FROM _sluice.exception WHERE wish IS NULL"))
                .singleElement()
                .asString()
                .contains("by hand", "skip");
        assertThat(target.rows("item", "id")).containsExactly("1", "2");
        ask(target, write, 1, "SKIP");
        assertThat(exceptions(target)).containsExactly("1 TRUNCATE P0001 SKIPPED");
        write.session().close();
    }

    @Test
    void anErrorThatATriggerHasMadeUpIsOfItsRow(TestInfo info) throws SQLException {
        TestingTarget target = target(info, Conflict.OVERWRITE);
        target.execute(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
                        + " 'BEGIN IF NEW.n = 7 THEN RAISE ''no sevens'' USING ERRCODE = ''45000''; END IF; RETURN NEW; END'",
                "CREATE TRIGGER refuse BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION refuse()",
                "ALTER TABLE item ENABLE ALWAYS TRIGGER refuse");
        TestingTarget.Write write = target.open();
        write(write, List.of(insert(1, "1"), insert(2, "7"), insert(3, "3")));
        assertThat(exceptions(target)).containsExactly("1 INSERT 45000 OPEN");
        assertThat(target.rows("item", "id")).containsExactly("1", "3");
        write.session().close();
    }

    /** As large parts of a run, which are copied, and as a change alone. */
    @ParameterizedTest
    @CsvSource({
        "regclass, app.gone, 3F000",
        "regclass, gone, 42P01",
        "regtype, gone, 42704",
        "regrole, gone, 42704",
        "regconfig, gone, 42704",
        "regnamespace, gone, 3F000",
        "regproc, gone, 42883",
        "regproc, abs, 42725",
        "regoper, +, 42725"
    })
    void aNameOfAnObjectThatTheTargetDoesNotHaveIsOfItsRow(String type, String value, String state)
            throws SQLException {
        TestingTarget target = target("named_" + type + '_' + state, Conflict.OVERWRITE);
        target.execute("ALTER TABLE item ALTER big TYPE " + type + " USING NULL");
        TestingTarget.Write write = target.open();
        List<ChangeRecord> changes = new ArrayList<>();
        for (int i = 1; i <= 200; i++) {
            String id = Integer.toString(i);
            changes.add(of(ITEM, Operation.INSERT, null, row(ALL, id, "1", i == 77 ? value : null)));
        }
        write(write, changes);
        write(write, List.of(of(ITEM, Operation.UPDATE, null, row(ALL, "5", "2", value)), update("6", "2")));
        assertThat(exceptions(target)).containsExactly("1 INSERT " + state + " OPEN", "2 UPDATE " + state + " OPEN");
        assertThat(target.list("SELECT count(*) || ' ' || sum(n) FROM item")).containsExactly("199 200");
        write.session().close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 200})
    void aTableThatIsGoneIsNotTakenForRefusedRows(int rows) throws SQLException {
        TestingTarget target = target("gone_" + rows, Conflict.OVERWRITE);
        TestingTarget.Write write = target.open();
        write(write, List.of(insert(0, "1")));
        target.execute("DROP TABLE item");
        List<ChangeRecord> changes = new ArrayList<>();
        for (int i = 1; i <= rows; i++) {
            changes.add(insert(i, "1"));
        }
        assertThatThrownBy(() -> write(write, changes))
                .isInstanceOfSatisfying(
                        SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("42P01"));
        write.session().close();
        assertThat(exceptions(target)).isEmpty();
    }

    /** The target's column has more digits after the point than what the source sends. */
    @Test
    void aRowWithoutAKeyIsFoundWhateverDigitsTheTargetWrites(TestInfo info) throws SQLException {
        TestingTarget target = target(info, Conflict.OVERWRITE);
        target.execute(
                "ALTER TABLE bag ALTER v TYPE numeric(12, 4) USING v::numeric", "INSERT INTO bag VALUES (1.5), (2.5)");
        TestingTarget.Write write = target.open();
        write(write, List.of(bagged("1.50")));
        assertThat(target.list("SELECT v FROM bag")).containsExactly("2.5000");
        write.session().close();
    }

    @Test
    void aRetryThatTheTaskCannotWriteIsAnsweredAndEndsNothing(TestInfo info) throws SQLException {
        TestingTarget target = target(info, Conflict.STOP);
        TestingTarget.Write write = target.open();
        write(write, List.of(insert(1, "-1"), insert(2, "-1")));
        write(write, List.of(update("2", "2")));
        target.execute("ALTER TABLE item DROP CONSTRAINT positive", "INSERT INTO item VALUES (1, 1)");
        target.execute("UPDATE _sluice.exception SET wish = 'RETRY' WHERE number = 2");
        ask(target, write, 1, "RETRY");
        assertThat(exceptions(target))
                .containsExactly("1 INSERT 23514 OPEN", "2 INSERT 23514 RETRIED", "3 UPDATE - RETRIED");
        assertThat(target.list("SELECT message FROM _sluice.exception WHERE number = 1 AND wish IS NULL"))
                .singleElement()
                .asString()
                .startsWith("ROW_CONFLICT: ");
        write(write, List.of(insert(3, "3")));
        assertThat(target.list("SELECT id || ':' || n FROM item ORDER BY id")).containsExactly("1:1", "2:2", "3:3");
        write.session().close();
    }

    @Test
    void aTruncateOfTablesThatOthersReferToIsCarriedOutAlone(TestInfo info) throws SQLException {
        TestingTarget target = target(info, Conflict.OVERWRITE);
        target.execute(
                "ALTER TABLE item ADD UNIQUE (n), ADD FOREIGN KEY (id) REFERENCES item (n)",
                "ALTER TABLE gate ADD FOREIGN KEY (n) REFERENCES item ON DELETE CASCADE",
                "CREATE TABLE apart (id int REFERENCES gate ON DELETE CASCADE)",
                "INSERT INTO item VALUES (1, 1)",
                "INSERT INTO gate VALUES (1, 1, '')",
                "INSERT INTO bag VALUES ('x')",
                "INSERT INTO apart VALUES (1)");
        TestingTarget.Write write = target.open();
        // What refers to it is loaded once more, say.
        write(write, List.of(new Truncate(ITEM, at(), 0), new Truncate(BAG, at(), 0), insert(2, "2")));
        assertThat(target.rows("item", "id")).containsExactly("2");
        assertThat(target.rows("bag", "v")).isEmpty();
        assertThat(target.rows("gate", "id")).containsExactly("1");
        // Because of row 3 the run is halved.
        write(write, List.of(new Truncate(ITEM, at(), 0), new Truncate(GATE, at(), 0), insert(3, "-1")));
        assertThat(target.rows("item", "id")).isEmpty();
        assertThat(target.rows("gate", "id")).isEmpty();
        assertThat(target.rows("apart", "id")).containsExactly("1");
        assertThat(exceptions(target)).containsExactly("1 INSERT 23514 OPEN");
        write.session().close();
        assertRefusedWhereForeignKeysAct(target);
    }

    /** An account that may not silence them: no row of another table may go with those of the emptied one. */
    private void assertRefusedWhereForeignKeysAct(TestingTarget target) throws SQLException {
        TestingTarget.Write write = target.open();
        target.execute("INSERT INTO gate VALUES (1, NULL, '')");
        write.session().transact("setting", connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute("SET session_replication_role = origin");
            }
        });
        write(write, List.of(new Truncate(GATE, at(), 0)));
        assertThat(exceptions(target)).endsWith("2 TRUNCATE 0A000 OPEN");
        assertThat(target.rows("gate", "id")).containsExactly("1");
        assertThat(target.rows("apart", "id")).containsExactly("1");
        write.session().close();
    }

    /** The target takes keys for equal whose texts differ. */
    @ParameterizedTest
    @CsvSource({
        "numeric, 1.0, 1.00, 2, true",
        "lax, a, A, b, false",
        "text COLLATE anycase, a, A, b, false",
        "bpchar, a, 'a ', b, true",
        "float8, -0, 0, 2, true"
    })
    void aKeyThatIsWrittenDifferentlyIsTheSameRow(String type, String key, String same, String other, boolean told)
            throws SQLException {
        TestingTarget target = target("same_" + type.replace(' ', '_'), Conflict.OVERWRITE);
        target.execute(
                "CREATE COLLATION anycase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
                "CREATE DOMAIN lax AS text COLLATE anycase",
                "ALTER TABLE item ALTER id TYPE " + type);
        TestingTarget.Write write = target.open();
        write(write, List.of(keyed(key, "-1")));
        write(write, List.of(of(ITEM, Operation.DELETE, row(KEY, key), null), keyed(same, "5"), keyed(other, "6")));
        assertThat(exceptions(target))
                .startsWith("1 INSERT 23514 OPEN", "2 DELETE - OPEN", "3 INSERT - OPEN")
                .hasSize(told ? 3 : 4);
        ask(target, write, 1, "SKIP");
        assertThat(target.list("SELECT n FROM item ORDER BY n")).containsExactly("5", "6");
        write.session().close();
    }

    private RowChange keyed(String id, String n) {
        return of(ITEM, Operation.INSERT, null, row(ALL, id, n, null));
    }

    @Test
    void anEarlierChangeDoesNotWaitBehindALaterOne(TestInfo info) throws SQLException {
        TestingTarget target = target(info, Conflict.OVERWRITE);
        TestingTarget.Write write = target.open();
        write(write, List.of(insert(2, "-1")));
        // Row 2, which waits, becomes row 1; because of row 3 the run is halved.
        write(write, List.of(insert(1, "5"), insert(3, "-1"), move("2", "1", "6")));
        assertThat(target.rows("item", "id || ':' || n")).containsExactly("1:5");
        assertThat(exceptions(target)).containsExactly("1 INSERT 23514 OPEN", "2 INSERT 23514 OPEN", "3 UPDATE - OPEN");
        // Nor does another table that is emptied give the later one the smaller number.
        write(write, List.of(insert(4, "-1"), move("2", "4", "6"), new Truncate(BAG, at(), 0)));
        assertThat(exceptions(target)).endsWith("4 INSERT 23514 OPEN", "5 UPDATE - OPEN");
        write.session().close();
    }

    @Test
    void tooManyRefusedRowsStopTheTask(TestInfo info) throws SQLException {
        TestingTarget target = target(info, Conflict.OVERWRITE);
        TestingTarget.Write write = target.open();
        List<ChangeRecord> changes = new ArrayList<>();
        for (int i = 0; i <= Exceptions.MOST_OPEN; i++) {
            changes.add(insert(i, "-1"));
        }
        assertThatThrownBy(() -> write(write, changes))
                .isInstanceOfSatisfying(
                        SluiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOO_MANY_EXCEPTIONS))
                .hasMessageContaining("23514")
                .hasMessageContaining("public.item");
        write.session().close();
        assertThat(exceptions(target)).isEmpty();
    }

    @Test
    void aConflictStopsTheTaskWhenItIsToldTo(TestInfo info) throws SQLException {
        TestingTarget target = target(info, Conflict.STOP);
        target.execute("INSERT INTO item VALUES (1, 1), (2, 2)");
        for (ChangeRecord conflict : List.of(
                insert(1, "5"), update("3", "5"), of(ITEM, Operation.DELETE, row(KEY, "3"), null), bagged("x"))) {
            TestingTarget.Write write = target.open();
            assertThatThrownBy(() -> write(write, List.of(update("2", "9"), conflict, insert(4, "4"))))
                    .isInstanceOfSatisfying(
                            SluiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.ROW_CONFLICT))
                    .hasMessageContaining("commit LSN");
            write.session().close();
        }
        TestingTarget.Write write = target.open();
        // A row that comes and goes within a run was not there before.
        write(write, List.of(insert(5, "5"), of(ITEM, Operation.DELETE, row(KEY, "5"), null), update("2", "9")));
        assertThat(target.rows("item", "id || ':' || n")).containsExactlyInAnyOrder("1:1", "2:9");
        write.session().close();
    }

    @Test
    void deferredConstraintsAreLookedAtWhereTheSourceDoes(TestInfo info) throws SQLException {
        TestingTarget target = target(info, Conflict.OVERWRITE);
        target.execute("ALTER TABLE item ADD UNIQUE (n) DEFERRABLE");
        TestingTarget.Write write = target.open();
        List<ChangeRecord> inserts = new ArrayList<>();
        List<ChangeRecord> shift = new ArrayList<>();
        for (int i = 1; i <= 100; i++) {
            inserts.add(insert(i, Integer.toString(i)));
        }
        write(write, inserts);
        // As UPDATE item SET n = n + 1, in parts of one large transaction.
        for (int i = 1; i <= 100; i++) {
            shift.add(update(Integer.toString(i), Integer.toString(i + 1)));
        }
        write.writer().write(shift.subList(0, 40), false);
        write(write, shift.subList(40, 100));
        assertThat(exceptions(target)).isEmpty();
        assertThat(target.list("SELECT sum(n) - sum(id) FROM item")).containsExactly("100");
        write.session().close();
    }

    private TestingTarget target(TestInfo info, Conflict conflict) {
        return target(info.getTestMethod().orElseThrow().getName(), conflict);
    }

    private TestingTarget target(String name, Conflict conflict) {
        TestingTarget target = new TestingTarget(
                server,
                name,
                conflict,
                List.of(
                        mapping(ITEM, "item", null),
                        mapping(BAG, "bag", null),
                        mapping(GATE, "gate", "id > 0"),
                        mapping(ONE, "shared", null),
                        mapping(OTHER, "shared", "n > 0")),
                names -> Map.of());
        target.execute(
                "CREATE TABLE item (id int PRIMARY KEY, n int CONSTRAINT positive CHECK (n >= 0), big text)",
                "CREATE TABLE bag (v text)",
                "CREATE TABLE gate (id int PRIMARY KEY, n int, big text NOT NULL)",
                "CREATE TABLE shared (id int PRIMARY KEY, n int, big text)");
        return target;
    }

    private static TableMapping mapping(TableName source, String target, @Nullable String filter) {
        return new TableMapping(
                source, new TableName("public", target), Set.of(), Map.of(), NameCase.SOURCE, filter, null);
    }

    private static void write(TestingTarget.Write write, List<ChangeRecord> changes) throws SQLException {
        write.writer().write(changes, true);
        write.session().connection().commit();
    }

    private static void ask(TestingTarget target, TestingTarget.Write write, int number, String wish)
            throws SQLException {
        target.execute("UPDATE _sluice.exception SET wish = '" + wish + "' WHERE number = " + number);
        write.attend();
    }

    private static List<String> exceptions(TestingTarget target) {
        return target.list("SELECT concat_ws(' ', number, operation, coalesce(sql_state, '-'), state)"
                + " FROM _sluice.exception ORDER BY number");
    }

    private RowChange insert(int id, String n) {
        return of(ITEM, Operation.INSERT, null, row(ALL, Integer.toString(id), n, null));
    }

    private RowChange update(String id, String n) {
        return of(ITEM, Operation.UPDATE, null, row(ALL, id, n, null));
    }

    private RowChange move(String id, String to, String n) {
        return of(ITEM, Operation.UPDATE, row(KEY, id), row(ALL, to, n, null));
    }

    private RowChange partial(TableName table, @Nullable Row before, Row after) {
        return of(table, Operation.UPDATE, before, after);
    }

    private RowChange bagged(String value) {
        Row row = row(new Columns(List.of("v")), value);
        return new RowChange(Operation.DELETE, BAG, List.of(), at(), row, null, 0);
    }

    private RowChange of(TableName table, Operation operation, @Nullable Row before, @Nullable Row after) {
        return new RowChange(operation, table, List.of("id"), at(), before, after, 0);
    }

    private ChangePosition at() {
        return new ChangePosition(new Lsn(1), 1, ++position);
    }

    private static Row row(Columns columns, @Nullable String... values) {
        return new Row(columns, values);
    }
}
