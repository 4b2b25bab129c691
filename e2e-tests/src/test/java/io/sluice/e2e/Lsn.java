package io.sluice.e2e;

/** Positions in a WAL, as numbers. */
final class Lsn {
    private Lsn() {}

    /** @param text such as 0/16B3748; 0 for what is none */
    static long parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            return 0;
        }
        return Long.parseLong(text, 0, slash, 16) << 32 | Long.parseLong(text, slash + 1, text.length(), 16);
    }
}
