package io.sluice.apply.ddl;

import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.change.SourceObject.Partition;
import io.sluice.contracts.change.SourceObject.PartitionChange;
import io.sluice.contracts.change.SourceTable;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of the partitions of a table of the task. They are the target's, too, where it is partitioned by the same key:
 * then a bound means the same rows. One that is made there holds nothing; rows that a partition was attached with are in
 * nobody's stream, and {@code PartitionWatch} names them. Plain object, one use.
 */
final class PartitionPlanner {

    private final TableMapping mapping;
    private final UnaryOperator<TableName> names;
    private final boolean shared;
    private final Supplier<Rows> rows;
    private final TargetCatalog target;
    private final List<PartitionChange> changes;
    private final @Nullable SourceTable table;

    /** Tables of the target that are going to be made, with the keys by which they are partitioned. */
    private final Map<TableName, String> planned = new HashMap<>();

    /** Whether rows of a partition that is gone may be deleted from a table that keeps them with others. */
    enum Rows {
        GO,
        /** The task does not delete rows. */
        STAY,
        /** Nobody can tell what would go with them, or come back. */
        UNCERTAIN
    }

    /**
     * @param names what tables of the source are called on the target
     * @param shared other tables of the task fill the same one of the target
     */
    PartitionPlanner(
            TableMapping mapping,
            UnaryOperator<TableName> names,
            boolean shared,
            Supplier<Rows> rows,
            TargetCatalog target,
            SourceObject object) {
        this.rows = rows;
        this.mapping = mapping;
        this.names = names;
        this.shared = shared;
        this.target = target;
        this.changes = object.partitions();
        this.table = object.after() == null ? object.before() : object.after();
    }

    /**
     * The statements for those that are gone, and their rows with them, which may lie in a table that is partitioned otherwise or
     * not at all.
     *
     * @throws SluiceException {@code SCHEMA_CHANGED} when it cannot be told which rows of the target those are
     */
    List<String> removals() {
        List<Partition> gone = changes.stream()
                .filter(change -> change.after() == null)
                .map(PartitionChange::before)
                .filter(Objects::nonNull)
                .toList();
        Set<TableName> alone = gone.stream().map(PartitionPlanner::name).collect(Collectors.toSet());
        List<String> statements = new ArrayList<>();
        for (PartitionChange change : changes) {
            Partition old = change.before();
            if (old != null && change.after() == null && !alone.contains(parent(old))) {
                remove(old, change.dropped(), statements);
            }
        }
        return statements;
    }

    private void remove(Partition old, boolean dropped, List<String> statements) {
        TableName name = names.apply(name(old));
        TableName whole = whole(old);
        boolean certain = !shared && isSame(old.parentKey(), target.partitionKey(whole));
        if (certain && isThere(name, whole, old.bound())) {
            statements.add(
                    dropped
                            ? "DROP TABLE " + Identifier.quote(name)
                            : "ALTER TABLE " + Identifier.quote(whole) + " DETACH PARTITION " + Identifier.quote(name));
        } else if ((!certain || !target.hasRoom(whole, old.bound())) && rows.get() != Rows.STAY) {
            statements.add("DELETE FROM " + Identifier.quote(mapping.target()) + " WHERE " + condition(old, dropped));
        }
    }

    private String condition(Partition old, boolean dropped) {
        boolean whole = table != null && parent(old).equals(new TableName(table.schema(), table.name()));
        String condition = shared || !whole || table == null || rows.get() != Rows.GO
                ? null
                : PartitionRows.condition(old.parentKey(), old.bound(), table, mapping, target);
        if (condition == null) {
            throw TablePlanner.refused(
                    mapping,
                    "has lost its partition " + name(old) + " (" + old.bound() + ") at the source, which was "
                            + (dropped ? "dropped" : "detached") + " with its rows, and the target's table "
                            + mapping.target() + " has no such partition. Delete those rows from it by hand where they"
                            + " are to go, and skip the command");
        }
        return condition;
    }

    /** What is to be made or renamed; none of that does harm to a row that is there. */
    List<Wish> additions() {
        List<Wish> wishes = new ArrayList<>();
        for (PartitionChange change : changes) {
            Partition old = change.before();
            Partition now = change.after();
            if (now != null && old == null) {
                add(now, wishes);
            } else if (now != null && old != null) {
                rename(old, now, wishes);
            }
        }
        return wishes;
    }

    private void add(Partition partition, List<Wish> wishes) {
        TableName name = names.apply(name(partition));
        TableName whole = whole(partition);
        String key = planned.containsKey(whole) ? planned.get(whole) : target.partitionKey(whole);
        if (key == null || isThere(name, whole, partition.bound())) {
            return;
        }
        String what = "The partition " + name(partition) + " (" + partition.bound() + ") of table " + mapping.source()
                + " was made or attached at the source";
        boolean certain = !shared
                && isSame(partition.parentKey(), key)
                && (partition.key() == null || keepsNames(partition.key()));
        if (!certain || target.hasRelation(name)) {
            String why = certain
                    ? "the target has a table " + name + " already, which is none of " + whole + " with this bound"
                    : "it is not certain what it is in the target's table " + whole + ", which is partitioned by "
                            + key;
            wishes.add(Wish.told(
                    name(partition), what + "; " + why + ". Make it there by hand if its rows would have no place."));
            return;
        }
        if (partition.key() != null) {
            planned.put(name, partition.key());
        }
        wishes.add(new Wish(
                name(partition),
                List.of("CREATE TABLE " + Identifier.quote(name) + " PARTITION OF " + Identifier.quote(whole) + " "
                        + partition.bound() + (partition.key() == null ? "" : " PARTITION BY " + partition.key())),
                what + ". Make it on the target by hand, since its rows have no place there."));
    }

    private void rename(Partition old, Partition now, List<Wish> wishes) {
        TableName before = names.apply(name(old));
        TableName after = names.apply(name(now));
        if (before.equals(after)
                || target.partitionKey(whole(now)) == null
                || isThere(after, whole(now), now.bound())) {
            return;
        }
        if (isThere(before, whole(now), now.bound())) {
            boolean moves = before.schema().equals(after.schema());
            wishes.add(new Wish(
                    name(now),
                    moves
                            ? List.of("ALTER TABLE " + Identifier.quote(before) + " RENAME TO "
                                    + Identifier.quote(after.table()))
                            : List.of(),
                    "The partition " + name(old) + " is called " + name(now) + " at the source now, and still " + before
                            + " on the target. Rename it there by hand."));
        }
    }

    private boolean isThere(TableName name, TableName whole, String bound) {
        TargetCatalog.PartitionOf there = target.partitionOf(name);
        return there != null && there.whole().equals(whole) && there.bound().equals(bound);
    }

    private TableName whole(Partition partition) {
        TableName parent = parent(partition);
        return table != null && parent.equals(new TableName(table.schema(), table.name()))
                ? mapping.target()
                : names.apply(parent);
    }

    /** A bound means the same rows. */
    private boolean isSame(@Nullable String key, @Nullable String there) {
        return key != null && key.equals(there) && keepsNames(key);
    }

    private boolean keepsNames(String key) {
        return table != null
                && table.columns().stream()
                        .map(SourceTable.Column::name)
                        .filter(column -> Pattern.compile("\\b" + Pattern.quote(column) + "\\b")
                                .matcher(key)
                                .find())
                        .allMatch(column -> mapping.moves(column)
                                && mapping.targetColumn(column).equals(column));
    }

    private static TableName name(Partition partition) {
        return new TableName(partition.schema(), partition.name());
    }

    private static TableName parent(Partition partition) {
        return new TableName(partition.parent().schema(), partition.parent().name());
    }
}
