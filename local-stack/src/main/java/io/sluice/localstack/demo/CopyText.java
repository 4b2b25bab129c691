package io.sluice.localstack.demo;

import org.jspecify.annotations.Nullable;

/** Rows in the text format of COPY (<a href="https://www.postgresql.org/docs/17/sql-copy.html">file formats</a>). For one thread. */
final class CopyText {
    private final StringBuilder text = new StringBuilder();
    private boolean rowBegun;

    CopyText value(@Nullable Object value) {
        if (rowBegun) {
            text.append('\t');
        }
        rowBegun = true;
        text.append(value == null ? "\\N" : escape(value.toString()));
        return this;
    }

    void end() {
        text.append('\n');
        rowBegun = false;
    }

    int length() {
        return text.length();
    }

    /** What was appended since the last call. */
    String take() {
        String taken = text.toString();
        text.setLength(0);
        return taken;
    }

    private static String escape(String value) {
        return value.replace("\\", "\\\\")
                .replace("\t", "\\t")
                .replace("\n", "\\n")
                .replace("\r", "\\r");
    }
}
