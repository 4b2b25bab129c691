package io.sluice.apply.ddl;

import io.sluice.contracts.change.SourceTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whether two texts of PostgreSQL about a table say the same, but for columns that have got other names in between: those
 * PostgreSQL puts into its constraints, indexes and expressions by itself. What cannot be told is taken for another text.
 */
final class ColumnRenames {

    /** Strings, names, numbers, casts, and every other sign by itself. */
    private static final Pattern TOKEN =
            Pattern.compile("'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[\\p{L}_][\\p{L}\\p{N}_$]*|\\p{N}+|::|\\S");

    /** What comes before a name that is no column's. */
    private static final Set<String> BEFORE_OTHERS = Set.of(".", "::", "COLLATE");

    private final Map<String, String> names;

    ColumnRenames(SourceTable before, SourceTable after) {
        this.names = before.renamedTo(after);
    }

    boolean same(@Nullable String before, @Nullable String after) {
        if (before == null || after == null || names.isEmpty()) {
            return before == null ? after == null : before.equals(after);
        }
        List<String> old = tokens(before);
        List<String> now = tokens(after);
        if (old.size() != now.size()) {
            return false;
        }
        for (int i = 0; i < old.size(); i++) {
            String renamed = names.get(name(old.get(i)));
            boolean equal = old.get(i).equals(now.get(i));
            if (renamed == null ? !equal : !(equal && isNoColumn(old, i)) && !renamed.equals(name(now.get(i)))) {
                return false;
            }
        }
        return true;
    }

    /** It is a function, a type, a table or a part of a value. */
    private static boolean isNoColumn(List<String> tokens, int place) {
        return place > 0 && BEFORE_OTHERS.contains(tokens.get(place - 1))
                || place + 1 < tokens.size() && tokens.get(place + 1).equals("(");
    }

    private static List<String> tokens(String text) {
        List<String> tokens = new ArrayList<>();
        Matcher matcher = TOKEN.matcher(text);
        while (matcher.find()) {
            tokens.add(matcher.group());
        }
        return tokens;
    }

    /** PostgreSQL writes names with capitals in quotes, and its own words, but for those, in capitals. */
    private static String name(String token) {
        return token.startsWith("\"") ? token.substring(1, token.length() - 1).replace("\"\"", "\"") : token;
    }
}
