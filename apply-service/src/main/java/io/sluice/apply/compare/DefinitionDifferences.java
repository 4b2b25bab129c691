package io.sluice.apply.compare;

import io.sluice.apply.structure.Definitions.Definition;
import io.sluice.contracts.errand.ObjectDifference;
import io.sluice.contracts.errand.ObjectDifference.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What differs between two lists of definitions. Plain object. */
final class DefinitionDifferences {

    private static final int LONGEST = 4_000;

    /** Where the name of an object ends in the statement that makes it, and what it is like begins. */
    private static final Pattern END_OF_NAME = Pattern.compile("\\(| AS | USING | IS |;|\\n");

    private static final String NAME = "(?:\"(?:[^\"]|\"\")*\"|[^\\s,(\".]+)";

    /** What such an object is like stands between its name and its table's. */
    private static final Pattern ON_TABLE = Pattern.compile(
            "^(CREATE (?:CONSTRAINT )?(?:TRIGGER|POLICY) " + NAME + ") .*?\\b(ON " + NAME + "(?:\\." + NAME + ")?)",
            Pattern.DOTALL);

    static final String MAKES_SCHEMA = "CREATE SCHEMA ";

    /** A schema is made in a block, since it may be there. */
    private static final Pattern SCHEMA = Pattern.compile(MAKES_SCHEMA + NAME);

    private static final Pattern CONSTRAINT =
            Pattern.compile("^\\s*CONSTRAINT (" + NAME + ")\\s+(.*)$", Pattern.DOTALL);

    private static final Pattern FIRST_NAME =
            Pattern.compile("^\\s*(\"(?:[^\"]|\"\")*\"|[^\\s,]+)\\s*(.*)$", Pattern.DOTALL);

    private DefinitionDifferences() {}

    static List<ObjectDifference> between(List<Definition> source, List<Definition> target) {
        Map<String, Deque<Definition>> there = new LinkedHashMap<>();
        List<Definition> unequal = new ArrayList<>();
        Map<Definition, Long> equal = new LinkedHashMap<>();
        target.forEach(one -> equal.merge(one, 1L, Long::sum));
        for (Definition one : source) {
            if (equal.getOrDefault(one, 0L) > 0) {
                equal.merge(one, -1L, Long::sum);
            } else {
                unequal.add(one);
            }
        }
        equal.forEach((one, times) -> {
            for (long i = 0; i < times; i++) {
                there.computeIfAbsent(name(one), key -> new ArrayDeque<>()).add(one);
            }
        });
        List<ObjectDifference> differences = new ArrayList<>();
        for (Definition one : unequal) {
            Deque<Definition> same = there.get(name(one));
            Definition other = same == null ? null : same.poll();
            if (other == null) {
                differences.add(new ObjectDifference(one.kind(), name(one), Kind.MISSING, null, cut(one.text()), null));
            } else {
                differences.addAll(differing(one, other));
            }
        }
        there.values()
                .forEach(left -> left.forEach(one -> differences.add(
                        new ObjectDifference(one.kind(), name(one), Kind.EXTRA, null, null, cut(one.text())))));
        return differences;
    }

    private static List<ObjectDifference> differing(Definition source, Definition target) {
        List<ObjectDifference> differences = new ArrayList<>();
        if (source.kind().equals("TABLE")) {
            Map<String, String> wanted = parts(source.statements().getFirst());
            Map<String, String> there = parts(target.statements().getFirst());
            wanted.forEach((part, definition) -> {
                String other = there.get(part);
                if (!definition.equals(other)) {
                    differences.add(difference(source, part, definition, other));
                }
            });
            there.forEach((part, definition) -> {
                if (!wanted.containsKey(part)) {
                    differences.add(difference(source, part, null, definition));
                }
            });
        }
        if (differences.isEmpty()) {
            differences.add(difference(source, "definition", source.text(), target.text()));
        }
        return differences;
    }

    private static ObjectDifference difference(
            Definition object, String attribute, @Nullable String source, @Nullable String target) {
        return new ObjectDifference(object.kind(), name(object), Kind.DIFFERING, attribute, cut(source), cut(target));
    }

    /** The statement up to what the object is like: it names the object and, where it has one, its table. */
    static String name(Definition definition) {
        String statement =
                definition.statements().isEmpty() ? "" : definition.statements().getFirst();
        Matcher onTable = ON_TABLE.matcher(statement);
        if (onTable.find()) {
            return onTable.group(1) + " " + onTable.group(2);
        }
        Matcher schema = SCHEMA.matcher(statement);
        if (definition.kind().equals("SCHEMA") && schema.find()) {
            return schema.group();
        }
        Matcher end = END_OF_NAME.matcher(statement);
        return (end.find() ? statement.substring(0, end.start()) : statement).strip();
    }

    /** The columns and constraints of a CREATE TABLE by their first name, and what comes after them. */
    static Map<String, String> parts(String statement) {
        Map<String, String> parts = new LinkedHashMap<>();
        int depth = 0;
        int begin = -1;
        char quote = 0;
        for (int i = 0; i < statement.length(); i++) {
            char c = statement.charAt(i);
            if (quote != 0) {
                quote = c == quote ? 0 : quote;
            } else if (c == '\'' || c == '"') {
                quote = c;
            } else if (c == '(') {
                if (depth++ == 0) {
                    begin = i + 1;
                }
            } else if ((c == ',' && depth == 1) || (c == ')' && --depth == 0)) {
                put(parts, statement.substring(begin, i));
                begin = i + 1;
                if (depth == 0) {
                    parts.put("options", statement.substring(i + 1).strip());
                    return parts;
                }
            }
        }
        return parts;
    }

    private static void put(Map<String, String> parts, String part) {
        Matcher constraint = CONSTRAINT.matcher(part);
        Matcher name = FIRST_NAME.matcher(part);
        if (constraint.matches()) {
            parts.put(
                    "constraint " + Objects.requireNonNull(constraint.group(1)),
                    Objects.requireNonNull(constraint.group(2)).strip());
        } else if (name.matches()) {
            parts.put(
                    "column " + Objects.requireNonNull(name.group(1)),
                    Objects.requireNonNull(name.group(2)).strip());
        }
    }

    private static @Nullable String cut(@Nullable String text) {
        return text == null || text.length() <= LONGEST ? text : text.substring(0, LONGEST) + " ...";
    }
}
