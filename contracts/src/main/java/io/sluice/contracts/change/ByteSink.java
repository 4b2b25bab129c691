package io.sluice.contracts.change;

import java.util.Arrays;

/** A growing byte buffer that is used again and again. Not thread-safe. */
public final class ByteSink {

    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

    /** A control character, escaped. */
    private static final int WORST_CHARACTER = 6;

    private static final int MOST_DIGITS = 19;
    private static final int MOST_ROOM_AHEAD = 1 << 20;

    private byte[] bytes;
    private int size;

    public ByteSink(int capacity) {
        bytes = new byte[capacity];
    }

    public int size() {
        return size;
    }

    public void clear() {
        size = 0;
    }

    /** Takes back what was written behind the first so many bytes. */
    public void truncate(int to) {
        size = Math.min(size, to);
    }

    public byte[] copyOf(int from, int to) {
        return Arrays.copyOfRange(bytes, from, to);
    }

    void put(byte[] text) {
        room(text.length);
        System.arraycopy(text, 0, bytes, size, text.length);
        size += text.length;
    }

    void put(byte[] from, int start, int length) {
        room(length);
        System.arraycopy(from, start, bytes, size, length);
        size += length;
    }

    void put(char ascii) {
        room(1);
        bytes[size++] = (byte) ascii;
    }

    void ascii(String text) {
        room(text.length());
        for (int i = 0; i < text.length(); i++) {
            bytes[size++] = (byte) text.charAt(i);
        }
    }

    void number(long value) {
        if (value < 0) {
            ascii(Long.toString(value));
            return;
        }
        room(MOST_DIGITS);
        int end = size + 1;
        for (long rest = value; rest > 9; rest /= 10) {
            end++;
        }
        size = end;
        long rest = value;
        do {
            bytes[--end] = (byte) ('0' + rest % 10);
            rest /= 10;
        } while (rest > 0);
    }

    /** A JSON string with its quotes, in UTF-8. */
    void quoted(String text) {
        int length = text.length();
        put('"');
        for (int i = 0; i < length; i++) {
            if (bytes.length - size < WORST_CHARACTER) {
                room(Math.max(WORST_CHARACTER, Math.min(length - i, MOST_ROOM_AHEAD)));
            }
            char c = text.charAt(i);
            if (c >= 0x20 && c < 0x80) {
                if (c == '"' || c == '\\') {
                    bytes[size++] = '\\';
                }
                bytes[size++] = (byte) c;
            } else if (c < 0x20) {
                control(c);
            } else if (c < 0x800) {
                bytes[size++] = (byte) (0xC0 | c >> 6);
                bytes[size++] = (byte) (0x80 | c & 0x3F);
            } else if (Character.isHighSurrogate(c) && i + 1 < length && Character.isLowSurrogate(text.charAt(i + 1))) {
                int point = Character.toCodePoint(c, text.charAt(++i));
                bytes[size++] = (byte) (0xF0 | point >> 18);
                bytes[size++] = (byte) (0x80 | point >> 12 & 0x3F);
                bytes[size++] = (byte) (0x80 | point >> 6 & 0x3F);
                bytes[size++] = (byte) (0x80 | point & 0x3F);
            } else {
                bytes[size++] = (byte) (0xE0 | c >> 12);
                bytes[size++] = (byte) (0x80 | c >> 6 & 0x3F);
                bytes[size++] = (byte) (0x80 | c & 0x3F);
            }
        }
        put('"');
    }

    /** The same of text that is in UTF-8 already. */
    void quoted(byte[] from, int start, int length) {
        room(length + 2);
        bytes[size++] = '"';
        int end = start + length;
        int copied = start;
        for (int i = start; i < end; i++) {
            byte b = from[i];
            // Bytes of characters beyond ASCII are negative.
            if (b < 0x20 && b >= 0 || b == '"' || b == '\\') {
                put(from, copied, i - copied);
                room(WORST_CHARACTER);
                if (b >= 0x20) {
                    bytes[size++] = '\\';
                    bytes[size++] = b;
                } else {
                    control((char) b);
                }
                copied = i + 1;
            }
        }
        put(from, copied, end - copied);
        put('"');
    }

    private void control(char c) {
        bytes[size++] = '\\';
        switch (c) {
            case '\n' -> bytes[size++] = 'n';
            case '\r' -> bytes[size++] = 'r';
            case '\t' -> bytes[size++] = 't';
            default -> {
                bytes[size++] = 'u';
                bytes[size++] = '0';
                bytes[size++] = '0';
                bytes[size++] = HEX[c >> 4];
                bytes[size++] = HEX[c & 0xF];
            }
        }
    }

    private void room(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, more), Math.min(2 * bytes.length, 1 << 30)));
        }
    }
}
