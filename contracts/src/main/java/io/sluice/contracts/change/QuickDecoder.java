package io.sluice.contracts.change;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.TransactionEnd;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads rows and ends of transactions as {@link ChangeEncoder} writes them, byte for byte: what is the same from row to row of
 * a table is compared with what was {@link #learn learnt} of it, and only the rest is read. Anything else is left to a JSON
 * parser, which takes four times as long. Not thread-safe.
 */
final class QuickDecoder {

    private static final byte[] OP = ascii("{\"op\":\"");
    static final byte[] TX = ascii(",\"txId\":");
    private static final byte[] LSN = ascii(",\"lsn\":");
    private static final byte[] MILLIS = ascii(",\"ts_ms\":");
    private static final byte[] TRANSACTION = ascii("},\"transaction\":{\"id\":\"");
    private static final byte[] ORDER = ascii("\",\"total_order\":");
    private static final byte[] BEFORE = ascii("},\"before\":");
    private static final byte[] AFTER = ascii(",\"after\":");
    private static final byte[] END = ascii("{\"status\":\"END\",\"id\":\"");
    private static final byte[] COUNT = ascii("\",\"event_count\":");
    private static final byte[] END_LSN = ascii(",\"end_lsn\":\"");
    private static final byte[] END_MILLIS = ascii("\",\"ts_ms\":");
    private static final byte[] NULL = ascii("null");
    private static final byte[] TRUE = ascii("true");
    private static final byte[] FALSE = ascii("false");

    /** After the letter of the operation: from here to the transaction all rows of a table are the same. */
    static final int SOURCE = OP.length + 1;

    /** Longer numbers than this may not fit into 64 bits. */
    private static final int MOST_DIGITS = 18;

    private final LearntTables tables = new LearntTables();

    private byte[] bytes = {};
    private int at;
    private boolean odd;
    private byte[] unescaped = new byte[256];

    /** Null when the record is of another form, or of a table or columns that were not learnt. */
    @Nullable
    ChangeRecord decode(byte[] value) {
        bytes = value;
        at = 0;
        odd = false;
        if (is(OP)) {
            return value.length < LearntTables.LEAST_BYTES ? null : row();
        }
        return is(END) ? end() : null;
    }

    /**
     * Keeps what is the same in rows like this one, if that alone leads to the same change.
     *
     * @param change what a parser has read there
     */
    void learn(byte[] value, RowChange change) {
        int end = indexOf(value, TX);
        if (end < SOURCE || value.length < LearntTables.LEAST_BYTES) {
            return;
        }
        LearntTable known = tables.find(value);
        if (known == null) {
            LearntTable fresh = new LearntTable(Arrays.copyOfRange(value, SOURCE, end), change);
            fresh.learn(change.before());
            fresh.learn(change.after());
            tables.suppose(fresh);
            if (change.equals(decode(value))) {
                tables.keep(fresh, value);
            } else {
                tables.supposeNothing();
            }
        } else {
            boolean before = known.learn(change.before());
            boolean after = known.learn(change.after());
            if ((before || after) && !change.equals(decode(value))) {
                known.forget();
            }
        }
    }

    private @Nullable ChangeRecord row() {
        Operation operation = switch (bytes[OP.length]) {
            case 'c' -> Operation.INSERT;
            case 'u' -> Operation.UPDATE;
            case 'd' -> Operation.DELETE;
            default -> null;
        };
        LearntTable table = tables.find(bytes);
        RowChange like = table == null ? null : table.like();
        if (operation == null || table == null || like == null) {
            return null;
        }
        at = table.end();
        skip(TX);
        number();
        skip(LSN);
        number();
        skip(MILLIS);
        long commitMillis = number();
        skip(TRANSACTION);
        long xid = number();
        skip(':');
        Lsn lsn = new Lsn(number());
        skip(ORDER);
        long order = number();
        skip(BEFORE);
        Row before = odd || is(NULL) ? null : image(table, true);
        skip(AFTER);
        Row after = odd || is(NULL) ? null : image(table, false);
        skip(MILLIS);
        number();
        skip('}');
        if (odd || at != bytes.length || (operation == Operation.DELETE ? before : after) == null) {
            return null;
        }
        return new RowChange(
                operation,
                like.table(),
                like.key(),
                new ChangePosition(lsn, xid, order),
                before,
                after,
                commitMillis,
                like.described());
    }

    private @Nullable ChangeRecord end() {
        long xid = number();
        skip(':');
        Lsn lsn = new Lsn(number());
        skip(COUNT);
        long count = number();
        skip(END_LSN);
        long high = hexadecimal();
        skip('/');
        Lsn endLsn = new Lsn(high << 32 | hexadecimal());
        skip(END_MILLIS);
        long millis = number();
        skip('}');
        return odd || at != bytes.length
                ? null
                : new TransactionEnd(new ChangePosition(lsn, xid, count + 1), endLsn, millis);
    }

    private @Nullable Row image(LearntTable table, boolean before) {
        int from = at;
        int first = before ? table.latestBefore() : table.latestAfter();
        for (int i = 0; i < table.images(); i++) {
            int place = (first + i) % table.images();
            Row row = image(table.image(place));
            if (row != null) {
                if (before) {
                    table.latestBefore(place);
                } else {
                    table.latestAfter(place);
                }
                return row;
            }
            at = from;
            odd = false;
        }
        odd = true;
        return null;
    }

    private @Nullable Row image(LearntImage image) {
        byte[][] names = image.names();
        @Nullable String[] values = new String[names.length];
        skip('{');
        for (int i = 0; i < names.length && !odd; i++) {
            if (i > 0) {
                skip(',');
            }
            skip(names[i]);
            values[i] = value();
        }
        skip('}');
        return odd ? null : new Row(image.columns(), values);
    }

    private @Nullable String value() {
        if (at >= bytes.length) {
            odd = true;
            return null;
        }
        return switch (bytes[at]) {
            case '"' -> text();
            case 'n' -> constant(NULL, null);
            case 't' -> constant(TRUE, "true");
            case 'f' -> constant(FALSE, "false");
            default -> integer();
        };
    }

    private @Nullable String constant(byte[] text, @Nullable String value) {
        skip(text);
        return value;
    }

    private String integer() {
        int from = at;
        if (bytes[at] == '-') {
            at++;
        }
        int digits = at;
        while (at < bytes.length && bytes[at] >= '0' && bytes[at] <= '9') {
            at++;
        }
        // JSON has no leading zeros, and what follows the digits of another number is none of ours.
        odd |= at == digits || bytes[digits] == '0' && at - digits > 1;
        return new String(bytes, from, at - from, ISO_8859_1);
    }

    private @Nullable String text() {
        int from = ++at;
        boolean plain = true;
        while (at < bytes.length) {
            byte next = bytes[at];
            if (next == '"') {
                String text = new String(bytes, from, at++ - from, plain ? ISO_8859_1 : UTF_8);
                odd |= !plain && text.indexOf('\uFFFD') >= 0;
                return text;
            }
            if (next == '\\') {
                return escaped(from);
            }
            plain &= next >= 0;
            odd |= next >= 0 && next < 0x20;
            at++;
        }
        odd = true;
        return null;
    }

    /** A text in which there is a backslash at {@link #at}. */
    private @Nullable String escaped(int from) {
        int size = at - from;
        if (unescaped.length < size) {
            unescaped = new byte[Math.addExact(size, size >> 1)];
        }
        System.arraycopy(bytes, from, unescaped, 0, size);
        while (at < bytes.length) {
            byte next = bytes[at++];
            if (next == '"') {
                String text = new String(unescaped, 0, size, UTF_8);
                odd |= text.indexOf('\uFFFD') >= 0;
                return text;
            }
            odd |= next >= 0 && next < 0x20;
            if (next == '\\' && at < bytes.length) {
                next = unescape(bytes[at++]);
            }
            if (size == unescaped.length) {
                unescaped = Arrays.copyOf(unescaped, Math.addExact(size, Math.max(size >> 1, 256)));
            }
            unescaped[size++] = next;
        }
        odd = true;
        return null;
    }

    /** The others, such as a letter by its number, are rare. */
    private byte unescape(byte escaped) {
        return switch (escaped) {
            case '"', '\\' -> escaped;
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> {
                odd = true;
                yield escaped;
            }
        };
    }

    /** Of at most 18 digits. */
    private long number() {
        int from = at;
        long number = 0;
        while (at < bytes.length && bytes[at] >= '0' && bytes[at] <= '9') {
            number = number * 10 + (bytes[at++] - '0');
        }
        odd |= at == from || at - from > MOST_DIGITS || bytes[from] == '0' && at - from > 1;
        return number;
    }

    /** Half of an LSN. */
    private long hexadecimal() {
        int from = at;
        long number = 0;
        while (at < bytes.length && (bytes[at] >= '0' && bytes[at] <= '9' || bytes[at] >= 'A' && bytes[at] <= 'F')) {
            number = number << 4 | Character.digit(bytes[at++], 16);
        }
        odd |= at == from || at - from > 8;
        return number;
    }

    /** Passes it when it stands here. */
    private boolean is(byte[] text) {
        int end = at + text.length;
        if (end > bytes.length || !Arrays.equals(bytes, at, end, text, 0, text.length)) {
            return false;
        }
        at = end;
        return true;
    }

    private void skip(byte[] text) {
        odd |= !is(text);
    }

    private void skip(char ascii) {
        odd |= at >= bytes.length || bytes[at] != ascii;
        at++;
    }

    private static int indexOf(byte[] value, byte[] text) {
        for (int i = 0; i + text.length <= value.length; i++) {
            if (value[i] == text[0] && Arrays.equals(value, i, i + text.length, text, 0, text.length)) {
                return i;
            }
        }
        return -1;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(ISO_8859_1);
    }
}
