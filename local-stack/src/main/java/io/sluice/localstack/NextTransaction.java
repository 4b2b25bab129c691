package io.sluice.localstack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * Makes a data directory look as if a server had given out more transaction ids than it has, as {@code pg_resetwal} does, which
 * the binaries do not bring. The next id stands in the last checkpoint: in its WAL record, from which a server starts, and in
 * {@code pg_control}.
 *
 * <p>Layouts: {@code CheckPoint} and {@code ControlFileData} in {@code catalog/pg_control.h}, {@code XLogRecord} in
 * {@code access/xlogrecord.h}, page headers in {@code access/xlog_internal.h}; the same from PostgreSQL 12 to 18.
 */
final class NextTransaction {
    private static final int CHECKPOINT_AT = 32;
    private static final int CHECKPOINT_COPY_AT = 40;
    private static final int TIMELINE_AT = 48;
    private static final int NEXT_XID_IN_CHECKPOINT = 24;
    private static final int EPOCH_IN_XID = 4;
    private static final int OLDEST_XID_IN_CHECKPOINT = 44;
    private static final int RECORD_HEADER = 24;
    private static final int RECORD_CRC = 20;
    private static final int DATA_HEADER = 2;
    private static final int PAGE = 8_192;
    private static final int PAGE_HEADER = 24;
    private static final int SEGMENT = 16 << 20;
    private static final int LONGEST_CONTROL = 1_024;
    private static final int COMMIT_LOG_SEGMENT = 32 * PAGE;
    private static final int IDS_IN_A_BYTE = 4;

    private NextTransaction() {}

    /**
     * The 32 bits of an id were used up some times.
     *
     * @param data of a server that was shut down in order
     */
    static void setEpoch(Path data, int epoch) {
        change(data, checkpoint -> checkpoint.putInt(NEXT_XID_IN_CHECKPOINT + EPOCH_IN_XID, epoch));
    }

    /**
     * This is the next id, and the oldest that a row may have been written by: all rows are to be frozen.
     *
     * @param data of a server that was shut down in order
     * @return a file that was made
     */
    static Path set(Path data, long id) {
        change(
                data,
                checkpoint ->
                        checkpoint.putLong(NEXT_XID_IN_CHECKPOINT, id).putInt(OLDEST_XID_IN_CHECKPOINT, (int) id));
        long segment = (id & 0xFFFFFFFFL) / (COMMIT_LOG_SEGMENT * IDS_IN_A_BYTE);
        try {
            return Files.write(data.resolve("pg_xact/%04X".formatted(segment)), new byte[COMMIT_LOG_SEGMENT]);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the commit log of transaction " + id, e);
        }
    }

    private static void change(Path data, Consumer<ByteBuffer> change) {
        try {
            Path control = data.resolve("global/pg_control");
            byte[] content = Files.readAllBytes(control);
            ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
            int crcAt = crcPlace(content);
            changeRecord(data, bytes.getLong(CHECKPOINT_AT), bytes.getInt(TIMELINE_AT), change);
            change.accept(part(content, CHECKPOINT_COPY_AT));
            bytes.putInt(crcAt, crc(content, crcAt));
            Files.write(control, content);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot set the next transaction of " + data, e);
        }
    }

    private static ByteBuffer part(byte[] bytes, int from) {
        return ByteBuffer.wrap(bytes, from, bytes.length - from).slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void changeRecord(Path data, long lsn, int timeline, Consumer<ByteBuffer> change)
            throws IOException {
        Path segment = data.resolve("pg_wal")
                .resolve("%08X%08X%08X".formatted(timeline, lsn >>> 32, (lsn & 0xFFFFFFFFL) / SEGMENT));
        byte[] content = Files.readAllBytes(segment);
        ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        int start = (int) (lsn % SEGMENT);
        int[] places = places(start, bytes.getInt(start));
        byte[] record = new byte[places.length];
        for (int i = 0; i < record.length; i++) {
            record[i] = bytes.get(places[i]);
        }
        ByteBuffer fields = ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
        if (fields.getInt(RECORD_CRC) != recordCrc(record)) {
            throw new IOException("no valid checkpoint record at " + Long.toHexString(lsn));
        }
        change.accept(part(record, RECORD_HEADER + DATA_HEADER));
        fields.putInt(RECORD_CRC, recordCrc(record));
        for (int i = 0; i < record.length; i++) {
            bytes.put(places[i], record[i]);
        }
        Files.write(segment, content);
    }

    /** Where each byte of a record is: it may go on behind the header of the next page. */
    private static int[] places(int start, int length) {
        int[] places = new int[length];
        int at = start;
        for (int i = 0; i < length; i++) {
            if (at % PAGE == 0) {
                at += PAGE_HEADER;
            }
            places[i] = at++;
        }
        return places;
    }

    private static int recordCrc(byte[] record) {
        CRC32C crc = new CRC32C();
        crc.update(record, RECORD_HEADER, record.length - RECORD_HEADER);
        crc.update(record, 0, RECORD_CRC);
        return (int) crc.getValue();
    }

    /** The checksum is the last field; how many there are before differs between versions. */
    private static int crcPlace(byte[] control) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(control).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = CHECKPOINT_COPY_AT; at < LONGEST_CONTROL; at += 4) {
            if (bytes.getInt(at) == crc(control, at)) {
                return at;
            }
        }
        throw new IOException("no checksum in pg_control");
    }

    private static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
