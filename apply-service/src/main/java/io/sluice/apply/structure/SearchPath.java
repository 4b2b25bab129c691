package io.sluice.apply.structure;

import io.sluice.postgres.Identifier;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** The search_path that a function sets for itself: text in its definition, whose words are schemas. */
final class SearchPath {

    private static final String SETTING = "search_path=";

    private SearchPath() {}

    /**
     * The definition with the target's schemas in its search_path.
     *
     * @param definition as {@code pg_get_functiondef} writes it
     * @param settings as {@code pg_proc.proconfig} has them
     * @throws RenameException when it cannot be told what a schema has become
     */
    static String renamed(String definition, List<String> settings, Names names) {
        String value = settings.stream()
                .filter(setting -> setting.startsWith(SETTING))
                .findFirst()
                .orElse(null);
        if (value == null || !names.changes()) {
            return definition;
        }
        List<String> schemas = SqlTokens.of(value.substring(SETTING.length())).stream()
                .filter(SqlTokens.Token::name)
                .map(token -> token.type() == SqlTokens.Type.QUOTED ? token.value() : token.text())
                .toList();
        String before = line(schemas, schema -> schema);
        String after = line(schemas, names::inSearchPath);
        if (before.equals(after)) {
            return definition;
        }
        int at = definition.indexOf(before);
        if (at < 0) {
            throw new RenameException("its search_path has schemas that are called differently on the target");
        }
        return definition.substring(0, at) + after + definition.substring(at + before.length());
    }

    private static String line(List<String> schemas, UnaryOperator<String> name) {
        return "\n SET search_path TO "
                + schemas.stream().map(name).map(Identifier::literal).collect(Collectors.joining(", "))
                + "\n";
    }
}
