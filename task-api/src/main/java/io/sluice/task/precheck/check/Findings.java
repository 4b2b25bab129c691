package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What one check found, in order. For one thread. */
final class Findings {

    /** More names than this in a sentence help nobody. */
    private static final int NAMES = 20;

    private final List<Finding> all = new ArrayList<>();
    private String remark = "";

    /** @param objects the names of what is meant, all of them */
    void fail(String field, ErrorCode code, String reason, String fix, Collection<?> objects) {
        add(Result.FAILED, field, code, reason, fix, objects);
    }

    void fail(String field, ErrorCode code, String reason, String fix) {
        fail(field, code, reason, fix, List.of());
    }

    /** What was made of an error. */
    void fail(Violation violation) {
        fail(violation.field(), violation.code(), violation.message(), "");
    }

    /** @param objects the names of what is meant, all of them */
    void warn(String field, String reason, String fix, Collection<?> objects) {
        add(Result.WARNING, field, ErrorCode.PRECHECK_UNCONFIRMED, reason, fix, objects);
    }

    void warn(String field, String reason, String fix) {
        warn(field, reason, fix, List.of());
    }

    /** What to say when nothing was found. */
    void remark(String text) {
        remark = text;
    }

    private void add(Result result, String field, ErrorCode code, String reason, String fix, Collection<?> objects) {
        List<String> names = objects.stream().map(Object::toString).toList();
        all.add(new Finding(
                result,
                field,
                code,
                reason,
                fix,
                names.stream().limit(Item.OBJECTS).toList(),
                names.size(),
                List.of(field, reason, names).hashCode()));
    }

    List<Finding> all() {
        return List.copyOf(all);
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    Item item(About about) {
        return Item.of(about, all, remark);
    }

    /** {@code a, b, c and 7 more}. */
    static String list(Collection<?> names) {
        String head = names.stream().limit(NAMES).map(Object::toString).collect(Collectors.joining(", "));
        return names.size() <= NAMES ? head : head + " and " + (names.size() - NAMES) + " more";
    }

    /** {@code GRANT USAGE ON SCHEMA a TO role; ...} for the schemas of these tables, with a space at the end. */
    static String usage(Collection<TableName> tables, String role) {
        return tables.stream()
                .map(TableName::schema)
                .distinct()
                .limit(Item.OBJECTS)
                .map(schema -> "GRANT USAGE ON SCHEMA " + Identifier.quote(schema) + " TO " + role + "; ")
                .collect(Collectors.joining());
    }

    /** One statement for each table, as far as they can be read: {@code ALTER TABLE a ...; ALTER TABLE b ...;}. */
    static String sql(Collection<TableName> tables, Function<String, String> statement) {
        return tables.stream()
                .limit(Item.OBJECTS)
                .map(table -> statement.apply(Identifier.quote(table)) + ";")
                .collect(Collectors.joining(" "));
    }
}
