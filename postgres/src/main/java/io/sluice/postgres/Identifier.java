package io.sluice.postgres;

import io.sluice.contracts.task.TableName;
import java.util.Collection;
import java.util.stream.Collectors;

/**
 * Quoting, for every place where a name or a literal goes into SQL text. See "Identifiers and Key Words" in PostgreSQL's
 * manual, section 4.1.1.
 */
public final class Identifier {

    private Identifier() {}

    /** Always in double quotes: a name is then case-sensitive and never a key word. */
    public static String quote(String name) {
        if (name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("identifier: holds a NUL");
        }
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    public static String quote(TableName name) {
        return quote(name.schema()) + '.' + quote(name.table());
    }

    /** {@code "a", "b", "c"}. */
    public static String list(Collection<String> names) {
        return names.stream().map(Identifier::quote).collect(Collectors.joining(", "));
    }

    /** A string constant, for statements that take no parameters. */
    public static String literal(String text) {
        String quoted = '\'' + text.replace("'", "''") + '\'';
        return text.indexOf('\\') >= 0 ? " E" + quoted.replace("\\", "\\\\") : quoted;
    }
}
