package io.sluice.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.ChangeEncoder.JsonType;
import io.sluice.contracts.change.DdlContent;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.change.SourceTable;
import io.sluice.contracts.change.SourceTable.Column;
import io.sluice.contracts.change.SourceTable.Constraint;
import io.sluice.contracts.change.SourceTable.Index;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.TaskOrder;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a command of the source meets on the target, and leaves there. */
class CommandsIT extends ApplyRunScenario {

    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final Constraint KEY = new Constraint("item_pkey", "p", "PRIMARY KEY (id)");
    private static final Constraint UNIQUE = new Constraint("item_name_key", "u", "UNIQUE (name)");
    private static final SourceTable ITEM = item("id", "", List.of(KEY, UNIQUE));

    private Run run;

    @BeforeEach
    void begin() {
        server.execute(sourceName, "INSERT INTO item VALUES (1, 'a', 'x')", "CREATE INDEX item_note ON item (note)");
        topic.heartbeat(new Lsn(1));
        topic.flush();
        run = run(withDdl(), context(), new Claimant());
        await().atMost(LONGEST).until(() -> run.context().reached(Fact.Step.APPLYING));
    }

    /** Also by somebody who only reads, who is in nobody's way until then. */
    @Test
    void aLockOfAnotherIsWaitedForAndNamed() throws SQLException {
        try (Connection other = server.connect(targetName);
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("SET application_name = 'a report'");
            statement.execute("SELECT * FROM item");
            altered(1, ITEM, item("id", "", List.of(KEY, UNIQUE, new Constraint("some", "c", "CHECK ((id > 0))"))));
            assertFails(run, ErrorCode.OBJECT_LOCKED);
            assertThatThrownBy(run.done()::join)
                    .hasMessageContaining("(a report, user")
                    .hasMessageContaining("holds AccessShareLock on public.item");
        }
        run(withDdl(), context(), new Claimant());
        await().atMost(LONGEST).until(() -> count("SELECT count(*) FROM pg_constraint WHERE conname = 'some'") == 1);
        assertThat(count("SELECT count(*) FROM _sluice.exception")).isZero();
    }

    @Test
    void anIdentityTakesTheSourcesValuesUntilTheTaskEnds() {
        altered(1, ITEM, item("id", "a", List.of(KEY, UNIQUE)));
        change(Operation.UPDATE, at(2, 1), "1", "b", "y");
        change(Operation.INSERT, at(2, 2), "7", "c", "z");
        topic.end(at(2, 3));
        topic.flush();
        awaitRows("1|b|y", "7|c|z");
        assertThat(identity("id")).isEqualTo("d");
        server.execute(targetName, databases.ask(targetName, atTheEnd("PLANNED")));
        assertThat(identity("id")).isEqualTo("a");

        altered(3, item("id", "a", List.of(KEY, UNIQUE)), ITEM);
        await().atMost(LONGEST).until(() -> identity("id").isEmpty());
        assertThat(databases.ask(targetName, atTheEnd("SKIPPED"))).isEmpty();
    }

    /** Something refers to it. */
    @Test
    void aKeyStaysWhenItsColumnOrItselfGetsAnotherName() {
        server.execute(targetName, "CREATE TABLE line (item int REFERENCES item, name text REFERENCES item (name))");
        String keys =
                "SELECT string_agg(oid::text, ' ' ORDER BY oid) FROM pg_constraint WHERE conrelid = 'item'::regclass"
                        + " AND contype IN ('p', 'u')";
        String before = databases.ask(targetName, keys);
        SourceTable renamed = item(
                "pid",
                "",
                List.of(
                        new Constraint("item_pkey", "p", "PRIMARY KEY (pid)"),
                        new Constraint("item_one_name", "u", "UNIQUE (name)")),
                new Index("by_note", "CREATE INDEX by_note ON public.item USING btree (note)"));
        altered(
                1,
                item(
                        "id",
                        "",
                        List.of(KEY, UNIQUE),
                        new Index("item_note", "CREATE INDEX item_note ON public.item USING btree (note)")),
                renamed);
        ChangeEncoder.Table now = topic.encoder()
                .table(
                        TABLE,
                        List.of(
                                new ChangeEncoder.Column("pid", JsonType.INTEGER, true),
                                new ChangeEncoder.Column("name", JsonType.TEXT, false),
                                new ChangeEncoder.Column("note", JsonType.TEXT, false)));
        topic.change(now, Operation.INSERT, at(2, 1), null, new String[] {"2", "b", "y"});
        topic.end(at(2, 2));
        topic.flush();
        await().atMost(LONGEST)
                .until(() -> databases
                        .ask(targetName, "SELECT string_agg(to_jsonb(item) ->> 'pid', ' ') FROM item WHERE name = 'b'")
                        .equals("2"));
        assertThat(databases.ask(targetName, keys)).isEqualTo(before);
        assertThat(databases.ask(
                        targetName,
                        "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class"
                                + " WHERE oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'item'::regclass)"))
                .isEqualTo("by_note item_one_name item_pkey");
    }

    private String identity(String column) {
        return databases.ask(
                targetName,
                "SELECT attidentity::text FROM pg_attribute WHERE attrelid = 'item'::regclass AND attname = '" + column
                        + "'");
    }

    private static String atTheEnd(String state) {
        return "SELECT ddl FROM _sluice.structure_object WHERE name = 'GENERATED ALWAYS of public.item' AND stage = 'END'"
                + " AND state = '" + state + "'";
    }

    private void altered(int transaction, SourceTable before, SourceTable after) {
        SourceObject object =
                new SourceObject("table", "public", "item", false, before, after, null, List.of(), List.of());
        topic.ddl(at(transaction, 1), new DdlContent("ALTER TABLE", "ALTER TABLE item …", List.of(object), null));
        topic.end(at(transaction, 2));
        topic.flush();
    }

    private static SourceTable item(String id, String identity, List<Constraint> constraints, Index... indexes) {
        List<Column> columns = List.of(
                new Column(1, id, "integer", true, null, identity, null, null, null),
                new Column(2, "name", "text", false, null, "", null, null, null),
                new Column(3, "note", "text", false, null, "", null, null, null));
        return new SourceTable("public", "item", columns, constraints, List.of(indexes), 1L);
    }

    private TaskOrder withDdl() {
        return order(
                new ChangeChoice(List.of(ChangeChoice.Operation.values()), ChangeChoice.Conflict.OVERWRITE, 1),
                LoadLimits.NONE,
                StructureChoice.DEFAULT);
    }
}
