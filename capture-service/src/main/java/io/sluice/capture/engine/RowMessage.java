package io.sluice.capture.engine;

import io.sluice.contracts.change.Operation;
import io.sluice.contracts.change.TupleData;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * An insert, update or delete as pgoutput sends it, read where it stands. Values are not made into strings, nor columns into objects, as
 * the connector's decoder does, which keeps every other kind of message. Used again for
 * message after message; not thread-safe.
 *
 * <p>Format: PostgreSQL's manual, section 54.9, protocol version 1; values come as text.
 */
final class RowMessage {

    private final TupleData oldTuple = new TupleData();
    private final TupleData newTuple = new TupleData();
    private Operation operation = Operation.INSERT;
    private char oldKind;
    private boolean hasNew;

    static boolean is(byte type) {
        return type == 'I' || type == 'U' || type == 'D';
    }

    /**
     * @param message at its start; its position stays
     * @param table what the stream has said of the table that the message names
     * @throws SluiceException {@code INTERNAL} when the message is something else than the table's description says
     */
    void read(ByteBuffer message, Relation table) {
        byte[] bytes = message.array();
        int at = message.arrayOffset() + message.position();
        operation = switch (bytes[at]) {
            case 'I' -> Operation.INSERT;
            case 'U' -> Operation.UPDATE;
            default -> Operation.DELETE;
        };
        at += 1 + Integer.BYTES;
        oldKind = 'N';
        char kind = (char) bytes[at++];
        if (kind != 'N') {
            oldKind = kind;
            // Behind it comes the mark of the new one.
            at = tuple(oldTuple, bytes, at, table) + 1;
        }
        hasNew = operation != Operation.DELETE;
        if (hasNew) {
            tuple(newTuple, bytes, at, table);
        }
    }

    Operation operation() {
        return operation;
    }

    /** The row as it was, or of it the key alone: see {@link #oldImageIsKey}. */
    @Nullable
    TupleData before() {
        return oldKind == 'N' ? null : oldTuple;
    }

    @Nullable
    TupleData after() {
        return hasNew ? newTuple : null;
    }

    /** The image that says which row it is. */
    TupleData naming() {
        return oldKind == 'N' ? newTuple : oldTuple;
    }

    /** The row as it is now, or was when it was deleted. */
    TupleData newest() {
        return hasNew ? newTuple : oldTuple;
    }

    /** True when the old image of an update or delete is the key only. */
    boolean oldImageIsKey() {
        return oldKind == 'K';
    }

    /** True when an update or delete brings the whole old row. */
    boolean oldImageIsWhole() {
        return oldKind == 'O';
    }

    /** Returns where the tuple ends. */
    private static int tuple(TupleData into, byte[] bytes, int from, Relation table) {
        int count = (bytes[from] & 0xFF) << 8 | bytes[from + 1] & 0xFF;
        if (count != table.columns().size()) {
            throw new SluiceException(
                    ErrorCode.INTERNAL,
                    "a row of " + table.name() + " came with " + count + " values for "
                            + table.columns().size() + " columns");
        }
        into.begin(bytes, count);
        int at = from + Short.BYTES;
        for (int i = 0; i < count; i++) {
            switch (bytes[at++]) {
                case 'n' -> into.setNull(i);
                case 'u' -> into.setUnchanged(i);
                case 't' -> {
                    int length = (bytes[at] & 0xFF) << 24
                            | (bytes[at + 1] & 0xFF) << 16
                            | (bytes[at + 2] & 0xFF) << 8
                            | bytes[at + 3] & 0xFF;
                    at += Integer.BYTES;
                    into.set(i, at, length);
                    at += length;
                }
                default ->
                    throw new SluiceException(
                            ErrorCode.INTERNAL,
                            "a value of " + table.name() + " came in an unknown form: " + (char) bytes[at - 1]);
            }
        }
        return at;
    }
}
