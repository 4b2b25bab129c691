package io.sluice.capture.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.debezium.connector.postgresql.connection.LogicalDecodingMessage;
import io.debezium.connector.postgresql.connection.ReplicationMessage;
import io.debezium.connector.postgresql.connection.ReplicationStream.ReplicationMessageProcessor;
import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Numbers the changes of each transaction and encodes them into the chunk that is open. The numbers depend on what the
 * server sends only, so a transaction that is sent again is numbered as before. A transaction without changes leaves no
 * record. Not thread-safe.
 */
final class TransactionEncoder implements ReplicationMessageProcessor {

    /** The prefix of the logical message that is a heartbeat; its content is {@code <task id> <epoch milliseconds>}. */
    static final String HEARTBEAT = "sluice.heartbeat";

    private final Pattern heartbeat;
    private final ProtocolTap tap;
    private final StreamCatalog catalog;
    private final ChangeEncoder encoder;
    private final Map<Integer, RelationEncoder> tables = new HashMap<>();
    private @Nullable RelationEncoder last;
    private Chunk chunk = new Chunk();
    private long capturedMillis;
    private Lsn commitLsn = Lsn.ZERO;
    private long xid;
    private long commitMillis;
    private long order;

    TransactionEncoder(String taskId, String database, ProtocolTap tap, StreamCatalog catalog) {
        this.heartbeat = Pattern.compile(Pattern.quote(taskId) + " (\\d{1,18})");
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
        if (message.isSkippedMessage()) {
            throw new SluiceException(
                    ErrorCode.INTERNAL,
                    "the decoder left out a change of " + tap.relation().name());
        }
        switch (message.getOperation()) {
            case BEGIN -> begin(message);
            case COMMIT -> commit();
            case INSERT -> change(Operation.INSERT, message);
            case UPDATE -> change(Operation.UPDATE, message);
            case DELETE -> change(Operation.DELETE, message);
            case TRUNCATE -> truncate();
            case MESSAGE -> message((LogicalDecodingMessage) message);
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

    private void change(Operation operation, ReplicationMessage message) throws SQLException {
        RelationEncoder table = table(tap.relation());
        @Nullable String @Nullable [] before = table.row(message.getOldTupleList());
        @Nullable String @Nullable [] after = table.row(message.getNewTupleList());
        boolean keyOnly = tap.oldImageIsKey();
        if (before != null && after != null) {
            table.fillUnchanged(after, before, keyOnly);
        }
        ChangePosition position = next();
        encoder.key(chunk.sink(), table.table(), table.keyed() ? (after == null ? before : after) : null);
        chunk.endKey();
        encoder.row(
                chunk.sink(), operation, table.table(), position, commitMillis, capturedMillis, before, keyOnly, after);
        end(table, position);
    }

    private void truncate() throws SQLException {
        // The decoder calls once per table, after the tap has seen the message: each call stands for the next table.
        RelationEncoder table = table(nextTruncated());
        ChangePosition position = next();
        encoder.key(chunk.sink(), table.table(), null);
        chunk.endKey();
        encoder.truncate(chunk.sink(), table.table(), position, commitMillis, capturedMillis);
        end(table, position);
    }

    private Relation nextTruncated() {
        Relation table = tap.truncated().poll();
        if (table == null) {
            throw new SluiceException(ErrorCode.INTERNAL, "the stream truncated a table that it never described");
        }
        return table;
    }

    private void end(RelationEncoder table, ChangePosition position) {
        if (chunk.openBytes() > ChangeStream.LARGEST_RECORD) {
            throw ProtocolTap.tooLarge(table.relation().name());
        }
        chunk.endRecord(position, null, commitMillis);
    }

    private void message(LogicalDecodingMessage message) {
        if (!message.getPrefix().equals(HEARTBEAT)) {
            return;
        }
        Matcher content = heartbeat.matcher(new String(message.getContent(), UTF_8));
        if (!content.matches()) {
            return;
        }
        long sourceMillis = Long.parseLong(content.group(1));
        ChangePosition position = new ChangePosition(tap.messageLsn(), 0, 0);
        chunk.endKey();
        encoder.heartbeat(chunk.sink(), tap.messageLsn(), sourceMillis, capturedMillis);
        chunk.endRecord(position, tap.messageLsn(), sourceMillis);
    }

    private ChangePosition next() {
        return new ChangePosition(commitLsn, xid, ++order);
    }

    @SuppressWarnings("ReferenceEquality") // a new description is a new object, even when it says the same
    private RelationEncoder table(Relation relation) throws SQLException {
        if (last != null && last.relation() == relation) {
            return last;
        }
        RelationEncoder table = tables.get(relation.oid());
        if (table == null || table.relation() != relation) {
            Set<String> primaryKey = relation.identityIsFull() ? catalog.primaryKey(relation) : Set.of();
            table = RelationEncoder.of(encoder, relation, primaryKey);
            tables.put(relation.oid(), table);
        }
        last = table;
        return table;
    }
}
