package io.sluice.apply.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.task.ChangeChoice.Conflict;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** A TRUNCATE takes no rows along that it was not meant for. */
class RefusedTruncatesIT extends RefusedChangesScenario {

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
        // Nor does it when the changes of the others come by another way, as those of a suspended table.
        write = target.open(Set.of(OTHER));
        write(write, List.of(new Truncate(ONE, at(), 0)));
        assertThat(exceptions(target)).endsWith("2 TRUNCATE 0A000 OPEN");
        assertThat(target.rows("shared", "id")).containsExactly("1");
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
}
