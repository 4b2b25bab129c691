package io.sluice.capture.snapshot;

import io.sluice.contracts.change.TupleData;

/**
 * One row in COPY's text format ("File Formats" of COPY in PostgreSQL's manual), whose values are unescaped where they stand.
 * Not thread-safe.
 */
final class CopiedRow {

    private final int columns;
    private final TupleData values = new TupleData();

    /** @param columns at least 1 */
    CopiedRow(int columns) {
        this.columns = columns;
    }

    /**
     * @param line is written over; with its end
     * @return valid until the next call
     * @throws IllegalArgumentException when it has another number of columns
     */
    TupleData take(byte[] line) {
        values.begin(line, columns);
        int end = line.length > 0 && line[line.length - 1] == '\n' ? line.length - 1 : line.length;
        int column = 0;
        int start = 0;
        int to = 0;
        boolean isNull = false;
        for (int i = 0; i <= end; i++) {
            if (i == end || line[i] == '\t') {
                if (column == columns) {
                    throw new IllegalArgumentException("row: more than " + columns + " columns");
                }
                if (isNull) {
                    values.setNull(column);
                } else {
                    values.set(column, start, to - start);
                }
                column++;
                start = to;
                isNull = false;
            } else if (line[i] == '\\' && i + 1 < end) {
                i++;
                // A value that reads so has its backslash escaped.
                isNull |= line[i] == 'N';
                line[to++] = letter(line[i]);
            } else {
                line[to++] = line[i];
            }
        }
        if (column != columns) {
            throw new IllegalArgumentException("row: " + column + " columns instead of " + columns);
        }
        return values;
    }

    private static byte letter(byte letter) {
        return switch (letter) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'v' -> 0x0B;
            default -> letter;
        };
    }
}
