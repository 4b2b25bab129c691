package io.sluice.capture.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.debezium.connector.postgresql.connection.LogicalDecodingMessage;
import io.debezium.connector.postgresql.connection.ReplicationMessage;
import io.debezium.connector.postgresql.connection.ReplicationStream.ReplicationMessageProcessor;
import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.DdlContent;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.change.SourceTable;
import io.sluice.contracts.change.TupleData;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Numbers the changes of each transaction and encodes them into the chunk that is open. The numbers depend on what the
 * server sends only, so a transaction that is sent again is numbered as before. A transaction without changes leaves no
 * record. Not thread-safe.
 */
final class TransactionEncoder implements ReplicationMessageProcessor {

    private static final Logger LOG = Logger.getLogger(TransactionEncoder.class);

    /** The prefix of the logical message that is a heartbeat; see {@link io.sluice.capture.slot.SourceWatch#look}. */
    static final String HEARTBEAT = "sluice.heartbeat";

    private final Pattern heartbeatContent;
    private final ProtocolTap tap;
    private final StreamCatalog catalog;
    private final ChangeEncoder encoder;
    private final long catalogXmin;
    private final DdlMessages ddl;
    private final Map<Integer, TableEncoder> tables = new HashMap<>();
    private @Nullable TableEncoder last;
    private Chunk chunk = new Chunk();
    private long capturedMillis;
    private Lsn commitLsn = Lsn.ZERO;
    private long xid;
    private long commitMillis;
    private long order;

    TransactionEncoder(StreamSpec spec, String database, ProtocolTap tap, StreamCatalog catalog) {
        this.heartbeatContent = Pattern.compile(Pattern.quote(spec.taskId()) + " (\\d{1,18}) (-?\\d{1,18})");
        this.catalogXmin = spec.catalogXmin();
        this.ddl = new DdlMessages(spec.taskId(), spec.ddlSecret());
        this.tap = tap;
        this.catalog = catalog;
        this.encoder = new ChangeEncoder(database);
    }

    /** What is processed from here on goes into this chunk. */
    void into(Chunk open, long nowMillis) {
        chunk = open;
        capturedMillis = nowMillis;
    }

    @Override
    public void process(ReplicationMessage message) throws SQLException {
        switch (message.getOperation()) {
            case BEGIN -> begin(message);
            case COMMIT -> commit();
            case TRUNCATE -> truncate();
            case MESSAGE -> message((LogicalDecodingMessage) message);
            case INSERT, UPDATE, DELETE ->
                throw new SluiceException(
                        ErrorCode.INTERNAL, "a change of " + tap.relation().name() + " came by way of the decoder");
            case ORIGIN, NOOP -> {
                // Where a transaction came from does not matter here.
            }
        }
    }

    private void begin(ReplicationMessage message) {
        commitLsn = tap.commitLsn();
        xid = message.getTransactionId().orElseThrow();
        commitMillis = message.getCommitTime().toEpochMilli();
        order = 0;
    }

    private void commit() {
        if (order == 0) {
            return;
        }
        ChangePosition position = next();
        chunk.endKey();
        encoder.transactionEnd(chunk.sink(), position, tap.endLsn(), commitMillis);
        chunk.endRecord(position, tap.endLsn(), commitMillis);
    }

    void change(RowMessage row, Relation relation) throws SQLException {
        TableEncoder known = table(relation);
        boolean keyOnly = row.oldImageIsKey();
        boolean unnamed = row.operation() != Operation.INSERT && !row.oldImageIsWhole();
        RelationEncoder table = known.forRow(xid, unnamed, catalogXmin);
        TupleData before = row.before();
        TupleData after = row.after();
        if (unnamed && !table.named(row.naming())) {
            throw otherIdentity(relation);
        }
        if (before != null && after != null) {
            table.fillUnchanged(after, before, keyOnly);
        }
        ChangePosition position = next();
        if (table.keyed()) {
            encoder.key(chunk.sink(), table.table(), row.newest());
        } else {
            encoder.key(chunk.sink(), table.table());
        }
        chunk.endKey();
        encoder.row(
                chunk.sink(),
                row.operation(),
                table.table(),
                position,
                commitMillis,
                capturedMillis,
                before,
                keyOnly,
                after,
                known.describe());
        int bytes = chunk.openBytes();
        if (bytes > ChangeStream.LARGEST_RECORD) {
            chunk.dropOpen();
            known.describeAgain();
            tooLarge(known, position, bytes);
        } else {
            chunk.endRecord(position, null, commitMillis);
        }
    }

    /** @param bytes of a change that no record can hold: what follows in the topic is not the whole table any more */
    void tooLarge(Relation relation, int bytes) throws SQLException {
        tooLarge(table(relation), next(), bytes);
    }

    private void tooLarge(TableEncoder known, ChangePosition position, int bytes) {
        LOG.warnf(
                "A change is too large for a record: table=%s bytes=%d",
                known.relation().name(), bytes);
        ChangeEncoder.Table table = known.forTable().table();
        encoder.key(chunk.sink(), table);
        chunk.endKey();
        encoder.tooLarge(chunk.sink(), table, position, commitMillis, capturedMillis, bytes);
        chunk.endRecord(position, null, commitMillis);
    }

    /** The description is that of the root, the old image what the identity of the partition puts into the log. */
    private static SluiceException otherIdentity(Relation relation) {
        return new SluiceException(
                ErrorCode.TABLE_UNSUPPORTED,
                "A partition of " + relation.name() + " has another replica identity than the table itself, so that its"
                        + " changed rows cannot be told apart. Give all of them the same one with ALTER TABLE … REPLICA"
                        + " IDENTITY. The source sends the old change again, so then resume the task with"
                        + " {\"reload\": [\"*\"]}.");
    }

    private void truncate() throws SQLException {
        // The decoder calls once per table, after the tap has seen the message: each call stands for the next table.
        RelationEncoder table = table(nextTruncated()).forTable();
        ChangePosition position = next();
        encoder.key(chunk.sink(), table.table());
        chunk.endKey();
        encoder.truncate(chunk.sink(), table.table(), position, commitMillis, capturedMillis);
        chunk.endRecord(position, null, commitMillis);
    }

    private Relation nextTruncated() {
        Relation table = tap.truncated().poll();
        if (table == null) {
            throw new SluiceException(ErrorCode.INTERNAL, "the stream truncated a table that it never described");
        }
        return table;
    }

    private void message(LogicalDecodingMessage message) {
        if (message.getPrefix().equals(DdlContent.PREFIX) && tap.messageInTransaction()) {
            ddl(message);
        }
        // Anybody may write one within a transaction, where it would end the numbers of that transaction.
        if (!message.getPrefix().equals(HEARTBEAT) || tap.messageInTransaction()) {
            return;
        }
        Matcher content = heartbeatContent.matcher(new String(message.getContent(), UTF_8));
        if (!content.matches()) {
            return;
        }
        heartbeat(tap.messageLsn(), Long.parseLong(content.group(1)), Long.parseLong(content.group(2)));
    }

    /** @param lsn after everything that was committed before, and before everything that comes */
    void heartbeat(Lsn lsn, long sourceMillis, long aheadMillis) {
        chunk.endKey();
        encoder.heartbeat(chunk.sink(), lsn, sourceMillis, aheadMillis, capturedMillis);
        chunk.endRecord(new ChangePosition(lsn, 0, 0), lsn, sourceMillis);
    }

    /** Anybody may write such a message: what does not know the secret is passed over. */
    private void ddl(LogicalDecodingMessage message) {
        DdlContent content = ddl.read(message.getContent());
        if (content == null) {
            return;
        }
        for (SourceObject object : content.objects()) {
            SourceTable before = object.before();
            SourceTable after = object.after();
            if (before != null && after != null) {
                tap.renamed(before.tableName(), after.tableName());
            }
        }
        ChangePosition position = next();
        chunk.endKey();
        encoder.ddl(chunk.sink(), position, content.write(), commitMillis, capturedMillis);
        chunk.endRecord(position, null, commitMillis);
    }

    private ChangePosition next() {
        return new ChangePosition(commitLsn, xid, ++order);
    }

    @SuppressWarnings("ReferenceEquality") // a new description is a new object, even when it says the same
    private TableEncoder table(Relation relation) throws SQLException {
        if (last != null && last.relation() == relation) {
            return last;
        }
        TableEncoder table = tables.get(relation.oid());
        if (table == null || table.relation() != relation) {
            CatalogKey key = relation.identityIsFull() ? catalog.primaryKey(relation) : CatalogKey.NONE;
            table = new TableEncoder(encoder, relation, key, catalog.columnNumbers(relation));
            tables.put(relation.oid(), table);
        }
        last = table;
        return table;
    }
}
