package io.sluice.postgres.dialect;

import static java.util.stream.Collectors.joining;

import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Rows come to a statement as arrays of text, one for each column, which it reads as {@code u.c1, u.c2, ...}; here they
 * become values of the columns' types.
 */
final class Parameters {

    private Parameters() {}

    /** {@code u.c1::int4, u.c2::text}, the first column being {@code from + 1}. */
    static String casts(TableDefinition table, List<String> columns, int from) {
        return cast(table, columns, from, "");
    }

    /** The same with names, for a sub-query. */
    static String named(TableDefinition table, List<String> columns, int from) {
        return cast(table, columns, from, " AS c");
    }

    private static String cast(TableDefinition table, List<String> columns, int from, String naming) {
        Map<String, String> types = types(table);
        return IntStream.range(0, columns.size())
                .mapToObj(i -> {
                    int place = from + i + 1;
                    return "u.c" + place + "::" + types.get(columns.get(i)) + (naming.isEmpty() ? "" : naming + place);
                })
                .collect(joining(", "));
    }

    static Map<String, String> types(TableDefinition table) {
        return table.columns().stream().collect(Collectors.toMap(ColumnDefinition::name, ColumnDefinition::castType));
    }
}
