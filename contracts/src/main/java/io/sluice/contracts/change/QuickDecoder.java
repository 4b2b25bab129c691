package io.sluice.contracts.change;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.TransactionEnd;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads rows and ends of transactions as {@link ChangeEncoder} writes them, byte for byte: what is the same from row to row of
 * a table is compared with what was {@link #learn learnt} of it, and only the rest is read. Anything else is left to a JSON
 * parser, which takes four times as long. Not thread-safe.
 */
final class QuickDecoder {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final byte[] OP = ascii("{\"op\":\"");
    private static final byte[] TX = ascii(",\"txId\":");
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
    private static final int SOURCE = OP.length + 1;

    /** The names of database, schema and table are about here. */
    private static final int HASHED_FROM = SOURCE + 32;

    private static final int HASHED_LONGS = 8;
    private static final int BUCKETS = 256;
    private static final int MOST_IN_BUCKET = 16;
    private static final int MOST_SHAPES = 8;

    /** Longer numbers than this may not fit into 64 bits. */
    private static final int MOST_DIGITS = 18;

    private static final Source NONE = new Source(new byte[0], null);

    private final Source[][] sources = new Source[BUCKETS][0];
    private Source latest = NONE;

    private byte[] bytes = {};
    private int at;
    private boolean odd;
    private byte[] unescaped = new byte[256];

    /** What is the same in every row of a table, from its "source" to the transaction. */
    private static final class Source {
        private final byte[] start;
        private final @Nullable RowChange like;
        private final List<Shape> shapes = new ArrayList<>();
        private int before;
        private int after;

        Source(byte[] start, @Nullable RowChange like) {
            this.start = start;
            this.like = like;
        }

        /** Returns false when there is nothing new. */
        boolean learn(@Nullable Row image) {
            if (image == null || shapes.stream().anyMatch(shape -> shape.columns.equals(image.columns()))) {
                return false;
            }
            if (shapes.size() == MOST_SHAPES) {
                forget();
            }
            shapes.add(new Shape(image.columns()));
            return true;
        }

        void forget() {
            shapes.clear();
            before = 0;
            after = 0;
        }
    }

    /** The columns of an image, and how each name stands there, with its colon. */
    private static final class Shape {
        private final Columns columns;
        private final byte[][] names;

        Shape(Columns columns) {
            this.columns = columns;
            this.names = columns.names().stream()
                    .map(name -> {
                        ByteSink sink = new ByteSink(name.length() + 3);
                        sink.quoted(name);
                        sink.put(':');
                        return sink.copyOf(0, sink.size());
                    })
                    .toArray(byte[][]::new);
        }
    }

    /** Null when the record is of another form, or of a table or columns that were not learnt. */
    @Nullable
    ChangeRecord decode(byte[] value) {
        bytes = value;
        at = 0;
        odd = false;
        if (is(OP)) {
            return value.length < HASHED_FROM + HASHED_LONGS * Long.BYTES ? null : row();
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
        if (end < SOURCE || value.length < HASHED_FROM + HASHED_LONGS * Long.BYTES) {
            return;
        }
        bytes = value;
        Source known = find();
        if (known == null) {
            Source[] others = sources[bucket(value)];
            Source fresh = new Source(Arrays.copyOfRange(value, SOURCE, end), change);
            fresh.learn(change.before());
            fresh.learn(change.after());
            latest = fresh;
            if (change.equals(decode(value))) {
                Source[] all = Arrays.copyOf(others, others.length == MOST_IN_BUCKET ? 1 : others.length + 1);
                all[all.length - 1] = fresh;
                sources[bucket(value)] = all;
            } else {
                latest = NONE;
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
        Source source = find();
        RowChange like = source == null ? null : source.like;
        if (operation == null || source == null || like == null) {
            return null;
        }
        at = SOURCE + source.start.length;
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
        Row before = odd || is(NULL) ? null : image(source, true);
        skip(AFTER);
        Row after = odd || is(NULL) ? null : image(source, false);
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

    private @Nullable Source find() {
        if (starts(latest)) {
            return latest;
        }
        for (Source source : sources[bucket(bytes)]) {
            if (starts(source)) {
                latest = source;
                return source;
            }
        }
        return null;
    }

    private boolean starts(Source source) {
        int end = SOURCE + source.start.length;
        return source.like != null
                && end + TX.length <= bytes.length
                && Arrays.equals(bytes, SOURCE, end, source.start, 0, source.start.length)
                && Arrays.equals(bytes, end, end + TX.length, TX, 0, TX.length);
    }

    private static int bucket(byte[] value) {
        long hash = 0;
        for (int i = 0; i < HASHED_LONGS; i++) {
            hash = (hash ^ (long) LONGS.get(value, HASHED_FROM + i * Long.BYTES)) * 0x9E3779B97F4A7C15L;
        }
        return (int) (hash >>> 56);
    }

    private @Nullable Row image(Source source, boolean before) {
        int from = at;
        int first = before ? source.before : source.after;
        for (int i = 0; i < source.shapes.size(); i++) {
            int place = (first + i) % source.shapes.size();
            Row row = image(source.shapes.get(place));
            if (row != null) {
                if (before) {
                    source.before = place;
                } else {
                    source.after = place;
                }
                return row;
            }
            at = from;
            odd = false;
        }
        odd = true;
        return null;
    }

    private @Nullable Row image(Shape shape) {
        byte[][] names = shape.names;
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
        return odd ? null : new Row(shape.columns, values);
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
