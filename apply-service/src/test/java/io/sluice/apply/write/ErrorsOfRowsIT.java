package io.sluice.apply.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.task.ChangeChoice.Conflict;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which errors of a target are of one row, and which are not. */
class ErrorsOfRowsIT extends RefusedChangesScenario {

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
}
