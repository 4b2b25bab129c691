package io.sluice.apply.write;

import io.sluice.apply.SharedServers;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.task.ChangeChoice.Conflict;
import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.localstack.PostgresServer;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.TestInfo;

/** Changes of a few tables that are written to a real target, and those that it refuses. */
abstract class RefusedChangesScenario {

    static final TableName ITEM = new TableName("public", "item");
    static final TableName BAG = new TableName("public", "bag");
    static final TableName GATE = new TableName("public", "gate");
    static final TableName ONE = new TableName("public", "one");
    static final TableName OTHER = new TableName("public", "other");
    static final Columns ALL = new Columns(List.of("id", "n", "big"));
    static final Columns KEY = new Columns(List.of("id"));

    private final PostgresServer server = SharedServers.postgres();
    private long position;

    TestingTarget target(TestInfo info, Conflict conflict) {
        return target(info.getTestMethod().orElseThrow().getName(), conflict);
    }

    TestingTarget target(String name, Conflict conflict) {
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

    static void write(TestingTarget.Write write, List<ChangeRecord> changes) throws SQLException {
        write.writer().write(changes, true);
        write.session().connection().commit();
    }

    static void ask(TestingTarget target, TestingTarget.Write write, int number, String wish) throws SQLException {
        target.execute("UPDATE _sluice.exception SET wish = '" + wish + "' WHERE number = " + number);
        write.attend();
    }

    static List<String> exceptions(TestingTarget target) {
        return target.list("SELECT concat_ws(' ', number, operation, coalesce(sql_state, '-'), state)"
                + " FROM _sluice.exception ORDER BY number");
    }

    RowChange insert(int id, String n) {
        return of(ITEM, Operation.INSERT, null, row(ALL, Integer.toString(id), n, null));
    }

    RowChange update(String id, String n) {
        return of(ITEM, Operation.UPDATE, null, row(ALL, id, n, null));
    }

    RowChange of(TableName table, Operation operation, @Nullable Row before, @Nullable Row after) {
        return new RowChange(operation, table, List.of("id"), at(), before, after, 0);
    }

    ChangePosition at() {
        return new ChangePosition(new Lsn(1), 1, ++position);
    }

    static Row row(Columns columns, @Nullable String... values) {
        return new Row(columns, values);
    }
}
