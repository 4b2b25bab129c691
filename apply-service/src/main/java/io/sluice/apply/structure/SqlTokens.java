package io.sluice.apply.structure;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Takes SQL text apart as PostgreSQL's scanner does, chapter 4.1 of the manual. Joined again it is the same text. */
final class SqlTokens {

    /** What a token is. */
    enum Type {
        /** A key word or a name without quotes. */
        WORD,
        /** A name in double quotes. */
        QUOTED,
        STRING,
        SPACE,
        /** Numbers, operators, punctuation. */
        OTHER
    }

    /** A piece of the text. */
    record Token(Type type, String text) {

        boolean name() {
            return type == Type.WORD || type == Type.QUOTED;
        }

        /** As the catalog has the name. */
        String value() {
            return type == Type.QUOTED
                    ? text.substring(1, text.length() - 1).replace("\"\"", "\"")
                    : text.toLowerCase(Locale.ROOT);
        }

        boolean is(String what) {
            return text.equalsIgnoreCase(what);
        }
    }

    private final String sql;
    private final List<Token> tokens = new ArrayList<>();
    private int at;

    private SqlTokens(String sql) {
        this.sql = sql;
    }

    static List<Token> of(String sql) {
        SqlTokens scanner = new SqlTokens(sql);
        while (scanner.at < sql.length()) {
            scanner.next();
        }
        return scanner.tokens;
    }

    private void next() {
        char c = sql.charAt(at);
        if (Character.isWhitespace(c)) {
            take(Type.SPACE, until(at, position -> !Character.isWhitespace(sql.charAt(position))));
        } else if (sql.startsWith("--", at)) {
            int end = sql.indexOf('\n', at);
            take(Type.SPACE, end < 0 ? sql.length() : end);
        } else if (sql.startsWith("/*", at)) {
            take(Type.SPACE, endOfComment());
        } else if (c == '"') {
            take(Type.QUOTED, closing(at + 1, '"', false));
        } else if (c == '\'') {
            take(Type.STRING, closing(at + 1, '\'', false));
        } else if ((c == 'E' || c == 'e' || c == 'B' || c == 'b' || c == 'X' || c == 'x') && follows('\'')) {
            take(Type.STRING, closing(at + 2, '\'', c == 'E' || c == 'e'));
        } else if (c == '$' && dollarTag() > 0) {
            take(Type.STRING, closingDollar(dollarTag()));
        } else if (startsName(c)) {
            take(Type.WORD, until(at, position -> !continuesName(sql.charAt(position))));
        } else if (sql.startsWith("::", at)) {
            take(Type.OTHER, at + 2);
        } else if (Character.isDigit(c)) {
            take(Type.OTHER, until(at, position -> !continuesName(sql.charAt(position))));
        } else {
            take(Type.OTHER, at + 1);
        }
    }

    private boolean follows(char what) {
        return at + 1 < sql.length() && sql.charAt(at + 1) == what;
    }

    /** Tells where to stop. */
    @FunctionalInterface
    private interface Stop {
        boolean at(int position);
    }

    private int until(int from, Stop stop) {
        int end = from;
        while (end < sql.length() && !stop.at(end)) {
            end++;
        }
        return end;
    }

    private int closing(int from, char quote, boolean backslashes) {
        int end = from;
        while (end < sql.length()) {
            char c = sql.charAt(end);
            if (backslashes && c == '\\') {
                end += 2;
            } else if (c != quote) {
                end++;
            } else if (end + 1 < sql.length() && sql.charAt(end + 1) == quote) {
                end += 2;
            } else {
                return end + 1;
            }
        }
        return sql.length();
    }

    private int endOfComment() {
        int depth = 0;
        int end = at;
        while (end < sql.length()) {
            if (sql.startsWith("/*", end)) {
                depth++;
                end += 2;
            } else if (sql.startsWith("*/", end)) {
                depth--;
                end += 2;
                if (depth == 0) {
                    return end;
                }
            } else {
                end++;
            }
        }
        return sql.length();
    }

    /** The length of the tag with both signs; 0 when this is none. */
    private int dollarTag() {
        int end = until(at + 1, position -> !continuesName(sql.charAt(position)) || sql.charAt(position) == '$');
        boolean tag = end < sql.length()
                && sql.charAt(end) == '$'
                && (end == at + 1 || !Character.isDigit(sql.charAt(at + 1)));
        return tag ? end + 1 - at : 0;
    }

    private int closingDollar(int length) {
        int end = sql.indexOf(sql.substring(at, at + length), at + length);
        return end < 0 ? sql.length() : end + length;
    }

    private static boolean startsName(char c) {
        return c == '_' || Character.isLetter(c);
    }

    private static boolean continuesName(char c) {
        return c == '_' || c == '$' || Character.isLetterOrDigit(c);
    }

    private void take(Type type, int end) {
        tokens.add(new Token(type, sql.substring(at, end)));
        at = end;
    }
}
