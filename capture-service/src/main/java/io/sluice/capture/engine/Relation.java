package io.sluice.capture.engine;

import io.sluice.contracts.task.TableName;
import java.util.List;

/**
 * A table as pgoutput's Relation message describes it, valid for the changes that follow it. See "Logical Replication
 * Message Formats" in PostgreSQL's manual, section 54.9.
 *
 * @param oid of the table
 * @param identity {@code pg_class.relreplident}: d default, n nothing, f full, i index
 */
record Relation(int oid, TableName name, char identity, List<Column> columns) {

    /**
     * @param inIdentity part of the replica identity; all columns are when that is FULL
     * @param type OID of the type; a domain's own
     */
    record Column(String name, boolean inIdentity, int type) {}

    boolean identityIsFull() {
        return identity == 'f';
    }
}
