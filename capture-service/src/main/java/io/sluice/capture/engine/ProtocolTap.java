package io.sluice.capture.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks at each pgoutput message before the decoder does, and keeps what the decoder does not hand on: a transaction's
 * commit LSN (its {@code TransactionMessage} has none), the replica identity and key columns of a relation as they were at
 * that point of the stream (the decoder asks the catalog, which may be ahead of the stream). Changes of rows, which are nearly
 * all of the messages, do not go to the decoder at all, but to {@link RowChanges}. Moves no buffer position. Not thread-safe.
 *
 * <p>Format: PostgreSQL's manual, section 54.9, protocol version 1.
 */
final class ProtocolTap {

    /** Who takes the changes of rows. */
    interface RowChanges {

        /** @param row valid until this returns */
        void change(RowMessage row, Relation table) throws SQLException;

        /** A change that no record can hold. */
        void tooLarge(Relation table, int bytes) throws SQLException;

        /** Whether the next message may be read at once; if not, the reader looks after other things first. */
        boolean mayGoOn();
    }

    /** A message that cannot become a record within Kafka's limit is not written out several times over. */
    private final int largestMessage;

    private final Map<Integer, TableName> followed;
    private final Map<Integer, Set<TableName>> names = new HashMap<>();
    private final Map<Integer, Relation> relations = new HashMap<>();
    private final RowMessage row = new RowMessage();
    private @Nullable RowChanges rowChanges;
    private Lsn commitLsn = Lsn.ZERO;
    private Lsn endLsn = Lsn.ZERO;
    private boolean inTransaction;
    private Lsn sent = Lsn.ZERO;
    private Lsn messageLsn = Lsn.ZERO;
    private boolean messageInTransaction;
    private @Nullable Relation relation;
    private Queue<Relation> truncated = new ArrayDeque<>();

    /**
     * @param followed by OID, tables that keep these names whatever the stream calls them
     * @param names by OID, tables that have the stream's names instead, as far as these were told of
     */
    ProtocolTap(int largestMessage, Map<Integer, TableName> followed, Map<Integer, Set<TableName>> names) {
        this.largestMessage = largestMessage;
        this.followed = Map.copyOf(followed);
        names.forEach((oid, some) -> this.names.put(oid, new HashSet<>(some)));
    }

    /**
     * The stream tells of a table that has another name from here on. Of another name of its schema alone some servers do not
     * describe it anew.
     */
    void renamed(TableName from, TableName to) {
        for (Map.Entry<Integer, Set<TableName>> table : names.entrySet()) {
            int oid = table.getKey();
            if (!table.getValue().contains(from) || !followed.containsKey(oid)) {
                continue;
            }
            table.getValue().add(to);
            Relation described = relations.get(oid);
            if (described != null && described.name().equals(to) && !from.equals(to)) {
                throw untold(from, to);
            }
            if (described != null && described.name().equals(from)) {
                relations.put(oid, new Relation(oid, to, described.identity(), described.columns()));
                relation = null;
            }
        }
    }

    void handRowsTo(RowChanges taker) {
        rowChanges = taker;
    }

    /**
     * Deals with a change of a row.
     *
     * @return false when the message is something else, or nobody takes changes yet
     */
    boolean takeRow(ByteBuffer message) throws SQLException {
        int at = message.position();
        if (rowChanges == null || !RowMessage.is(message.get(at))) {
            return false;
        }
        int oid = message.getInt(at + 1);
        if (relation == null || relation.oid() != oid) {
            relation = relations.get(oid);
        }
        Relation table = relation();
        if (message.remaining() > largestMessage) {
            rowChanges.tooLarge(table, message.remaining());
        } else {
            row.read(message, table);
            rowChanges.change(row, table);
        }
        return true;
    }

    boolean mayGoOn() {
        return rowChanges != null && rowChanges.mayGoOn();
    }

    void see(ByteBuffer message) {
        int at = message.position();
        switch (message.get(at)) {
            case 'B' -> {
                commitLsn = new Lsn(message.getLong(at + 1));
                inTransaction = true;
            }
            case 'C' -> {
                endLsn = new Lsn(message.getLong(at + 10));
                inTransaction = false;
            }
            case 'R' -> describe(message.duplicate().position(at + 1));
            case 'M' -> {
                messageInTransaction = (message.get(at + 1) & 1) != 0;
                messageLsn = new Lsn(message.getLong(at + 2));
            }
            case 'T' -> truncate(message.duplicate().position(at + 1));
            default -> {
                // Type and origin say nothing that is missed.
            }
        }
    }

    /**
     * Nothing more is there to read, and no transaction is being sent.
     *
     * @param lsn the server has sent everything that was committed before it
     */
    void sentUntil(Lsn lsn) {
        if (!inTransaction) {
            sent = lsn;
        }
    }

    /** Everything that was committed before this position has been read. */
    Lsn sent() {
        return sent;
    }

    /** A transaction is being sent. */
    boolean inTransaction() {
        return inTransaction;
    }

    /** Of the transaction that is being sent. */
    Lsn commitLsn() {
        return commitLsn;
    }

    /** Of the transaction that just ended. */
    Lsn endLsn() {
        return endLsn;
    }

    /** The newest message is part of the transaction that is being sent. */
    boolean messageInTransaction() {
        return messageInTransaction;
    }

    Lsn messageLsn() {
        return messageLsn;
    }

    /** The table of the newest change of a row, or the one that was described last. */
    Relation relation() {
        if (relation == null) {
            throw new SluiceException(ErrorCode.INTERNAL, "the stream sent a change before it described its table");
        }
        return relation;
    }

    /** The tables that the newest truncate emptied, in the order in which the decoder reports them; to be taken. */
    Queue<Relation> truncated() {
        return truncated;
    }

    private void truncate(ByteBuffer message) {
        int count = message.getInt();
        message.get();
        Queue<Relation> tables = new ArrayDeque<>(count);
        for (int i = 0; i < count; i++) {
            Relation table = relations.get(message.getInt());
            if (table != null) {
                tables.add(table);
            }
        }
        truncated = tables;
    }

    private void describe(ByteBuffer message) {
        int oid = message.getInt();
        String schema = text(message);
        TableName name = new TableName(schema.isEmpty() ? "pg_catalog" : schema, text(message));
        char identity = (char) message.get();
        int count = message.getShort();
        List<Relation.Column> columns = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            boolean inIdentity = (message.get() & 1) != 0;
            String column = text(message);
            columns.add(new Relation.Column(column, inIdentity, message.getInt()));
            message.getInt();
        }
        relation = new Relation(oid, name(oid, name), identity, List.copyOf(columns));
        relations.put(oid, relation);
    }

    private TableName name(int oid, TableName name) {
        Set<TableName> told = names.get(oid);
        TableName known = followed.getOrDefault(oid, name);
        if (told == null || !followed.containsKey(oid)) {
            return known;
        }
        if (!told.contains(name)) {
            throw untold(known, name);
        }
        return name;
    }

    /** Nobody would know whose changes these are. */
    private static SluiceException untold(TableName known, TableName name) {
        return new SluiceException(
                ErrorCode.SCHEMA_CHANGED,
                "Table " + known + " is " + name
                        + " at the source, and the event triggers of the task have not told of it before its changes came:"
                        + " they were disabled, or have failed. Enable them, then resume the task with"
                        + " {\"reload\": [\"*\"]}, which loads its tables anew.");
    }

    private static String text(ByteBuffer message) {
        int start = message.position();
        int end = start;
        while (message.get(end) != 0) {
            end++;
        }
        byte[] bytes = new byte[end - start];
        message.get(bytes);
        message.get();
        return new String(bytes, UTF_8);
    }
}
