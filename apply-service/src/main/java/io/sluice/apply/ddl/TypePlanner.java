package io.sluice.apply.ddl;

import io.sluice.apply.structure.Definitions;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.change.SourceObject.TypeParts;
import io.sluice.contracts.change.SourceObject.TypeParts.Attribute;
import io.sluice.contracts.change.SourceTable.Constraint;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of enumerations, domains, composite types and ranges. Those of the schemas that the task has tables of are
 * followed, and any other of which the target had the very same. Stateless.
 */
final class TypePlanner {

    private static final String NOT_VALID = " NOT VALID";

    /** Commands that speak of a type without changing it begin with others. */
    private static final Set<String> DEFINING = Set.of("CREATE", "ALTER", "DROP");

    private final ObjectNames names;
    private final Predicate<String> chosen;
    private final Predicate<String> shared;
    private final Set<TableName> targets;

    /**
     * @param chosen whether the task has tables of a schema of the source
     * @param shared whether another schema of the source goes into the same one of the target
     * @param targets the task's tables on the target
     */
    TypePlanner(ObjectNames names, Predicate<String> chosen, Predicate<String> shared, Collection<TableName> targets) {
        this.names = names;
        this.chosen = chosen;
        this.shared = shared;
        this.targets = Set.copyOf(targets);
    }

    /** @param tag as in {@code ALTER TYPE} */
    List<Wish> wishes(SourceObject object, String tag, TargetCatalog catalog) {
        TableName source = new TableName(String.valueOf(object.schema()), object.name());
        if (!follows(object, catalog)) {
            return List.of();
        }
        TableName type = names.object(source.schema(), source.table());
        SourceObject.Earlier earlier = object.earlier();
        boolean same = isSame(earlier, catalog);
        if (object.dropped()) {
            return catalog.hasType(type) ? List.of(drop(source, type, same)) : List.of();
        }
        if (earlier == null && !DEFINING.contains(tag.substring(0, Math.max(tag.indexOf(' '), 0)))) {
            return List.of();
        }
        TableName known = earlier == null ? type : names.object(earlier.schema(), earlier.name());
        if (!known.equals(type) && catalog.hasType(known)) {
            return List.of(new Wish(
                    source,
                    same ? renamed(known, type) : List.of(),
                    "The type " + known + " was renamed to " + type
                            + " at the source. Rename it on the target by hand, if it is the same one there."));
        }
        if (!catalog.hasType(type)) {
            return List.of(make(object, source, tag.startsWith("CREATE ")));
        }
        return object.labels().isEmpty() ? change(object, source, type, same, catalog) : List.of();
    }

    private boolean follows(SourceObject object, TargetCatalog catalog) {
        SourceObject.Earlier earlier = object.earlier();
        return chosen.test(String.valueOf(object.schema()))
                || earlier != null && chosen.test(earlier.schema())
                || isSame(earlier, catalog);
    }

    /** The target has just what the source had, and for the task alone: what is anybody else's, too, is left alone. */
    private boolean isSame(SourceObject.@Nullable Earlier earlier, TargetCatalog catalog) {
        if (earlier == null || shared.test(earlier.schema())) {
            return false;
        }
        TableName type = names.object(earlier.schema(), earlier.name());
        return isSame(earlier.definition(), catalog.typeDefinition(type))
                && targets.containsAll(catalog.tablesWith(type));
    }

    private boolean isSame(@Nullable String source, @Nullable String target) {
        return source != null
                && target != null
                && Definitions.plain(names.text(source)).equals(Definitions.plain(target));
    }

    private static Wish drop(TableName source, TableName type, boolean same) {
        return new Wish(
                source,
                same ? List.of("DROP TYPE " + Identifier.quote(type)) : List.of(),
                "The type " + source + " was dropped at the source. The target has one of this name.");
    }

    private Wish make(SourceObject object, TableName source, boolean isNew) {
        String definition = object.definition();
        return new Wish(
                source,
                definition == null || !isNew ? List.of() : List.of(names.text(definition)),
                "The type " + source + " was made or changed at the source. The target has none of this name; make it"
                        + " there by hand.");
    }

    private List<Wish> change(
            SourceObject object, TableName source, TableName type, boolean same, TargetCatalog catalog) {
        String there = catalog.typeDefinition(type);
        SourceObject.Earlier earlier = object.earlier();
        TypeParts before = earlier == null ? null : earlier.parts();
        TypeParts after = object.parts();
        if (isSame(object.definition(), there) || before != null && before.equals(after)) {
            return List.of();
        }
        return List.of(new Wish(
                source,
                !same || before == null || after == null ? List.of() : changes(type, before, after),
                "The type " + source + " was changed at the source, to " + object.definition() + ", and is " + there
                        + " on the target. Make the change there by hand."));
    }

    private static List<String> renamed(TableName known, TableName type) {
        List<String> statements = new ArrayList<>();
        if (!known.schema().equals(type.schema())) {
            statements.add("ALTER TYPE " + Identifier.quote(known) + " SET SCHEMA " + Identifier.quote(type.schema()));
        }
        if (!known.table().equals(type.table())) {
            statements.add("ALTER TYPE " + Identifier.quote(new TableName(type.schema(), known.table())) + " RENAME TO "
                    + Identifier.quote(type.table()));
        }
        return statements;
    }

    private List<String> changes(TableName type, TypeParts before, TypeParts after) {
        List<String> statements = new ArrayList<>();
        attributes("ALTER TYPE " + Identifier.quote(type) + " ", before, after, statements);
        String alter = "ALTER DOMAIN " + Identifier.quote(type) + " ";
        if (!Objects.equals(before.defaultValue(), after.defaultValue())) {
            statements.add(
                    after.defaultValue() == null
                            ? alter + "DROP DEFAULT"
                            : alter + "SET DEFAULT " + names.text(after.defaultValue()));
        }
        if (before.notNull() != after.notNull()) {
            statements.add(alter + (after.notNull() ? "SET NOT NULL" : "DROP NOT NULL"));
        }
        constraints(alter, by(before), by(after), statements);
        return statements;
    }

    private void attributes(String alter, TypeParts before, TypeParts after, List<String> statements) {
        Map<Integer, Attribute> old = by(before.attributes(), Attribute::number);
        Map<Integer, Attribute> now = by(after.attributes(), Attribute::number);
        for (Attribute attribute : before.attributes()) {
            if (!now.containsKey(attribute.number())) {
                statements.add(alter + "DROP ATTRIBUTE " + Identifier.quote(attribute.name()));
            }
        }
        for (Attribute attribute : after.attributes()) {
            String name = Identifier.quote(attribute.name());
            String type = names.text(attribute.type());
            Attribute was = old.get(attribute.number());
            if (was == null) {
                statements.add(alter + "ADD ATTRIBUTE " + name + " " + type);
                continue;
            }
            if (!was.name().equals(attribute.name())) {
                statements.add(alter + "RENAME ATTRIBUTE " + Identifier.quote(was.name()) + " TO " + name);
            }
            if (!was.type().equals(attribute.type())) {
                statements.add(alter + "ALTER ATTRIBUTE " + name + " TYPE " + type);
            }
        }
    }

    private void constraints(
            String alter, Map<String, String> before, Map<String, String> after, List<String> statements) {
        Map<String, String> old = new HashMap<>(before);
        old.keySet().removeAll(after.keySet());
        Map<String, String> made = new HashMap<>(after);
        made.keySet().removeAll(before.keySet());
        old.forEach((name, definition) -> {
            String other = made.entrySet().stream()
                    .filter(entry -> entry.getValue().equals(definition))
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .orElse(null);
            if (other == null) {
                statements.add(alter + "DROP CONSTRAINT " + Identifier.quote(name));
            } else {
                made.remove(other);
                statements.add(
                        alter + "RENAME CONSTRAINT " + Identifier.quote(name) + " TO " + Identifier.quote(other));
            }
        });
        after.forEach((name, definition) -> {
            String was = before.get(name);
            if (was != null && was.equals(definition + NOT_VALID)) {
                statements.add(alter + "VALIDATE CONSTRAINT " + Identifier.quote(name));
            } else if (was != null && !was.equals(definition)) {
                statements.add(alter + "DROP CONSTRAINT " + Identifier.quote(name));
                made.put(name, definition);
            }
        });
        made.forEach((name, definition) ->
                statements.add(alter + "ADD CONSTRAINT " + Identifier.quote(name) + " " + names.text(definition)));
    }

    private static Map<String, String> by(TypeParts parts) {
        return parts.constraints().stream().collect(Collectors.toMap(Constraint::name, Constraint::definition));
    }

    private static <K, T> Map<K, T> by(List<T> items, Function<T, K> key) {
        return items.stream().collect(Collectors.toMap(key, item -> item));
    }

    /**
     * Rows need the labels, so these are no wishes.
     *
     * @throws SluiceException {@code SCHEMA_CHANGED} when it is not certain which one was renamed
     */
    List<String> labels(SourceObject object, TargetCatalog catalog) {
        TableName name = names.object(String.valueOf(object.schema()), object.name());
        List<String> known = catalog.labels(name.schema(), name.table());
        if (known.isEmpty() || object.dropped() || !needed(object, name, catalog)) {
            return List.of();
        }
        String type = Identifier.quote(name);
        List<String> gone =
                known.stream().filter(label -> !object.labels().contains(label)).toList();
        if (!gone.isEmpty() && !known.containsAll(object.labels())) {
            return List.of(renamed(type, known, object.labels(), gone));
        }
        List<String> statements = new ArrayList<>();
        @Nullable String previous = null;
        for (String label : object.labels()) {
            if (!known.contains(label)) {
                String place = previous == null
                        ? " BEFORE " + Identifier.literal(known.getFirst())
                        : " AFTER " + Identifier.literal(previous);
                statements.add("ALTER TYPE " + type + " ADD VALUE " + Identifier.literal(label) + place);
            }
            previous = label;
        }
        return statements;
    }

    /** One of the same name may be somebody else's. */
    private boolean needed(SourceObject object, TableName name, TargetCatalog catalog) {
        return object.earlier() == null
                || follows(object, catalog)
                || catalog.tablesWith(name).stream().anyMatch(targets::contains);
    }

    /**
     * A label cannot be dropped; one command renames one, and the new name is in the place of the old one. A target that only
     * has more was made from a later state of the source.
     */
    private static String renamed(String type, List<String> known, List<String> labels, List<String> gone) {
        String old = gone.getFirst();
        int place = known.indexOf(old);
        List<String> expected = new ArrayList<>(known);
        if (gone.size() == 1 && labels.size() == known.size()) {
            expected.set(place, labels.get(place));
        }
        if (!expected.equals(labels)) {
            throw new SluiceException(
                    ErrorCode.SCHEMA_CHANGED,
                    "The type " + type + " has the labels " + labels + " at the source and " + known
                            + " on the target, so it is not certain which was renamed. Rename them on the target"
                            + " (ALTER TYPE ... RENAME VALUE), then resume the task.");
        }
        return "ALTER TYPE " + type + " RENAME VALUE " + Identifier.literal(old) + " TO "
                + Identifier.literal(labels.get(place));
    }
}
