package io.sluice.contracts.change;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One image of a row on its way into a record: for each column of the table where its text form stands in an array, in UTF-8. Used
 * again for row after row, so that nothing is made per value; valid only as long as that array is. Not thread-safe.
 */
public final class TupleData {

    private static final int NULL = -1;
    private static final int UNCHANGED = -2;

    private byte[] bytes = {};
    private int[] starts = {};
    private int[] lengths = {};
    private int size;

    /** @param row null is SQL NULL, {@link ChangeEncoder#UNCHANGED} what the source did not send */
    @SuppressWarnings("ReferenceEquality") // UNCHANGED is a mark, and a value may read the same
    static TupleData of(@Nullable String[] row) {
        byte[][] values = new byte[row.length][];
        int length = 0;
        for (int i = 0; i < row.length; i++) {
            String value = row[i];
            values[i] = value == null ? new byte[0] : value.getBytes(UTF_8);
            length += values[i].length;
        }
        TupleData data = new TupleData();
        data.begin(new byte[length], row.length);
        int at = 0;
        for (int i = 0; i < row.length; i++) {
            if (row[i] == null) {
                data.setNull(i);
            } else if (row[i] == ChangeEncoder.UNCHANGED) {
                data.setUnchanged(i);
            } else {
                System.arraycopy(values[i], 0, data.bytes, at, values[i].length);
                data.set(i, at, values[i].length);
                at += values[i].length;
            }
        }
        return data;
    }

    /** Begins another row. All of its columns are to be set before it is read. */
    public void begin(byte[] array, int columns) {
        bytes = array;
        size = columns;
        if (starts.length < columns) {
            starts = new int[columns];
            lengths = new int[columns];
        }
    }

    public void set(int column, int start, int length) {
        starts[column] = start;
        lengths[column] = length;
    }

    public void setNull(int column) {
        lengths[column] = NULL;
    }

    /** The source did not send the value, since it has not changed. */
    public void setUnchanged(int column) {
        lengths[column] = UNCHANGED;
    }

    /** Takes a column over from an image in the same array. */
    public void set(int column, TupleData other) {
        starts[column] = other.starts[column];
        lengths[column] = other.lengths[column];
    }

    public int size() {
        return size;
    }

    public boolean isNull(int column) {
        return lengths[column] == NULL;
    }

    public boolean isUnchanged(int column) {
        return lengths[column] == UNCHANGED;
    }

    /** The first byte of a value that is neither null nor empty. */
    byte first(int column) {
        return bytes[starts[column]];
    }

    void writeTo(ByteSink sink, int column) {
        sink.put(bytes, starts[column], lengths[column]);
    }

    void quoteTo(ByteSink sink, int column) {
        sink.quoted(bytes, starts[column], lengths[column]);
    }

    @Override
    public String toString() {
        return "TupleData" + Arrays.toString(Arrays.copyOf(lengths, size));
    }
}
