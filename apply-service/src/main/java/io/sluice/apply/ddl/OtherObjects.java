package io.sluice.apply.ddl;

import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of schemas, views and types: made, and views dropped, where every name in them means the same on the target;
 * named where that is not so and the target has something to do with it. Objects of others are passed over. Stateless.
 */
final class OtherObjects {

    /** For an error of the triggers that is about no table that they could tell. */
    private static final TableName ANY = new TableName("*", "*");

    private final Map<TableName, TableMapping> mappings;

    OtherObjects(Map<TableName, TableMapping> mappings) {
        this.mappings = mappings;
    }

    /**
     * Something to do that may fail without harm to any row, or only to tell.
     *
     * @param sql null when there is nothing to do
     * @param words for the user, when it is not done
     */
    record Wish(TableName about, @Nullable String sql, String words) {}

    /** In the order in which they can be done: schemas are left last. */
    List<Wish> wishes(Ddl ddl, TargetCatalog catalog) {
        List<Wish> wishes = new ArrayList<>();
        List<Wish> last = new ArrayList<>();
        boolean defines = ddl.tag().startsWith("CREATE ") || ddl.tag().startsWith("ALTER ");
        for (SourceObject object : ddl.objects()) {
            TableName name = new TableName(Objects.requireNonNullElse(object.schema(), object.name()), object.name());
            switch (object.type()) {
                case "schema" -> {
                    if (object.dropped()) {
                        dropSchema(name, catalog, last);
                    }
                }
                case "view", "materialized view" -> {
                    if (object.dropped()) {
                        dropView(object, name, catalog, wishes);
                    } else if (defines) {
                        nameView(object, name, catalog, wishes);
                    }
                }
                case "type" -> {
                    if (object.dropped() || defines) {
                        type(object, name, ddl.tag(), catalog, wishes);
                    }
                }
                case "unknown" ->
                    wishes.add(new Wish(
                            ANY,
                            null,
                            "The source could not say what a command has changed, perhaps in tables of the task: "
                                    + ddl.error()
                                    + ". Make on the target by hand what is missing there, then skip this."));
                default -> {
                    // Tables are somebody else's.
                }
            }
        }
        wishes.addAll(last);
        return wishes;
    }

    List<String> schema(SourceObject object, TargetCatalog catalog) {
        return object.dropped() || catalog.hasSchema(object.name())
                ? List.of()
                : List.of("CREATE SCHEMA " + Identifier.quote(object.name()));
    }

    /** Others may have put something there. */
    private void dropSchema(TableName name, TargetCatalog catalog, List<Wish> wishes) {
        if (catalog.hasSchema(name.schema()) && isChosen(name.schema())) {
            wishes.add(new Wish(
                    name,
                    "DROP SCHEMA " + Identifier.quote(name.schema()),
                    "The schema " + name.schema() + " was dropped at the source; the target still has it."));
        }
    }

    private void dropView(SourceObject object, TableName name, TargetCatalog catalog, List<Wish> wishes) {
        List<TableName> reads = catalog.viewReads(name);
        boolean ours = reads != null && !reads.isEmpty() && reads.stream().allMatch(read -> isSame(mappings.get(read)));
        if (ours || isChosen(name.schema()) && catalog.hasRelation(name)) {
            wishes.add(new Wish(
                    name,
                    ours ? "DROP VIEW " + Identifier.quote(name) : null,
                    "The " + object.type() + ' ' + name + " was dropped at the source; the target still has one of this"
                            + " name."));
        }
    }

    private void nameView(SourceObject object, TableName name, TargetCatalog catalog, List<Wish> wishes) {
        boolean reads = object.uses().stream()
                .anyMatch(used -> mappings.containsKey(new TableName(used.schema(), used.name())));
        boolean made = object.type().equals("view") && !view(object, catalog).isEmpty();
        if (reads && !made) {
            wishes.add(new Wish(
                    name,
                    null,
                    "The " + object.type() + ' ' + name
                            + " was made or changed at the source, over tables of the task, and"
                            + " is not carried over. Make it on the target by hand if it is needed there."));
        }
    }

    private void type(SourceObject object, TableName name, String tag, TargetCatalog catalog, List<Wish> wishes) {
        String what = "The type " + name;
        boolean there = catalog.hasType(name);
        if (!isChosen(name.schema())) {
            return;
        }
        if (object.dropped()) {
            if (there) {
                wishes.add(new Wish(name, null, what + " was dropped at the source. The target has one of this name."));
            }
        } else if (!there) {
            boolean made = tag.startsWith("CREATE ") && object.definition() != null;
            wishes.add(new Wish(
                    name,
                    made ? object.definition() : null,
                    what
                            + " was made or renamed at the source. The target has none of this name; make the change there by"
                            + " hand."));
        } else if (object.labels().isEmpty() && !Objects.equals(object.definition(), catalog.typeDefinition(name))) {
            wishes.add(new Wish(
                    name,
                    null,
                    what + " was changed at the source, to " + object.definition() + ", and is "
                            + catalog.typeDefinition(name) + " on the target. Make the change there by hand."));
        }
    }

    /** The task has tables of the schema, and puts them into the same on the target. */
    private boolean isChosen(String schema) {
        return mappings.values().stream()
                .anyMatch(mapping -> mapping.source().schema().equals(schema)
                        && mapping.target().schema().equals(schema));
    }

    private static boolean isSame(@Nullable TableMapping mapping) {
        return mapping != null && mapping.identical();
    }

    /** Every name in the view means the same on the target. */
    private boolean isCertain(SourceObject view) {
        return !view.uses().isEmpty()
                && view.uses().stream()
                        .allMatch(used -> isSame(mappings.get(new TableName(used.schema(), used.name()))));
    }

    /** Only where every name in it means the same on the target. */
    List<String> view(SourceObject object, TargetCatalog catalog) {
        TableName name = new TableName(String.valueOf(object.schema()), object.name());
        if (object.dropped()) {
            return List.of();
        }
        return isCertain(object) && object.definition() != null && catalog.hasSchema(name.schema())
                ? List.of("CREATE OR REPLACE VIEW " + Identifier.quote(name) + " AS " + object.definition())
                : List.of();
    }

    List<String> labels(SourceObject object, TargetCatalog catalog) {
        List<String> known = catalog.labels(String.valueOf(object.schema()), object.name());
        if (known.isEmpty() || object.dropped()) {
            return List.of();
        }
        String type = Identifier.quote(new TableName(String.valueOf(object.schema()), object.name()));
        List<String> gone =
                known.stream().filter(label -> !object.labels().contains(label)).toList();
        if (!gone.isEmpty() && !known.containsAll(object.labels())) {
            return List.of(renamed(type, known, object.labels(), gone));
        }
        List<String> statements = new ArrayList<>();
        String previous = null;
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
