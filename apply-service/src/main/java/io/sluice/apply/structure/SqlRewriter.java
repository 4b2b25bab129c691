package io.sluice.apply.structure;

import io.sluice.apply.structure.SqlTokens.Token;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Puts the target's names into text that the server's catalog functions wrote under {@code search_path=pg_catalog}: every
 * name that is not built in is qualified there, and the columns of a single table stand alone.
 */
final class SqlRewriter {

    /** Words that mean something else than a column where expressions are written out. */
    private static final Set<String> AMBIGUOUS = Set.of(
            "year",
            "month",
            "day",
            "hour",
            "minute",
            "second",
            "epoch",
            "week",
            "quarter",
            "century",
            "decade",
            "dow",
            "doy",
            "isodow",
            "isoyear",
            "julian",
            "millennium",
            "milliseconds",
            "microseconds",
            "timezone",
            "timezone_hour",
            "timezone_minute",
            "asc",
            "desc",
            "nulls",
            "first",
            "last",
            "include",
            "varying",
            "without",
            "time",
            "zone",
            "precision",
            "with",
            "value",
            "rows",
            "range",
            "both",
            "leading",
            "trailing",
            "path",
            "columns",
            "passing",
            "as",
            "btree",
            "hash",
            "gist",
            "gin",
            "brin",
            "spgist",
            "stored");

    private static final Set<String> BEFORE_RELATION = Set.of("from", "join", "only", "update", "using", ",", "(");

    private static final Set<String> AFTER_RELATION = Set.of(
            "where",
            "join",
            "left",
            "right",
            "full",
            "cross",
            "inner",
            "natural",
            "on",
            "using",
            "group",
            "order",
            "having",
            "limit",
            "offset",
            "union",
            "intersect",
            "except",
            "window",
            "fetch",
            "for",
            "returning",
            "set",
            "tablesample");

    private static final Set<String> OBJECT_NAMES =
            Set.of("regclass", "regtype", "regproc", "regprocedure", "regoper", "regoperator", "regcollation");

    private final Names names;

    SqlRewriter(Names names) {
        this.names = names;
    }

    /**
     * @param columns the target's name by the source's, of columns that stand alone in the text
     * @param query a table that is called differently gets its old name as an alias
     * @throws RenameException when a word could mean two things
     */
    String rewrite(String sql, Map<String, String> columns, boolean query) {
        List<Token> tokens = SqlTokens.of(sql);
        StringBuilder text = new StringBuilder(sql.length() + 32);
        Set<String> replacedSchemas = new HashSet<>();
        for (int i = 0; i < tokens.size(); i++) {
            Token token = tokens.get(i);
            if (token.type() == SqlTokens.Type.STRING && names(tokens, i)) {
                text.append(rewriteLiteral(token));
            } else if (token.name()
                    && is(tokens, i - 1, "(")
                    && i > 1
                    && tokens.get(i - 2).is("operator")) {
                text.append(names.schemaOfOperator(token.value(), token.text()));
            } else if (qualified(tokens, i)) {
                Token last = tokens.get(i + 2);
                TableName target =
                        names.renamed(token.value(), last.value(), is(tokens, i + 3, "(") && !column(tokens, i));
                if (target == null) {
                    text.append(token.text()).append('.').append(last.text());
                } else {
                    replacedSchemas.add(token.value());
                    text.append(Identifier.quote(target));
                    if (query && !target.table().equals(last.value()) && lacksAlias(tokens, i)) {
                        text.append(' ').append(last.text());
                    }
                }
                i += 2;
            } else if (alone(tokens, i) && columns.containsKey(token.value())) {
                if (token.type() == SqlTokens.Type.WORD && AMBIGUOUS.contains(token.value())) {
                    throw new RenameException(
                            "it uses the column " + token.value()
                                    + ", which is called differently on the target, and the word can mean something else there");
                }
                text.append(Identifier.quote(String.valueOf(columns.get(token.value()))));
            } else {
                text.append(token.text());
            }
        }
        if (query) {
            requireNoAlias(tokens, replacedSchemas);
        }
        return text.toString();
    }

    /** An alias of the name of a schema would make its columns look like qualified names. */
    private static void requireNoAlias(List<Token> tokens, Set<String> schemas) {
        for (int i = 0; i < tokens.size(); i++) {
            Token token = tokens.get(i);
            if (token.name() && schemas.contains(token.value()) && !is(tokens, i + 1, ".") && !is(tokens, i - 1, ".")) {
                throw new RenameException("it uses " + token.value() + " both as a schema and as another name");
            }
        }
    }

    /** Two names and nothing before them: {@code schema.name}, and not the end of a longer one. */
    private static boolean qualified(List<Token> tokens, int i) {
        return tokens.get(i).name()
                && is(tokens, i + 1, ".")
                && i + 2 < tokens.size()
                && tokens.get(i + 2).name()
                && !is(tokens, i - 1, ".");
    }

    /** {@code REFERENCES schema.table(column)} and {@code ON schema.table(column)} are no calls of functions. */
    private static boolean column(List<Token> tokens, int i) {
        Token before = significant(tokens, i, -1);
        return before != null && (before.is("references") || before.is("into") || before.is("on"));
    }

    private static boolean alone(List<Token> tokens, int i) {
        Token before = significant(tokens, i, -1);
        return tokens.get(i).name()
                && !is(tokens, i - 1, ".")
                && !is(tokens, i + 1, ".")
                && !is(tokens, i + 1, "(")
                && (before == null || !before.is("::") && !before.is("collate"));
    }

    private static boolean lacksAlias(List<Token> tokens, int i) {
        Token before = significant(tokens, i, -1);
        if (before == null || !BEFORE_RELATION.contains(before.value())) {
            return false;
        }
        Token after = significant(tokens, i + 2, 1);
        return after == null || !after.name() || AFTER_RELATION.contains(after.value());
    }

    /** A literal that is cast to the name of an object. */
    private static boolean names(List<Token> tokens, int i) {
        return is(tokens, i + 1, "::")
                && i + 2 < tokens.size()
                && OBJECT_NAMES.contains(tokens.get(i + 2).value());
    }

    private String rewriteLiteral(Token token) {
        String content = token.text().substring(1, token.text().length() - 1).replace("''", "'");
        return Identifier.literal(rewrite(content, Map.of(), false));
    }

    private static @Nullable Token significant(List<Token> tokens, int from, int step) {
        for (int i = from + step; i >= 0 && i < tokens.size(); i += step) {
            if (tokens.get(i).type() != SqlTokens.Type.SPACE) {
                return tokens.get(i);
            }
        }
        return null;
    }

    private static boolean is(List<Token> tokens, int i, String text) {
        return i >= 0 && i < tokens.size() && tokens.get(i).text().equals(text);
    }
}
