package io.sluice.task.task;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What a row filter may be made of: one SQL condition that cannot leave the parentheses in which it is put, and that
 * reads no other table. PostgreSQL judges the rest, see {@link FilterCheck}. Quoting is that of "Lexical Structure" in
 * PostgreSQL's manual, section 4.1.
 */
final class FilterRules {

    static final int MAXIMUM_LENGTH = 512;

    /** Each sub-query begins with one of these. */
    private static final Set<String> SUB_QUERIES = Set.of("SELECT", "TABLE", "VALUES");

    /** Words that stand for a value of the moment or of the session; a column of such a name must be quoted anyway. */
    private static final Set<String> VALUES_OF_THE_MOMENT = Set.of(
            "CURRENT_DATE",
            "CURRENT_TIME",
            "CURRENT_TIMESTAMP",
            "LOCALTIME",
            "LOCALTIMESTAMP",
            "CURRENT_USER",
            "CURRENT_ROLE",
            "SESSION_USER",
            "SYSTEM_USER",
            "USER",
            "CURRENT_CATALOG",
            "CURRENT_SCHEMA");

    private final String filter;
    private final Deque<Character> open = new ArrayDeque<>();
    private int at;

    private FilterRules(String filter) {
        this.filter = filter;
    }

    /** What is wrong, to go on after the field's name; empty when nothing is. */
    static Optional<String> problem(String filter) {
        if (filter.isBlank() || filter.length() > MAXIMUM_LENGTH) {
            return Optional.of("must be one SQL condition of at most " + MAXIMUM_LENGTH + " characters.");
        }
        if (filter.codePoints().anyMatch(FilterRules::isForbidden)) {
            return Optional.of("must not hold control characters, nor halves of surrogate pairs.");
        }
        if (filter.indexOf(';') >= 0) {
            return Optional.of("must be one SQL condition, without a semicolon.");
        }
        if (filter.contains("\\'")) {
            return Optional.of("must not hold \\'; write a quote within a string as ''.");
        }
        Optional<String> problem = new FilterRules(filter).scan();
        return problem.isPresent() ? problem : unfitCall(filter);
    }

    private static Optional<String> unfitCall(String filter) {
        return FilterCalls.of(filter).stream()
                .filter(FilterCalls.Call::unfit)
                .findFirst()
                .map(call -> "must not call " + call
                        + ": whether a row is within must hang on the row alone, else load and changes disagree.");
    }

    private Optional<String> scan() {
        while (at < filter.length()) {
            char c = filter.charAt(at);
            Optional<String> problem = switch (c) {
                case '\'', '"' -> quoted(c);
                case '(', '[' -> opened(c);
                case ')', ']' -> closed(c);
                case '-' -> comment("--");
                case '/' -> comment("/*");
                case '.' -> wholeRow();
                case '$' -> Optional.of("must not hold $ outside of quotes: neither $1 nor $$text$$.");
                default -> Character.isLetter(c) || c == '_' ? word() : next();
            };
            if (problem.isPresent()) {
                return problem;
            }
        }
        return open.isEmpty() ? Optional.empty() : Optional.of("must close every parenthesis that it opens.");
    }

    private Optional<String> next() {
        at++;
        return Optional.empty();
    }

    private Optional<String> quoted(char quote) {
        int end = filter.indexOf(quote, at + 1);
        if (end < 0) {
            return Optional.of("must close every quote that it opens.");
        }
        // A doubled quote stands for itself; read as two strings side by side it ends at the same place.
        at = end + 1;
        return Optional.empty();
    }

    private Optional<String> opened(char bracket) {
        open.push(bracket == '(' ? ')' : ']');
        return next();
    }

    private Optional<String> closed(char bracket) {
        if (open.isEmpty() || open.pop() != bracket) {
            return Optional.of("must not close a parenthesis that it did not open.");
        }
        return next();
    }

    private Optional<String> comment(String begin) {
        return filter.startsWith(begin, at) ? Optional.of("must not hold comments (" + begin + ").") : next();
    }

    /** Whether a row is within must not hang on columns that are added one day. */
    private Optional<String> wholeRow() {
        return filter.startsWith(".*", at)
                ? Optional.of("must not hold .* (all columns of a row); name the columns.")
                : next();
    }

    private Optional<String> word() {
        int begin = at;
        while (at < filter.length() && (Character.isLetterOrDigit(filter.charAt(at)) || filter.charAt(at) == '_')) {
            at++;
        }
        String word = filter.substring(begin, at).toUpperCase(Locale.ROOT);
        if (word.equals("U") && filter.startsWith("&\"", at)) {
            return Optional.of("must not hold U&\"names\"; write the name itself in double quotes.");
        }
        // After a dot it is a column's name.
        if (VALUES_OF_THE_MOMENT.contains(word)
                && !filter.substring(0, begin).stripTrailing().endsWith(".")) {
            return Optional.of("must not hold " + word
                    + ", which is another value each time; a column of that name must stand in double quotes.");
        }
        return SUB_QUERIES.contains(word)
                ? Optional.of("must not hold a sub-query; a column named " + word + " must stand in double quotes.")
                : Optional.empty();
    }

    private static boolean isForbidden(int c) {
        return Character.isISOControl(c) && c != '\n' && c != '\t' && c != '\r'
                || Character.getType(c) == Character.SURROGATE;
    }
}
