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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Carries out the transform of a table on rows on their way between two COPYs in text format. What a transform does not
 * write goes over as the bytes that the source sent. One row at a time is held. Not thread-safe.
 */
final class TransformedCopy {

    /** A row that is looked at has to fit into memory. */
    private static final int LARGEST_ROW = 32 << 20;

    private static final byte[] NULL = {'\\', 'N'};

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
    private byte[] out = new byte[1 << 16];
    private int size;

    TransformedCopy(SourceTable table, SourcePart part, RowTransform transform) {
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

    /**
     * Takes what the source has sent, cut anywhere; afterwards {@link #bytes} has the rows that are complete by now.
     *
     * @throws SluiceException {@code TRANSFORM_FAILED} that says which row it was
     */
    void take(byte[] bytes, int length) {
        size = 0;
        int from = 0;
        for (int i = 0; i < length; i++) {
            if (bytes[i] == '\n') {
                if (restSize > 0) {
                    keep(bytes, from, i);
                    row(rest, 0, restSize);
                    restSize = 0;
                } else {
                    row(bytes, from, i);
                }
                from = i + 1;
            }
        }
        keep(bytes, from, length);
    }

    /** The source has sent everything. */
    void end() {
        if (restSize > 0) {
            throw unreadable();
        }
    }

    byte[] bytes() {
        return out;
    }

    int size() {
        return size;
    }

    private void keep(byte[] bytes, int from, int to) {
        int more = to - from;
        if (restSize + more > LARGEST_ROW) {
            throw new SluiceException(
                    ErrorCode.TRANSFORM_FAILED,
                    "A row of table " + table.name() + " is larger than " + (LARGEST_ROW >> 20)
                            + " MB as text, and rows of a table with a transform have to fit into memory. Leave large"
                            + " columns out, or the table without a transform.");
        }
        if (restSize + more > rest.length) {
            rest = Arrays.copyOf(rest, Math.max(restSize + more, Math.min(LARGEST_ROW, 2 * rest.length)));
        }
        System.arraycopy(bytes, from, rest, restSize, more);
        restSize += more;
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
            out = Arrays.copyOf(out, Math.max(Math.addExact(size, more), 2 * out.length));
        }
    }

    private SluiceException unreadable() {
        return new SluiceException(
                ErrorCode.INTERNAL, "The source has sent a row of table " + table.name() + " in an unknown form.");
    }
}
