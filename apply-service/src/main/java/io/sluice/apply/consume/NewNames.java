package io.sluice.apply.consume;

import io.sluice.apply.position.TableRenames.Renaming;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.TooLarge;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.change.SourceTable;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Names that the source gives to tables of the task while a run goes on, which knows them by those that they had when it
 * began. Until the target's tables have them, too, at the end of that source transaction, what comes under the new names is
 * given the old ones. Not thread-safe.
 */
final class NewNames {

    private final Predicate<TableName> chosen;

    /** By the newest name, the one that the run has. */
    private final Map<TableName, TableName> known = new HashMap<>();

    private final List<Renaming> renamings = new ArrayList<>();

    private boolean ofSchema;

    private ChangePosition position = ChangePosition.START;

    /** @param chosen whether a table is the task's, and its commands are carried over */
    NewNames(Predicate<TableName> chosen) {
        this.chosen = chosen;
    }

    /** Something waits to be renamed on the target. */
    boolean any() {
        return !renamings.isEmpty();
    }

    /** Tables that wait for it, by the names that the run has. */
    Collection<TableName> tables() {
        return known.values();
    }

    /** In their order. */
    List<Renaming> renamings() {
        return List.copyOf(renamings);
    }

    /** They come from a command that has renamed a whole schema. */
    boolean ofSchema() {
        return ofSchema;
    }

    /** A place in the transaction of the source that they come from. */
    ChangePosition position() {
        return position;
    }

    /** The record with the names that the run has. */
    ChangeRecord known(ChangeRecord change, long offset) {
        return switch (change) {
            case RowChange row when !known.isEmpty() -> row.of(known(row.table()));
            case TooLarge large when !known.isEmpty() -> large.of(known(large.table()));
            case Truncate truncate
            when !known.isEmpty() ->
                new Truncate(known(truncate.table()), truncate.position(), truncate.commitMillis());
            case Ddl ddl -> known(ddl, offset);
            default -> change;
        };
    }

    private TableName known(TableName table) {
        if (isFree(table)) {
            throw new SluiceException(
                    ErrorCode.SCHEMA_CHANGED,
                    "A change of " + table
                            + " has come, which was renamed before in the same transaction of the source."
                            + " Load the tables anew by a resume with {\"reload\": [\"*\"]}.");
        }
        return run(table);
    }

    /** The table that had the name has another one by now. */
    private boolean isFree(TableName table) {
        return known.containsValue(table) && !known.containsKey(table);
    }

    private Ddl known(Ddl ddl, long offset) {
        boolean renames = ddl.objects().stream().anyMatch(this::isRenaming);
        boolean schema = renames && ddl.tag().equals("ALTER SCHEMA");
        if (known.isEmpty() && !renames) {
            return ddl;
        }
        List<SourceObject> objects = new ArrayList<>();
        for (SourceObject object : ddl.objects()) {
            SourceTable before = object.before();
            if (before != null && !isFree(before.tableName())) {
                TableName run = run(before.tableName());
                if (isRenaming(object)) {
                    objects.add(schema ? object.onlyMoved(run) : object.onlyRenamed(run));
                    add(object, before.tableName(), run, offset);
                } else {
                    objects.add(object.named(run));
                }
            } else if (before == null && !isOthers(object) && !(schema && goesAlong(object))) {
                objects.add(object.reading(this::run));
            }
        }
        ofSchema |= schema;
        position = ddl.position();
        return ddl.with(objects);
    }

    /** With the tables of its schema, when these are renamed. */
    private static boolean goesAlong(SourceObject object) {
        return !object.type().equals("table");
    }

    /** A table that has come under a name of the task's. */
    private boolean isOthers(SourceObject object) {
        return object.type().equals("table") && isFree(object.subject());
    }

    private TableName run(TableName table) {
        return known.getOrDefault(table, table);
    }

    private boolean isRenaming(SourceObject object) {
        SourceTable before = object.before();
        return object.rename() != null && before != null && chosen.test(run(before.tableName()));
    }

    private void add(SourceObject object, TableName before, TableName run, long offset) {
        SourceTable after = object.after();
        Long number = object.rename();
        if (after != null && number != null) {
            known.remove(before);
            known.put(after.tableName(), run);
            renamings.add(new Renaming(number, offset, before, after.tableName()));
        }
    }
}
