package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.ChangeEncoder.Column;
import io.sluice.contracts.change.ChangeEncoder.JsonType;
import io.sluice.contracts.change.DdlContent;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.change.SourceTable;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.TaskOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tables that are changed under the stream: by commands that come with it, and without a word. */
class ChangedTableIT extends ApplyRunScenario {

    @Test
    void commandsAreCarriedOutBetweenTheRowsAndARefusedOneOnceItsCauseIsGone() {
        server.execute(sourceName, "INSERT INTO item VALUES (1, 'a', 'x')");
        topic.heartbeat(new Lsn(1));
        topic.flush();
        Run run = run(withDdl(), context(), new Claimant());
        await().until(() -> run.context().reached(Fact.Step.APPLYING));
        SourceTable first = itemTable(List.of());
        SourceTable.Column extra = new SourceTable.Column(4, "extra", "integer", true, "5", "", null, null, "7");
        SourceTable second = itemTable(List.of(), extra);
        ChangeEncoder.Table wider = topic.encoder()
                .table(
                        TABLE,
                        List.of(
                                new Column("id", JsonType.INTEGER, true),
                                new Column("name", JsonType.TEXT, false),
                                new Column("note", JsonType.TEXT, false),
                                new Column("extra", JsonType.INTEGER, false)));
        change(Operation.INSERT, at(1, 1), "2", "b", "before");
        topic.ddl(at(1, 2), altered(first, second));
        topic.change(wider, Operation.INSERT, at(1, 3), null, new String[] {"3", "c", "after", "9"});
        topic.end(at(1, 4));
        topic.flush();
        await().until(() -> "1:7,2:7,3:9".equals(databases.ask(targetName, """
                        SELECT string_agg(id || ':' || (to_jsonb(item) ->> 'extra'), ',' ORDER BY id) FROM item""")));

        SourceTable third =
                itemTable(List.of(new SourceTable.Constraint("short", "c", "CHECK ((length(name) < 2))")), extra);
        server.execute(targetName, "UPDATE item SET name = 'too long' WHERE id = 2");
        topic.ddl(at(2, 1), altered(second, third));
        topic.end(at(2, 2));
        topic.flush();
        assertFails(run, ErrorCode.SCHEMA_CHANGED);
        assertThat(run.context().facts().toString()).contains("ALTER TABLE item …", "short");
        server.execute(targetName, "UPDATE item SET name = 'b' WHERE id = 2");
        Run again = run(withDdl(), context(), new Claimant());
        await().until(() -> count("SELECT count(*) FROM pg_constraint WHERE conname = 'short'") == 1);
        assertThat(databases.ask(
                        targetName,
                        "SELECT column_default FROM information_schema.columns"
                                + " WHERE table_name = 'item' AND column_name = 'extra'"))
                .isEqualTo("5");

        topic.change(wider, Operation.DELETE, at(3, 1), new String[] {"3", null, null, null}, null);
        SourceObject dropped =
                new SourceObject("table", "public", "item", true, third, null, null, List.of(), List.of());
        topic.ddl(at(3, 2), new DdlContent("DROP TABLE", "DROP TABLE item", List.of(dropped), null));
        topic.end(at(3, 3));
        topic.flush();
        await().until(() -> count("SELECT count(*) FROM pg_class WHERE relname = 'item'") == 0);
        assertThat(again.done()).isNotDone();
    }

    @Test
    void aColumnThatIsGoneIsNoticedAtTheNextChange() {
        Run run = streaming("(1, 'a', 'x')");
        ChangeEncoder.Table narrower = topic.encoder()
                .table(
                        TABLE,
                        List.of(new Column("id", JsonType.INTEGER, true), new Column("name", JsonType.TEXT, false)));
        topic.describe(narrower, Operation.UPDATE, at(1, 1), "1", "b");
        topic.end(at(1, 2));
        topic.flush();
        assertFails(run, ErrorCode.SCHEMA_CHANGED);
        assertThat(run.context().facts().toString()).contains("lost columns at the source: note");
    }

    @Test
    void columnsOfTheTargetThatNothingGoesToAreLeftAlone() {
        server.execute(sourceName, "INSERT INTO item VALUES (1, 'a', 'x')");
        server.execute(
                targetName,
                "CREATE TABLE item (own text DEFAULT 'theirs', id int PRIMARY KEY, name text UNIQUE, note text, more int)");
        topic.heartbeat(new Lsn(1));
        topic.flush();
        StructureChoice keep =
                new StructureChoice(true, null, StructureChoice.ExistingTable.KEEP, StructureChoice.NameCase.SOURCE);
        Run run = run(order(ChangeChoice.DEFAULT, LoadLimits.NONE, keep), context(), new Claimant());
        await().until(() -> run.context().reached(Fact.Step.APPLYING));
        server.execute(targetName, "UPDATE item SET more = 7");
        topic.describe(table, Operation.UPDATE, at(1, 1), "1", "b", "y");
        change(Operation.INSERT, at(1, 2), "2", "c", "z");
        topic.end(at(1, 3));
        topic.flush();
        awaitRows("1|b|y", "2|c|z");
        assertThat(databases.ask(targetName, "SELECT string_agg(own || coalesce(more, 0), ' ' ORDER BY id) FROM item"))
                .isEqualTo("theirs7 theirs0");

        // What is lost at the source is told from them.
        ChangeEncoder.Table narrower = topic.encoder()
                .table(
                        TABLE,
                        List.of(new Column("id", JsonType.INTEGER, true), new Column("name", JsonType.TEXT, false)));
        topic.describe(narrower, Operation.UPDATE, at(2, 1), "1", "d");
        topic.end(at(2, 2));
        topic.flush();
        assertFails(run, ErrorCode.SCHEMA_CHANGED);
        assertThat(run.context().facts().toString()).contains("lost columns at the source: note.");
    }

    private static DdlContent altered(SourceTable before, SourceTable after) {
        SourceObject table =
                new SourceObject("table", "public", "item", false, before, after, null, List.of(), List.of());
        return new DdlContent("ALTER TABLE", "ALTER TABLE item …", List.of(table), null);
    }

    private static SourceTable itemTable(List<SourceTable.Constraint> constraints, SourceTable.Column... more) {
        List<SourceTable.Column> columns = new ArrayList<>(List.of(
                new SourceTable.Column(1, "id", "integer", true, null, "", null, null, null),
                new SourceTable.Column(2, "name", "text", false, null, "", null, null, null),
                new SourceTable.Column(3, "note", "text", false, null, "", null, null, null)));
        columns.addAll(List.of(more));
        return new SourceTable("public", "item", columns, constraints, List.of(), 1L);
    }

    private TaskOrder withDdl() {
        return order(
                new ChangeChoice(List.of(ChangeChoice.Operation.values()), ChangeChoice.Conflict.OVERWRITE, 1),
                LoadLimits.NONE,
                StructureChoice.DEFAULT);
    }
}
