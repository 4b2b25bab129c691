package io.sluice.apply.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.transform.RowFrame;
import io.sluice.transform.RowTransform;
import io.sluice.transform.TransformFailure;
import io.sluice.transform.Value;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Carries out the transform of a table on rows on their way between two COPYs in text format. What a transform does not
 * write goes over as the bytes that the source sent. One row at a time is held, and what is made of it: with the texts of
 * its values that is up to eight times its size. Not thread-safe.
 */
final class TransformedCopy {

    /** A row that is looked at has to fit into memory, whatever the other workers hold of theirs. */
    private static final int TIMES_HELD = 8;

    private static final long LEAST_LARGEST_ROW = 1 << 20;
    private static final long MOST_LARGEST_ROW = 32 << 20;

    /** Rows are handed on when there are so many bytes of them. */
    private static final int PORTION = 1 << 16;

    private static final byte[] NULL = {'\\', 'N'};

    private final int largestRow;
    private final SourceTable table;
    private final SourcePart part;
    private final RowTransform transform;
    private final RowFrame frame;
    private final CopyLine line;

    /** The columns that are written, by the names that the transform knows them by, and their fields; -1 for none. */
    private final List<String> written;

    private final int[] fields;

    private byte[] rest = new byte[0];
    private int restSize;
    private byte[] out = new byte[PORTION];
    private int size;

    /** Takes rows that are complete; see {@link org.postgresql.copy.CopyIn#writeToCopy(byte[], int, int)}. */
    @FunctionalInterface
    interface Sink {
        void write(byte[] bytes, int from, int length) throws SQLException;
    }

    /** @param largestRow in bytes, before the transform; what comes out of it may have twice as many */
    TransformedCopy(SourceTable table, SourcePart part, RowTransform transform, int largestRow) {
        this.largestRow = largestRow;
        this.table = table;
        this.part = part;
        this.transform = transform;
        this.frame = new RowFrame(
                table.name().toString(),
                table.definition().columns().stream()
                        .collect(Collectors.toMap(ColumnDefinition::name, ColumnDefinition::castType)));
        List<String> read = new ArrayList<>();
        // The first field is the row's place, which has no name of a column.
        read.add("");
        table.columnsRead().forEach(column -> read.add(column.name()));
        this.line = new CopyLine(read);
        this.written = Stream.concat(
                        table.columns().stream().map(ColumnDefinition::name), table.columnsAdded().stream())
                .toList();
        this.fields = written.stream().mapToInt(read::indexOf).toArray();
    }

    /** How large a row of a table with a transform may be, in bytes, where so many workers share a heap. */
    static int largestRow(long heap, int workers) {
        return (int) Math.clamp(heap / TIMES_HELD / Math.max(workers, 1), LEAST_LARGEST_ROW, MOST_LARGEST_ROW);
    }

    /**
     * Takes what the source has sent, cut anywhere, and hands on the rows that are complete by now.
     *
     * @throws SluiceException {@code TRANSFORM_FAILED} that says which row it was, or that one is too large
     */
    void take(byte[] bytes, int length, Sink sink) throws SQLException {
        int from = 0;
        for (int i = 0; i < length; i++) {
            if (bytes[i] == '\n') {
                if (restSize > 0) {
                    keep(bytes, from, i);
                    row(rest, 0, restSize);
                    restSize = 0;
                    rest = rest.length > PORTION ? new byte[0] : rest;
                } else {
                    row(bytes, from, i);
                }
                from = i + 1;
                if (size >= PORTION) {
                    flush(sink);
                }
            }
        }
        keep(bytes, from, length);
        flush(sink);
    }

    private void flush(Sink sink) throws SQLException {
        if (size > 0) {
            sink.write(out, 0, size);
            size = 0;
            // What a large row has needed, the next ones do not.
            out = out.length > 2 * PORTION ? new byte[PORTION] : out;
        }
    }

    /** The source has sent everything. */
    void end() {
        if (restSize > 0) {
            throw unreadable();
        }
    }

    private void keep(byte[] bytes, int from, int to) {
        int more = to - from;
        if (restSize + more > largestRow) {
            throw tooLarge("A row of table " + table.name(), largestRow);
        }
        if (restSize + more > rest.length) {
            rest = Arrays.copyOf(rest, Math.max(restSize + more, Math.min(largestRow, 2 * rest.length)));
        }
        System.arraycopy(bytes, from, rest, restSize, more);
        restSize += more;
    }

    private SluiceException tooLarge(String what, long most) {
        return new SluiceException(
                ErrorCode.TRANSFORM_FAILED,
                what + " is larger than " + (most >> 20)
                        + " MB as text, and rows of a table with a transform have to fit into memory beside those of the"
                        + " other workers. Leave large columns out, or the table without a transform; or give"
                        + " apply-service a larger heap, or the task fewer workers.");
    }

    private void row(byte[] bytes, int from, int to) {
        if (!line.take(bytes, from, to)) {
            throw unreadable();
        }
        frame.load(line);
        try {
            Map<String, Value> values = transform.valuesOf(frame);
            if (values != null) {
                write(values);
            }
        } catch (TransformFailure e) {
            String place = String.valueOf(line.text(0));
            throw new SluiceException(
                    ErrorCode.TRANSFORM_FAILED,
                    "The transform of table " + table.name() + " fails on a row: " + e.withoutData()
                            + ". SELECT * FROM "
                            + Identifier.quote(part.name()) + " WHERE ctid = '" + place
                            + "' at the source shows the row. Correct the row there, then resume the task; to correct"
                            + " the expression, reset it.");
        }
    }

    private void write(Map<String, Value> values) throws TransformFailure {
        for (int i = 0; i < fields.length; i++) {
            if (i > 0) {
                put((byte) '\t');
            }
            Value value = values.get(written.get(i));
            if (value != null) {
                text(value.text(frame));
            } else if (fields[i] < 0) {
                put(NULL, 0, NULL.length);
            } else {
                put(line.bytes(), line.begin(fields[i]), line.end(fields[i]));
            }
        }
        put((byte) '\n');
    }

    private void text(@Nullable String value) {
        if (value == null) {
            put(NULL, 0, NULL.length);
            return;
        }
        byte[] text = value.getBytes(UTF_8);
        room(2 * text.length);
        for (byte b : text) {
            byte letter = escape(b);
            if (letter != 0) {
                out[size++] = '\\';
                out[size++] = letter;
            } else {
                out[size++] = b;
            }
        }
    }

    private static byte escape(byte b) {
        return switch (b) {
            case '\\' -> '\\';
            case '\t' -> 't';
            case '\n' -> 'n';
            case '\r' -> 'r';
            default -> 0;
        };
    }

    private void put(byte[] bytes, int from, int to) {
        room(to - from);
        System.arraycopy(bytes, from, out, size, to - from);
        size += to - from;
    }

    private void put(byte one) {
        room(1);
        out[size++] = one;
    }

    private void room(int more) {
        if (out.length - size < more) {
            long most = PORTION + 2L * largestRow;
            if ((long) size + more > most) {
                throw tooLarge("What the transform makes of a row of table " + table.name(), 2L * largestRow);
            }
            out = Arrays.copyOf(out, (int) Math.min(most, Math.max(size + more, 2L * out.length)));
        }
    }

    private SluiceException unreadable() {
        return new SluiceException(
                ErrorCode.INTERNAL, "The source has sent a row of table " + table.name() + " in an unknown form.");
    }
}
