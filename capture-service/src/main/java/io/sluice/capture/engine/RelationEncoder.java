package io.sluice.capture.engine;

import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.ChangeEncoder.JsonType;
import io.sluice.contracts.change.TupleData;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** One table as it is encoded, as long as its description holds. */
final class RelationEncoder {

    private final Relation relation;
    private final ChangeEncoder.Table table;
    private final boolean[] keys;
    private final boolean keyed;

    private RelationEncoder(Relation relation, ChangeEncoder.Table table, boolean[] keys) {
        this.relation = relation;
        this.table = table;
        this.keys = keys;
        boolean any = false;
        for (boolean key : keys) {
            any |= key;
        }
        this.keyed = any;
    }

    /**
     * @param primaryKey used when the replica identity is the whole row
     * @param numbers of the columns; empty when they are not known
     */
    static RelationEncoder of(ChangeEncoder encoder, Relation relation, Set<String> primaryKey, List<Integer> numbers) {
        List<ChangeEncoder.Column> columns = new ArrayList<>();
        boolean[] keys = new boolean[relation.columns().size()];
        for (int i = 0; i < keys.length; i++) {
            Relation.Column column = relation.columns().get(i);
            keys[i] = relation.identityIsFull() ? primaryKey.contains(column.name()) : column.inIdentity();
            columns.add(new ChangeEncoder.Column(
                    column.name(),
                    JsonType.of(column.type()),
                    keys[i],
                    Integer.toUnsignedLong(column.type()),
                    numbers.isEmpty() ? 0 : numbers.get(i)));
        }
        return new RelationEncoder(relation, encoder.table(relation.name(), columns), keys);
    }

    Relation relation() {
        return relation;
    }

    ChangeEncoder.Table table() {
        return table;
    }

    /** Whether a row of this table can be named. */
    boolean keyed() {
        return keyed;
    }

    /** The row has a value in every key column. */
    boolean named(TupleData row) {
        for (int i = 0; i < keys.length; i++) {
            if (keys[i] && row.isNull(i)) {
                return false;
            }
        }
        return keyed;
    }

    /**
     * Gives an update the unchanged TOAST values that its old image holds; a key column so large is sent with the old key
     * even when it did not change.
     */
    void fillUnchanged(TupleData after, TupleData before, boolean keyOnly) {
        for (int i = 0; i < keys.length; i++) {
            if (after.isUnchanged(i) && (keys[i] || !keyOnly)) {
                after.set(i, before);
            }
        }
    }
}
