package io.sluice.apply.structure;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.structure.PlannedObject.Stage;
import io.sluice.apply.structure.PlannedObject.State;
import io.sluice.apply.structure.StructureLog.Entry;
import io.sluice.contracts.report.Fact.Leftover;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.postgres.dialect.ObjectKind;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Makes what could not be there while Sluice wrote to the target: identities that are ALWAYS, forced row security, rules,
 * triggers that would have fired. From the log alone; the source need not be there any more.
 */
public final class StructureEnd {

    private StructureEnd() {}

    /** The statements that drop the views that the task made, those that read others first. */
    public static List<String> dropViews(Connection target, TaskOrder order) throws SQLException {
        return drops(target, order, Set.of(ObjectKind.VIEW.name(), ObjectKind.MATERIALIZED_VIEW.name()));
    }

    /** The statements that drop the functions that the task made, those that use others first. */
    public static List<String> dropFunctions(Connection target, TaskOrder order) throws SQLException {
        return drops(target, order, Set.of(ObjectKind.FUNCTION.name(), ObjectKind.PROCEDURE.name()));
    }

    private static List<String> drops(Connection target, TaskOrder order, Set<String> kinds) throws SQLException {
        return new StructureLog(order.taskId())
                .read(target).stream()
                        .filter(entry -> kinds.contains(entry.kind())
                                && entry.state() == State.DONE
                                && entry.stage() != Stage.END
                                && !entry.ddl().isEmpty())
                        .map(Entry::ddl)
                        .toList()
                        .reversed();
    }

    /**
     * @param fence looked at first in each transaction
     * @return what the target refuses; a later call tries it again
     */
    public static List<Leftover> carryOut(DatabaseSession target, String taskId, DatabaseSession.Action fence) {
        return carryOut(target, taskId, fence, entry -> true);
    }

    /**
     * The same for tables that leave the task.
     *
     * @param tables with their names at the source
     */
    public static List<Leftover> carryOut(
            DatabaseSession target, String taskId, Collection<TableName> tables, DatabaseSession.Action fence) {
        return carryOut(target, taskId, fence, entry -> entry.table() != null && tables.contains(entry.table()));
    }

    private static List<Leftover> carryOut(
            DatabaseSession target, String taskId, DatabaseSession.Action fence, Predicate<Entry> which) {
        StructureLog log = new StructureLog(taskId);
        List<Entry> left = target.inTransaction("reading the structure's log", log::read).stream()
                .filter(entry ->
                        (entry.stage() == Stage.END && (entry.state() == State.PLANNED || entry.state() == State.FAILED)
                                        || PostponedKeys.isPostponed(entry))
                                && !entry.ddl().isEmpty()
                                && which.test(entry))
                .toList();
        List<Leftover> leftovers = new ArrayList<>();
        // One may have waited for another: as long as some can be made, the others are tried again.
        for (int before = left.size() + 1; !left.isEmpty() && left.size() < before; ) {
            before = left.size();
            leftovers.clear();
            left = left.stream()
                    .filter(entry -> !made(target, log, entry, fence, leftovers))
                    .toList();
        }
        return leftovers;
    }

    private static boolean made(
            DatabaseSession target,
            StructureLog log,
            Entry entry,
            DatabaseSession.Action fence,
            List<Leftover> leftovers) {
        return target.inTransaction("completing the structure", connection -> {
            fence.on(connection);
            Savepoint before = connection.setSavepoint();
            try (Statement statement = connection.createStatement()) {
                statement.execute(entry.ddl());
                connection.releaseSavepoint(before);
                log.write(connection, List.of(entry.as(State.DONE, "", null, null)));
                return true;
            } catch (SQLException e) {
                Installer.requireRefusal(e);
                connection.rollback(before);
                String reason = Installer.reason(e);
                log.write(connection, List.of(entry.as(State.FAILED, entry.ddl(), e.getSQLState(), reason)));
                leftovers.add(new Leftover(entry.kind() + " " + entry.name(), reason, entry.ddl()));
                return false;
            }
        });
    }
}
