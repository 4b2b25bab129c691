package io.sluice.apply.ddl;

import io.sluice.contracts.change.SourceObject.Rewrite;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whether the target's rows come out of a change of a column's type as those of the source did. They do when the source did
 * not touch its values, or when it had nothing but the usual cast, and that depends on no setting of its session.
 */
final class TypeChange {

    private static final Set<String> NUMBERS = Set.of("smallint", "integer", "bigint", "numeric");

    private static final Set<String> TEXTS = Set.of("text", "character varying");

    /** It stands in the middle of some types: {@code timestamp(3) with time zone}. */
    private static final Pattern LENGTH = Pattern.compile("\\([^)]*\\)");

    private TypeChange() {}

    /** @param rewrites what became of the source's rows; null where that is not known */
    static boolean certain(String from, String to, @Nullable Set<Rewrite> rewrites) {
        if (rewrites == null || rewrites.contains(Rewrite.COMPUTED)) {
            return false;
        }
        return !rewrites.contains(Rewrite.CAST) || usualCast(base(from), base(to));
    }

    private static boolean usualCast(String from, String to) {
        return from.equals(to)
                || NUMBERS.contains(from) && (NUMBERS.contains(to) || TEXTS.contains(to))
                || TEXTS.contains(from) && TEXTS.contains(to)
                || from.equals("uuid") && TEXTS.contains(to);
    }

    /** A name in quotes may have anything in it. */
    private static String base(String type) {
        return type.indexOf('"') >= 0 ? type : LENGTH.matcher(type).replaceFirst("");
    }
}
