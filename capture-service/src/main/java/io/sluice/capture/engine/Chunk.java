package io.sluice.capture.engine;

import io.sluice.contracts.change.ByteSink;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.Lsn;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Many encoded records in one buffer, in source order: what one source record of the engine carries. Used again and again
 * through {@link ChunkExchange}; whoever holds it owns it. Not thread-safe.
 */
public final class Chunk {

    static final int MOST_RECORDS = 2_000;
    static final int MOST_BYTES = 1 << 20;

    private static final int START_CAPACITY = 1 << 18;

    /** A buffer that one large record has blown up is not kept. */
    private static final int LARGEST_KEPT = 4 * MOST_BYTES;

    private int[] keyEnds = new int[MOST_RECORDS];
    private int[] valueEnds = new int[MOST_RECORDS];
    private long[] commitLsns = new long[MOST_RECORDS];
    private long[] xids = new long[MOST_RECORDS];
    private long[] orders = new long[MOST_RECORDS];
    private long[] safeLsns = new long[MOST_RECORDS];
    private long[] sourceMillis = new long[MOST_RECORDS];
    private ByteSink sink = new ByteSink(START_CAPACITY);
    private int size;

    /** Where the next key, and after {@link #endKey} the next value, is written. */
    ByteSink sink() {
        return sink;
    }

    void endKey() {
        if (size == keyEnds.length) {
            grow();
        }
        keyEnds[size] = sink.size();
    }

    /** One message can bring more records than one: a truncate, one for each table. */
    private void grow() {
        int length = 2 * keyEnds.length;
        keyEnds = Arrays.copyOf(keyEnds, length);
        valueEnds = Arrays.copyOf(valueEnds, length);
        commitLsns = Arrays.copyOf(commitLsns, length);
        xids = Arrays.copyOf(xids, length);
        orders = Arrays.copyOf(orders, length);
        safeLsns = Arrays.copyOf(safeLsns, length);
        sourceMillis = Arrays.copyOf(sourceMillis, length);
    }

    /**
     * Completes the record that was written to {@link #sink()}.
     *
     * @param safeLsn what the source may forget once this record is on Kafka; null inside a transaction
     * @param millis the source's clock at the commit
     */
    void endRecord(ChangePosition position, @Nullable Lsn safeLsn, long millis) {
        valueEnds[size] = sink.size();
        commitLsns[size] = position.commitLsn().value();
        xids[size] = position.xid();
        orders[size] = position.order();
        safeLsns[size] = safeLsn == null ? 0 : safeLsn.value();
        sourceMillis[size] = millis;
        size++;
    }

    boolean isFull() {
        return size >= MOST_RECORDS || sink.size() >= MOST_BYTES;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    public int size() {
        return size;
    }

    /** Null for a record that belongs to no table. */
    public byte @Nullable [] key(int place) {
        int from = start(place);
        return keyEnds[place] == from ? null : sink.copyOf(from, keyEnds[place]);
    }

    public byte[] value(int place) {
        return sink.copyOf(keyEnds[place], valueEnds[place]);
    }

    public ChangePosition position(int place) {
        return new ChangePosition(new Lsn(commitLsns[place]), xids[place], orders[place]);
    }

    /** What the source may forget once this record is on Kafka; null inside a transaction. */
    public @Nullable Lsn safeLsn(int place) {
        return safeLsns[place] == 0 ? null : new Lsn(safeLsns[place]);
    }

    /** The source's clock at the commit, Unix epoch milliseconds. */
    public long sourceMillis(int place) {
        return sourceMillis[place];
    }

    /** True for a row change or a truncate, false for a transaction's end and a heartbeat. */
    public boolean isChange(int place) {
        return safeLsns[place] == 0;
    }

    void clear() {
        size = 0;
        if (sink.size() > LARGEST_KEPT) {
            sink = new ByteSink(START_CAPACITY);
        } else {
            sink.clear();
        }
    }

    /** The record that is being written is not to be. */
    void dropOpen() {
        sink.truncate(start(size));
    }

    /** The bytes of the record that is being written. */
    int openBytes() {
        return sink.size() - start(size);
    }

    private int start(int place) {
        return place == 0 ? 0 : valueEnds[place - 1];
    }
}
