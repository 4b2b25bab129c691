package io.sluice.contracts.change;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The tables that a {@link QuickDecoder} has learnt, found by the bytes of a record. Not thread-safe. */
final class LearntTables {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** The names of database, schema and table are about here. */
    private static final int HASHED_FROM = QuickDecoder.SOURCE + 32;

    private static final int HASHED_LONGS = 8;
    private static final int BUCKETS = 256;
    private static final int MOST_IN_BUCKET = 16;

    /** No table is found by fewer. */
    static final int LEAST_BYTES = HASHED_FROM + HASHED_LONGS * Long.BYTES;

    private static final LearntTable NONE = new LearntTable(new byte[0], null);

    private final LearntTable[][] buckets = new LearntTable[BUCKETS][0];
    private LearntTable latest = NONE;

    /** @param record of at least {@link #LEAST_BYTES} */
    @Nullable
    LearntTable find(byte[] record) {
        if (latest.startsIn(record)) {
            return latest;
        }
        for (LearntTable table : buckets[bucket(record)]) {
            if (table.startsIn(record)) {
                latest = table;
                return table;
            }
        }
        return null;
    }

    /** Takes it for the table of the next record, without keeping it. */
    void suppose(LearntTable table) {
        latest = table;
    }

    void supposeNothing() {
        latest = NONE;
    }

    /** @param record one of the table's */
    void keep(LearntTable table, byte[] record) {
        LearntTable[] others = buckets[bucket(record)];
        LearntTable[] all = Arrays.copyOf(others, others.length == MOST_IN_BUCKET ? 1 : others.length + 1);
        all[all.length - 1] = table;
        buckets[bucket(record)] = all;
    }

    private static int bucket(byte[] record) {
        long hash = 0;
        for (int i = 0; i < HASHED_LONGS; i++) {
            hash = (hash ^ (long) LONGS.get(record, HASHED_FROM + i * Long.BYTES)) * 0x9E3779B97F4A7C15L;
        }
        return (int) (hash >>> 56);
    }
}
