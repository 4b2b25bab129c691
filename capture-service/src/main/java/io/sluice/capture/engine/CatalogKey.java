package io.sluice.capture.engine;

import java.util.Set;

/**
 * The primary key of a table as the catalog has it now. The stream is behind: when the key was made meanwhile, it does not
 * identify the rows of older changes, and who took it for their key would lose some. Transaction ids are 32 bits, unsigned,
 * and compared around their edge.
 *
 * @param columns empty when there is none
 * @param changedBy the newest transaction that made or changed the key or one of its columns
 * @param nextXid every transaction from this one on began after that one had ended
 */
record CatalogKey(Set<String> columns, long changedBy, long nextXid) {

    static final CatalogKey NONE = new CatalogKey(Set.of(), 0, 0);

    /** Ids below are not those of transactions: "Transactions and Identifiers" in PostgreSQL's manual, section 67.1. */
    private static final long FIRST_NORMAL = 3;

    /**
     * Whether the key was there, the same, when a transaction wrote to the table. The statements that make a key wait for
     * everyone who writes to the table and keep them out, so it is enough that its maker had ended before.
     *
     * @param catalogXmin of the slot when it was read from: whoever is older had ended before anything that is to come
     */
    boolean heldFor(long xid, long catalogXmin) {
        return !columns.isEmpty()
                && (changedBy < FIRST_NORMAL || precedes(changedBy, catalogXmin) || !precedes(xid, nextXid));
    }

    private static boolean precedes(long xid, long other) {
        return (int) (xid - other) < 0;
    }
}
