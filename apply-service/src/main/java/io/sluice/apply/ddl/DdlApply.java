package io.sluice.apply.ddl;

import io.sluice.apply.change.TableFailure;
import io.sluice.apply.position.LoadNotes;
import io.sluice.apply.structure.LateIdentities;
import io.sluice.apply.write.TableLock;
import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.change.SourceTable;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.ChangeChoice.Operation;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.PostgresErrors;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Carries out on the target what a command has done at the source, within the caller's transaction. Tables of the task are
 * followed, and {@link OtherObjects} as far as it is certain what they mean on the target; the rest is named.
 */
public final class DdlApply {

    /** The stream waits for it. */
    private static final String SHORTLY = "SET LOCAL statement_timeout = '10s'";

    private static final String NO_LIMIT = "SET LOCAL statement_timeout TO DEFAULT";

    private final Map<TableName, TableMapping> mappings;
    private final OtherObjects others;
    private final UnaryOperator<TableName> names;
    private final ObjectNames objectNames;
    private final @Nullable TaskOrder order;

    /** Takes what was not done on the target, and stops nothing. */
    @FunctionalInterface
    public interface Notices {

        /** @param about a table or another object of the source */
        void add(TableName about, String words) throws SQLException;
    }

    public DdlApply(TaskOrder order) {
        this(order, TableMapping.all(order.spec(), order.tables()));
    }

    /**
     * To plan only.
     *
     * @param mappings of the tables of the task, by their name at the source
     */
    DdlApply(Map<TableName, TableMapping> mappings) {
        this(null, mappings);
    }

    private DdlApply(@Nullable TaskOrder order, Map<TableName, TableMapping> mappings) {
        this.order = order;
        this.mappings = Map.copyOf(mappings);
        this.objectNames = order == null ? ObjectNames.SAME : ObjectNames.of(order.spec(), this.mappings.values());
        this.others = new OtherObjects(this.mappings, objectNames);
        this.names = name ->
                order == null ? name : TableMapping.of(order.spec(), name).target();
    }

    /**
     * @return whether the target was changed
     * @throws SQLException when another try can help: the connection is lost, somebody holds a lock, the target is full
     * @throws TableFailure {@code SCHEMA_CHANGED} that names the command, when the target does not take it or it is not
     *     certain what it means there
     */
    public boolean apply(Ddl ddl, Connection target, Notices notices) throws SQLException {
        TargetCatalog catalog = new CatalogQueries(target);
        boolean changed = false;
        for (Wish wish : others.before(ddl, catalog)) {
            changed |= carriedOut(wish, ddl, target, notices);
        }
        List<Wish> wishes = new ArrayList<>();
        for (SourceObject object : ddl.objects()) {
            List<String> statements;
            try {
                requireTold(object, ddl.error());
                statements = plan(object, catalog);
            } catch (SluiceException e) {
                // What the target could not answer says nothing of the command.
                throw e.code() == ErrorCode.SCHEMA_CHANGED ? named(ddl, object, e.getMessage(), e) : e;
            }
            for (String sql : statements) {
                execute(target, sql, ddl, object);
                changed = true;
            }
            note(target, object);
            PartitionPlanner partitions = partitions(object, catalog);
            wishes.addAll(partitions == null ? List.of() : partitions.additions());
        }
        for (Wish wish : wishes) {
            changed |= carriedOut(wish, ddl, target, notices);
        }
        List<Wish> ofSchema = new ArrayList<>();
        for (SourceObject object : others.others(ddl)) {
            List<Wish> each = others.after(ddl, object, catalog);
            if (ddl.tag().equals("ALTER SCHEMA")) {
                // Of types that are made of each other: none has changed but for its schema.
                ofSchema.addAll(each);
                continue;
            }
            for (Wish wish : each) {
                changed |= carriedOut(wish, ddl, target, notices);
            }
        }
        for (Wish wish : ofSchema) {
            changed |= carriedOut(wish, ddl, target, notices);
        }
        return changed;
    }

    private boolean carriedOut(Wish wish, Ddl ddl, Connection target, Notices notices) throws SQLException {
        String refusal = wish.statements().isEmpty() ? "" : attempt(target, wish);
        if (refusal == null) {
            return true;
        }
        boolean other = wish.instead() != null
                && attempt(target, new Wish(wish.about(), List.of(wish.instead()), wish.words())) == null;
        notices.add(wish.about(), wish.words() + refusal + " The command at the source: " + ddl.statement());
        return other;
    }

    private void note(Connection target, SourceObject object) throws SQLException {
        TableMapping mapping = mappings.get(object.subject());
        SourceTable before = object.before();
        SourceTable after = object.after();
        if (order == null || mapping == null || before == null) {
            return;
        }
        List<String> always = after == null ? List.of() : always(after, mapping);
        if (!always.equals(always(before, mapping))) {
            LateIdentities.note(target, order, mapping, always);
        }
        new LoadNotes(order.taskId())
                .partitionsGone(
                        target,
                        mapping.source(),
                        object.partitions().stream()
                                .filter(change -> change.after() == null)
                                .map(SourceObject.PartitionChange::before)
                                .filter(Objects::nonNull)
                                .map(SourceObject.Partition::oid)
                                .toList());
    }

    private static List<String> always(SourceTable table, TableMapping mapping) {
        return table.columns().stream()
                .filter(column -> column.identity().equals("a") && mapping.moves(column.name()))
                .map(SourceTable.Column::name)
                .toList();
    }

    private void execute(Connection target, String sql, Ddl ddl, SourceObject object) throws SQLException {
        try (Statement statement = target.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            if (PassingErrors.passes(e)) {
                throw locked(e, object.subject());
            }
            throw named(
                    ddl,
                    object,
                    "The target does not take " + sql + ": " + e.getMessage()
                            + ". Remove the cause or make the change by hand, then resume the task.",
                    e);
        }
    }

    /** A lock by the table, or view, of the target that is waited for; anything else as it is. */
    private SQLException locked(SQLException error, TableName subject) {
        TableMapping mapping = mappings.get(subject);
        return TableLock.named(error, mapping == null ? subject : mapping.target(), true);
    }

    /** Returns why the target did not take it, which then has left nothing behind; null when it did. */
    private @Nullable String attempt(Connection target, Wish wish) throws SQLException {
        boolean brief = wish.instead() != null;
        Savepoint before = target.setSavepoint();
        String sql = brief ? SHORTLY : "";
        try (Statement statement = target.createStatement()) {
            if (brief) {
                statement.execute(sql);
            }
            for (String each : wish.statements()) {
                sql = each;
                statement.execute(each);
            }
            if (brief) {
                statement.execute(NO_LIMIT);
            }
        } catch (SQLException e) {
            if (brief ? PostgresErrors.classify(e).retry() == ErrorCode.Retry.CONNECTION : PassingErrors.passes(e)) {
                throw locked(e, wish.about());
            }
            target.rollback(before);
            target.releaseSavepoint(before);
            return " The target does not take " + sql + ": " + e.getMessage() + ".";
        }
        target.releaseSavepoint(before);
        return null;
    }

    private static TableFailure named(Ddl ddl, SourceObject object, String why, Exception cause) {
        return TableFailure.ofChange(
                object.subject(),
                ddl,
                ErrorCode.SCHEMA_CHANGED,
                why + " The command at the source: " + ddl.statement(),
                cause);
    }

    /** The triggers themselves have failed on it. */
    private void requireTold(SourceObject object, @Nullable String error) {
        if (error == null || !object.type().equals("table")) {
            return;
        }
        TableName name = new TableName(String.valueOf(object.schema()), object.name());
        if (mappings.containsKey(name)) {
            throw new SluiceException(
                    ErrorCode.SCHEMA_CHANGED,
                    "Table " + name + " was changed at the source, which could not say what became of it: " + error
                            + ". Load the table anew by a resume with {\"reload\": [\"" + name
                            + "\"]}, or make what is missing on the target by hand and skip the command.");
        }
    }

    /** The statements for one object. */
    List<String> plan(SourceObject object, TargetCatalog catalog) {
        return switch (object.type()) {
            case "table" -> table(object, catalog);
            case "schema" -> others.schema(object, catalog);
            case "type" -> others.labels(object, catalog);
            default -> List.of();
        };
    }

    private List<String> table(SourceObject object, TargetCatalog catalog) {
        TableName name = new TableName(String.valueOf(object.schema()), object.name());
        if (object.before() == null) {
            if (!object.dropped() && mappings.containsKey(name)) {
                throw new SluiceException(
                        ErrorCode.SCHEMA_CHANGED,
                        "Table " + name + " was made anew at the source. Stop the task and load it with a new one.");
            }
            return List.of();
        }
        TableMapping mapping = mappings.get(object.before().tableName());
        if (mapping == null) {
            return List.of();
        }
        List<String> statements;
        if (object.dropped() || object.after() == null) {
            statements = catalog.hasRelation(mapping.target())
                    ? List.of("DROP TABLE " + Identifier.quote(mapping.target()))
                    : List.of();
        } else {
            statements = new TablePlanner(mapping, catalog, object.rewrites())
                    .plan(onTarget(object.before()), onTarget(object.after()));
        }
        PartitionPlanner partitions = partitions(object, catalog);
        if (partitions != null) {
            statements = new ArrayList<>(statements);
            statements.addAll(partitions.removals());
        }
        if (!statements.isEmpty() && isShared(mapping)) {
            throw new SluiceException(
                    ErrorCode.SCHEMA_CHANGED,
                    "Table " + mapping.source() + " fills " + mapping.target() + " together with others, whose rows "
                            + String.join("; ", statements) + " would change, too. "
                            + (object.after() == null || object.dropped()
                                    ? "Remove the table from the task, and its rows from the target by hand."
                                    : "Make the change for all of them, and on the target by hand, then resume the"
                                            + " task."));
        }
        return statements;
    }

    /** With the names that types have on the target. */
    private SourceTable onTarget(SourceTable table) {
        return table.withTypes(objectNames::text);
    }

    /** Null when nothing has become of any. */
    private @Nullable PartitionPlanner partitions(SourceObject object, TargetCatalog catalog) {
        TableMapping mapping = mappings.get(object.subject());
        return mapping == null || object.partitions().isEmpty()
                ? null
                : new PartitionPlanner(
                        mapping, names, isShared(mapping), () -> rows(mapping, catalog), catalog, object);
    }

    private PartitionPlanner.Rows rows(TableMapping mapping, TargetCatalog catalog) {
        if (order == null) {
            return PartitionPlanner.Rows.GO;
        }
        if (!order.spec().changes().operations().contains(Operation.DELETE)) {
            return PartitionPlanner.Rows.STAY;
        }
        return catalog.isReferredTo(mapping.target()) || catalog.hasRefusedRows(order.taskId(), mapping.source())
                ? PartitionPlanner.Rows.UNCERTAIN
                : PartitionPlanner.Rows.GO;
    }

    private boolean isShared(TableMapping mapping) {
        return mappings.values().stream()
                        .filter(other -> other.target().equals(mapping.target()))
                        .count()
                > 1;
    }
}
