package io.sluice.apply.ddl;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.TableLoad;
import io.sluice.apply.position.TableRenames;
import io.sluice.apply.position.TableRenames.Renaming;
import io.sluice.apply.position.TableTurn;
import io.sluice.apply.position.TableTurns;
import io.sluice.apply.structure.RenamedStructure;
import io.sluice.apply.write.TableLock;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.Identifier;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Gives tables of the target the names that the source's have got, and notes it, within the caller's transaction. A name on
 * the target that was chosen stays. Stateless.
 */
public final class TableRenaming {

    private final TaskOrder order;
    private final TableRenames notes;
    private final RenamedStructure structure;
    private final TableTurns turns;
    private final Bookkeeping bookkeeping;

    /** @param order with the names of before */
    public TableRenaming(TaskOrder order) {
        this.order = order;
        this.notes = new TableRenames(order.taskId());
        this.structure = new RenamedStructure(order.taskId());
        this.turns = new TableTurns(order.taskId());
        this.bookkeeping = new Bookkeeping(order);
    }

    /** A renaming with what it means on the target. */
    private record Step(Renaming renaming, TableName on, TableName as) {}

    /**
     * @param renamings that the order does not have, in their order
     * @param ofSchema they come from a command that has renamed a whole schema
     * @param position in the transaction of the source that they come from
     * @param topicOffset where the stream goes on behind that
     * @throws SQLException when another try can help: the connection is lost, somebody holds a lock
     * @throws SluiceException {@code SCHEMA_CHANGED} when the target does not take it
     */
    public void carryOut(
            Connection target, List<Renaming> renamings, boolean ofSchema, ChangePosition position, long topicOffset)
            throws SQLException {
        List<Step> steps = steps(renamings);
        TargetCatalog catalog = new CatalogQueries(target);
        if (ofSchema && isWhole(steps, catalog)) {
            Step first = steps.getFirst();
            execute(
                    target,
                    "ALTER SCHEMA " + Identifier.quote(first.on().schema()) + " RENAME TO "
                            + Identifier.quote(first.as().schema()),
                    first);
            structure.note(
                    target,
                    first.renaming().from().schema(),
                    first.renaming().to().schema(),
                    first.on().schema(),
                    first.as().schema());
        } else {
            for (Step step : steps) {
                rename(target, catalog, step);
            }
            if (ofSchema && isOneSchema(steps)) {
                moveTypes(target, catalog, steps);
            }
        }
        for (Step step : steps) {
            notes.note(target, step.renaming(), step.on(), step.as());
            structure.note(target, step.renaming().from(), step.renaming().to(), step.on(), step.as());
            loadAgain(target, step.renaming(), position, topicOffset);
        }
    }

    /** Under a name of before the renaming another table may have been copied. */
    private void loadAgain(Connection target, Renaming renaming, ChangePosition position, long topicOffset)
            throws SQLException {
        TableTurn turn = turns.read(target).get(renaming.to());
        if (turn == null || !turn.step().apart()) {
            return;
        }
        if (turn.step() == TableTurn.Step.EMPTY || turn.step() == TableTurn.Step.LOAD) {
            turns.beginAgain(target, turn, topicOffset);
            return;
        }
        TableLoad load = bookkeeping.tableLoads(target).get(renaming.to());
        if (load != null && load.fence() != null && load.fence().hides(position)) {
            throw new SluiceException(
                    ErrorCode.SCHEMA_CHANGED,
                    "Table " + renaming.from() + " was copied after the source had renamed it to " + renaming.to()
                            + ", so another one may have been copied in its place. Resume the task with {\"reload\":"
                            + " [\"*\"]}.");
        }
    }

    private List<Step> steps(List<Renaming> renamings) {
        List<Step> steps = new ArrayList<>();
        TaskSpec spec = order.spec();
        Set<TableName> tables = new HashSet<>(order.tables());
        for (Renaming renaming : renamings) {
            TableName on = TableMapping.of(spec, renaming.from()).target();
            TaskSpec next = spec.renamed(renaming.from(), renaming.to());
            TableName as = TableMapping.of(next, renaming.to()).target();
            tables.remove(renaming.from());
            for (TableName other : tables) {
                if (!on.equals(as) && TableMapping.of(spec, other).target().equals(on)) {
                    throw refused(
                            renaming,
                            "fills " + on + " together with " + other
                                    + ", so that is not to be renamed. Give it a targetTable of its own by stopping the task and"
                                    + " starting a new one, or its old name");
                }
            }
            tables.add(renaming.to());
            steps.add(new Step(renaming, on, as));
            spec = next;
        }
        return steps;
    }

    private static boolean isOneSchema(List<Step> steps) {
        TableName on = steps.getFirst().on();
        TableName as = steps.getFirst().as();
        return !on.schema().equals(as.schema())
                && steps.stream()
                        .allMatch(step -> step.on().schema().equals(on.schema())
                                && step.as().schema().equals(as.schema())
                                && step.on().table().equals(step.as().table()));
    }

    /** Everything in the target's schema goes with the tables: nobody else has one there. */
    private static boolean isWhole(List<Step> steps, TargetCatalog catalog) {
        Set<String> named = steps.stream().map(step -> step.on().table()).collect(Collectors.toSet());
        Step first = steps.getFirst();
        return isOneSchema(steps)
                && !catalog.hasSchema(first.as().schema())
                && named.containsAll(catalog.tables(first.on().schema()));
    }

    private static void rename(Connection target, TargetCatalog catalog, Step step) throws SQLException {
        TableName on = step.on();
        TableName as = step.as();
        if (!catalog.hasRelation(on)) {
            // Dropped under its new name, by the same transaction of the source.
            return;
        }
        if (!on.schema().equals(as.schema())) {
            if (!catalog.hasSchema(as.schema())) {
                execute(target, "CREATE SCHEMA " + Identifier.quote(as.schema()), step);
            }
            execute(
                    target,
                    "ALTER TABLE " + Identifier.quote(on) + " SET SCHEMA " + Identifier.quote(as.schema()),
                    step);
        }
        if (!on.table().equals(as.table())) {
            execute(
                    target,
                    "ALTER TABLE " + Identifier.quote(new TableName(as.schema(), on.table())) + " RENAME TO "
                            + Identifier.quote(as.table()),
                    step);
        }
    }

    /** Those of the old schema that nobody else has columns of. */
    private static void moveTypes(Connection target, TargetCatalog catalog, List<Step> steps) throws SQLException {
        Set<TableName> moved = steps.stream().map(Step::as).collect(Collectors.toSet());
        Step first = steps.getFirst();
        for (TableName type : catalog.types(first.on().schema())) {
            List<TableName> users = catalog.tablesWith(type);
            if (!users.isEmpty() && moved.containsAll(users)) {
                execute(
                        target,
                        "ALTER TYPE " + Identifier.quote(type) + " SET SCHEMA "
                                + Identifier.quote(first.as().schema()),
                        first);
            }
        }
    }

    private static void execute(Connection target, String sql, Step step) throws SQLException {
        try (Statement statement = target.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            if (PassingErrors.passes(e)) {
                throw TableLock.named(e, step.on(), true);
            }
            throw refused(
                    step.renaming(),
                    "the target does not take " + sql + ": " + e.getMessage() + ". Remove the cause there");
        }
    }

    private static SluiceException refused(Renaming renaming, String why) {
        return new SluiceException(
                ErrorCode.SCHEMA_CHANGED,
                "Table " + renaming.from() + " was renamed to " + renaming.to() + " at the source, and " + why
                        + ", then resume the task.");
    }
}
