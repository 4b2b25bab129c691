package io.sluice.apply.write;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Row;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows in COPY's text format ("File Formats" of COPY in PostgreSQL's manual), in one buffer that is used again. */
final class CopyText {

    private static final byte[] NULL = {'\\', 'N'};

    private byte[] bytes = new byte[1 << 16];
    private int size;

    /** The rows' values in the order of the columns. Valid until the next call. */
    void fill(Columns columns, List<Row> rows) {
        size = 0;
        int[] places = new int[columns.size()];
        Columns shape = null;
        for (Row row : rows) {
            if (!row.columns().equals(shape)) {
                shape = row.columns();
                for (int i = 0; i < places.length; i++) {
                    places[i] = shape.place(columns.names().get(i));
                }
            }
            for (int i = 0; i < places.length; i++) {
                if (i > 0) {
                    put((byte) '\t');
                }
                value(row.value(places[i]));
            }
            put((byte) '\n');
        }
    }

    byte[] bytes() {
        return bytes;
    }

    int size() {
        return size;
    }

    private void value(@Nullable String value) {
        if (value == null) {
            put(NULL);
            return;
        }
        int length = value.length();
        room(2 * length);
        for (int i = 0; i < length; i++) {
            char c = value.charAt(i);
            if (c >= 0x80) {
                // From here on the general way; most values are plain ASCII.
                put(escaped(value.substring(i)).getBytes(UTF_8));
                return;
            }
            if (special(c)) {
                bytes[size++] = '\\';
                bytes[size++] = letter(c);
            } else {
                bytes[size++] = (byte) c;
            }
        }
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (special(c)) {
                escaped.append('\\').append((char) letter(c));
            } else {
                escaped.append(c);
            }
        }
        return escaped.toString();
    }

    private static boolean special(char c) {
        return c == '\\' || c == '\n' || c == '\r' || c == '\t';
    }

    private static byte letter(char c) {
        return switch (c) {
            case '\n' -> 'n';
            case '\r' -> 'r';
            case '\t' -> 't';
            default -> '\\';
        };
    }

    private void put(byte[] more) {
        room(more.length);
        System.arraycopy(more, 0, bytes, size, more.length);
        size += more.length;
    }

    private void put(byte one) {
        room(1);
        bytes[size++] = one;
    }

    private void room(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, more), 2 * bytes.length));
        }
    }
}
