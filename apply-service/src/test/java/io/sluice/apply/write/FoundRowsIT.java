package io.sluice.apply.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.ChangeChoice.Conflict;
import io.sluice.contracts.task.TableName;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which row of the target a change is of, and what happens when there is none or another one. */
class FoundRowsIT extends RefusedChangesScenario {

    private static final Columns PART = new Columns(List.of("id", "n"));

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

    private RowChange partial(TableName table, @Nullable Row before, Row after) {
        return of(table, Operation.UPDATE, before, after);
    }

    private RowChange bagged(String value) {
        Row row = row(new Columns(List.of("v")), value);
        return new RowChange(Operation.DELETE, BAG, List.of(), at(), row, null, 0);
    }
}
