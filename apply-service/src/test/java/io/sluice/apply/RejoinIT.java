package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.Topics;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.task.LoadRequest;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.postgres.PublicationNote;
import java.sql.Connection;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tables that were in the stream before: loaded once more, or removed and added again. */
class RejoinIT extends JoinScenario {

    @Test
    void aReloadReplacesTheRowsAndGoesOnAfterKills() throws Exception {
        server.execute(sourceName, "INSERT INTO more VALUES (1, 'a'), (2, 'b')");
        begin(ITEM, MORE);
        server.execute(sourceName, "UPDATE more SET v = 'newer than the topic' WHERE id = 1");
        server.execute(targetName, "UPDATE more SET v = 'damaged'", "INSERT INTO more VALUES (77, 'nobody''s')");
        List<TableName> tables = List.of(ITEM, MORE);
        TaskOrder reload = order(2, tables, 0, new LoadRequest(MORE, 2, 0));
        try (Connection gate = shut()) {
            run = run(reload);
            awaitCopying();
            assertThat(onTarget("SELECT step FROM _sluice.table_turn")).isEqualTo("LOAD");
            assertThat(onTarget("SELECT count(*) FROM more")).isEqualTo("0");
            change(more, Operation.INSERT, "3", "while it is loaded");
            change(item, Operation.UPDATE, "1", "not waiting");
            awaitItem("not waiting");
            stop();
            change(more, Operation.INSERT, "4", "while nobody runs");
            run = run(reload);
            awaitCopying();
            assertThat(gate).isNotNull();
        }
        awaitDone(MORE);
        awaitMore("1|newer than the topic", "2|b", "3|while it is loaded", "4|while nobody runs");
        stop();
        // It has been answered: neither a new run nor a newer order loads again.
        server.execute(targetName, "UPDATE more SET v = 'c' WHERE id = 2");
        run = run(order(3, tables, 0, new LoadRequest(MORE, 2, 0)));
        await().until(() -> state(MORE) == TableState.DONE);
        change(more, Operation.UPDATE, "1", "after");
        awaitMore("1|after", "2|c", "3|while it is loaded", "4|while nobody runs");
    }

    @Test
    void aRemovedTableIsLeftAloneAndComesBackLikeANewOne() throws Exception {
        begin(ITEM);
        server.execute(
                sourceName,
                "COMMENT ON PUBLICATION " + Topics.publication(taskId) + " IS '" + PublicationNote.text(4) + "'",
                "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
                "CREATE TRIGGER always BEFORE INSERT ON more FOR EACH ROW EXECUTE FUNCTION nothing()",
                "ALTER TABLE more ENABLE ALWAYS TRIGGER always",
                "COMMENT ON COLUMN more.v IS 'made again, too'");
        run = run(order(2, List.of(ITEM, MORE), 2, new LoadRequest(MORE, 2, 2)));
        awaitDone(MORE);
        assertThat(onTarget("SELECT count(*) FROM pg_trigger WHERE tgname = 'always'"))
                .isEqualTo("0");
        stop();
        run = run(order(3, List.of(ITEM), 3));
        change(more, Operation.INSERT, "9", "too late");
        change(item, Operation.UPDATE, "1", "on and on");
        awaitItem("on and on");
        // What had to wait until nobody writes to the table is made.
        assertThat(onTarget("SELECT count(*) FROM pg_trigger WHERE tgname = 'always'"))
                .isEqualTo("1");
        assertThat(onTarget("SELECT count(*) FROM more")).isEqualTo("0");
        assertThat(onTarget("SELECT count(*) FROM _sluice.table_load")).isEqualTo("1");
        stop();
        run = run(order(4, List.of(ITEM, MORE), 4, new LoadRequest(MORE, 4, 4)));
        await().until(() -> state(MORE) == TableState.FAILED);
        change(item, Operation.UPDATE, "1", "whatever is wrong with others");
        awaitItem("whatever is wrong with others");
        stop();
        server.execute(targetName, "DROP TABLE more");
        run = run(order(5, List.of(ITEM, MORE), 4, new LoadRequest(MORE, 5, 4)));
        awaitDone(MORE);
        assertThat(onTarget("SELECT count(*) FROM pg_indexes WHERE tablename = 'more'"))
                .isEqualTo("2");
        assertThat(onTarget("SELECT col_description('more'::regclass, 2)")).isEqualTo("made again, too");
    }
}
