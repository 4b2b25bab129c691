package io.sluice.apply.ddl;

import java.util.Locale;
import java.util.Set;

/**
 * Whether the target's rows come out of a change of a column's type as those of the source did. They do when the source did
 * not touch its rows, or when it had nothing but the usual cast, and that depends on no setting of its session.
 */
final class TypeChange {

    private static final Set<String> NUMBERS = Set.of("smallint", "integer", "bigint", "numeric");

    private static final Set<String> TEXTS = Set.of("text", "character varying");

    private TypeChange() {}

    /**
     * @param rewritten the source may have given the table a new file
     * @param statement what the client had sent
     */
    static boolean certain(String from, String to, boolean rewritten, String statement) {
        if (!rewritten) {
            return true;
        }
        String text = statement.strip().toUpperCase(Locale.ROOT);
        // USING may compute whatever it likes, and a function may hide it.
        return text.startsWith("ALTER TABLE") && !text.contains("USING") && usualCast(base(from), base(to));
    }

    private static boolean usualCast(String from, String to) {
        return from.equals(to)
                || NUMBERS.contains(from) && (NUMBERS.contains(to) || TEXTS.contains(to))
                || TEXTS.contains(from) && TEXTS.contains(to)
                || from.equals("uuid") && TEXTS.contains(to);
    }

    private static String base(String type) {
        int bracket = type.indexOf('(');
        return bracket < 0 ? type : type.substring(0, bracket);
    }
}
