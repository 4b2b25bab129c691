package io.sluice.task.precheck;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What the checks found, in order. For one thread. */
final class Findings {

    /** More names than this help nobody. */
    private static final int NAMES = 20;

    private final List<Violation> all = new ArrayList<>();

    /** @param message says what is wrong and what to do, with SQL to paste where SQL helps */
    void add(String field, ErrorCode code, String message) {
        all.add(new Violation(field, code, message));
    }

    void add(Violation violation) {
        all.add(violation);
    }

    void addAll(Findings others) {
        all.addAll(others.all);
    }

    List<Violation> all() {
        return List.copyOf(all);
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    /** {@code a, b, c and 7 more}. */
    static String list(Collection<?> names) {
        String head = names.stream().limit(NAMES).map(Object::toString).collect(Collectors.joining(", "));
        return names.size() <= NAMES ? head : head + " and " + (names.size() - NAMES) + " more";
    }

    /** One statement for each table, as far as they can be read: {@code ALTER TABLE a ...; ALTER TABLE b ...;}. */
    static String sql(Collection<TableName> tables, Function<String, String> statement) {
        return tables.stream()
                .limit(NAMES)
                .map(table -> statement.apply(Identifier.quote(table)) + ";")
                .collect(Collectors.joining(" "));
    }
}
