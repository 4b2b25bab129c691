package io.sluice.capture.engine;

import io.sluice.contracts.change.ChangeEncoder;
import java.util.List;
import java.util.Set;

/** How the rows of one table are encoded, as long as its description holds. Not thread-safe. */
final class TableEncoder {

    private final Relation relation;
    private final RelationEncoder usual;
    private final RelationEncoder keyless;
    private final CatalogKey key;
    private boolean described;

    /**
     * @param key of the catalog; used when the replica identity is the whole row
     * @param numbers of the columns in the catalog; empty when they are not known
     */
    TableEncoder(ChangeEncoder encoder, Relation relation, CatalogKey key, List<Integer> numbers) {
        this.relation = relation;
        this.key = key;
        usual = RelationEncoder.of(encoder, relation, key.columns(), numbers);
        keyless = relation.identityIsFull() ? RelationEncoder.of(encoder, relation, Set.of(), numbers) : usual;
    }

    Relation relation() {
        return relation;
    }

    /**
     * @param xid of the transaction
     * @param needsKey the change does not bring the whole old row, as of a partition with an identity of its own
     * @param catalogXmin as of {@link CatalogKey#heldFor}
     */
    RelationEncoder forRow(long xid, boolean needsKey, long catalogXmin) {
        return needsKey || !relation.identityIsFull() || key.heldFor(xid, catalogXmin) ? usual : keyless;
    }

    RelationEncoder forTable() {
        return usual;
    }

    /** The change that has said it is not written after all. */
    void describeAgain() {
        described = false;
    }

    /** True once: the first change after a description says which columns the table has. */
    boolean describe() {
        boolean first = !described;
        described = true;
        return first;
    }
}
