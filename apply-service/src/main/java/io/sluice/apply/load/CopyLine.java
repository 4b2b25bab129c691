package io.sluice.apply.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.transform.RowFrame;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One row in COPY's text format, of which only the fields that are asked for become texts ("File Formats" of COPY in
 * PostgreSQL's manual). Not thread-safe.
 */
final class CopyLine implements RowFrame.Image {

    private final Map<String, Integer> places = new HashMap<>();
    private final int[] ends;
    private byte[] bytes = new byte[0];
    private int from;

    CopyLine(List<String> columns) {
        for (int i = 0; i < columns.size(); i++) {
            places.put(columns.get(i), i);
        }
        this.ends = new int[columns.size()];
    }

    /** Takes a line without its end; returns false when it has not as many fields as there are columns. */
    boolean take(byte[] line, int begin, int end) {
        bytes = line;
        from = begin;
        int field = 0;
        for (int i = begin; i < end; i++) {
            if (line[i] == '\t') {
                if (field >= ends.length - 1) {
                    return false;
                }
                ends[field++] = i;
            }
        }
        ends[field++] = end;
        return field == ends.length;
    }

    byte[] bytes() {
        return bytes;
    }

    /** Where a field begins. */
    int begin(int field) {
        return field == 0 ? from : ends[field - 1] + 1;
    }

    int end(int field) {
        return ends[field];
    }

    @Override
    public boolean holds(String column) {
        return places.containsKey(column);
    }

    @Override
    public @Nullable String text(String column) {
        Integer place = places.get(column);
        if (place == null) {
            throw new IllegalArgumentException("row: carries no column " + column);
        }
        return text(place);
    }

    @Nullable
    String text(int field) {
        int begin = begin(field);
        int end = end(field);
        if (end - begin == 2 && bytes[begin] == '\\' && bytes[begin + 1] == 'N') {
            return null;
        }
        for (int i = begin; i < end; i++) {
            if (bytes[i] == '\\') {
                return unescaped(begin, end);
            }
        }
        return new String(bytes, begin, end - begin, UTF_8);
    }

    private String unescaped(int begin, int end) {
        byte[] text = new byte[end - begin];
        int length = 0;
        for (int i = begin; i < end; i++) {
            byte b = bytes[i];
            if (b == '\\' && i + 1 < end) {
                b = letter(bytes[++i]);
            }
            text[length++] = b;
        }
        return new String(text, 0, length, UTF_8);
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
