package io.sluice.apply.ddl;

import io.sluice.apply.structure.RenameException;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.change.SourceObject.TypeParts;
import io.sluice.contracts.change.SourceObject.TypeParts.Attribute;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What becomes of views and materialized views. Followed are those over tables that hold the same rows and columns on the
 * target, and over such views; others that read a table of the task are named. Stateless.
 */
final class ViewPlanner {

    private final Map<TableName, TableMapping> mappings;
    private final ObjectNames names;
    private final Predicate<String> chosen;

    /** Tables of the target that hold what one of the source does. */
    private final Set<TableName> whole = new HashSet<>();

    /** @param chosen whether the task has tables of a schema of the source */
    ViewPlanner(Map<TableName, TableMapping> mappings, ObjectNames names, Predicate<String> chosen) {
        this.mappings = mappings;
        this.names = names;
        this.chosen = chosen;
        Set<TableName> shared = new HashSet<>();
        for (TableMapping mapping : mappings.values()) {
            if (!whole.add(mapping.target()) || !isWhole(mapping)) {
                shared.add(mapping.target());
            }
        }
        whole.removeAll(shared);
    }

    private static boolean isWhole(TableMapping mapping) {
        return mapping.sameColumns() && mapping.filter() == null && mapping.transform() == null;
    }

    List<Wish> drop(SourceObject object, TargetCatalog catalog) {
        TableName source = new TableName(String.valueOf(object.schema()), object.name());
        TableName view = names.object(source.schema(), source.table());
        boolean ours = isOurs(view, catalog);
        if (!ours && !(chosen.test(source.schema()) && catalog.hasRelation(view))) {
            return List.of();
        }
        return List.of(new Wish(
                source,
                ours ? List.of("DROP " + kind(object) + Identifier.quote(view)) : List.of(),
                "The " + object.type() + ' ' + source + " was dropped at the source; the target still has one of this"
                        + " name."));
    }

    /** @param tag as in {@code CREATE VIEW} */
    List<Wish> define(SourceObject object, String tag, TargetCatalog catalog) {
        TableName source = new TableName(String.valueOf(object.schema()), object.name());
        TableName view = names.object(source.schema(), source.table());
        if (tag.startsWith("REFRESH ")) {
            return refreshed(object, source, view, catalog);
        }
        if (!tag.startsWith("CREATE ") && !tag.startsWith("ALTER ")) {
            return List.of();
        }
        String words = "The " + object.type() + ' ' + source + " was made or changed at the source, over tables of the"
                + " task, and is not carried over. Make it on the target by hand if it is needed there.";
        if (!isCertain(object, catalog) || object.definition() == null || !catalog.hasSchema(view.schema())) {
            boolean reads = object.uses().stream()
                    .anyMatch(used -> mappings.containsKey(new TableName(used.schema(), used.name())));
            return reads ? List.of(Wish.told(source, words)) : List.of();
        }
        SourceObject.Earlier earlier = object.earlier();
        TableName known = earlier == null ? view : names.object(earlier.schema(), earlier.name());
        boolean moves = !known.equals(view) && isOurs(known, catalog) && !catalog.hasRelation(view);
        if (!moves && catalog.hasRelation(view) && !isOurs(view, catalog)) {
            return List.of(Wish.told(source, words + " There is another one of this name."));
        }
        List<String> statements = new ArrayList<>(moves ? renamed(object, known, view) : List.of());
        boolean there = moves || catalog.hasRelation(view);
        if (there) {
            statements.addAll(columns(object, view));
        }
        try {
            return isMaterialized(object)
                    ? materialized(object, source, view, there, statements, words)
                    : List.of(new Wish(source, replaced(object, view, statements), words));
        } catch (RenameException e) {
            return List.of(
                    Wish.told(source, words + " It is not certain what it means there: " + e.getMessage() + "."));
        }
    }

    /** That the target's stays as it is when the source's is filled anew is known; not that it cannot be read at all. */
    private List<Wish> refreshed(SourceObject object, TableName source, TableName view, TargetCatalog catalog) {
        return isOurs(view, catalog) && !catalog.isFilled(view)
                ? List.of(Wish.told(source, unfilled(object, source, view)))
                : List.of();
    }

    private static String unfilled(SourceObject object, TableName source, TableName view) {
        return "The " + object.type() + ' ' + source + " is filled at the source, and not on the target. Run REFRESH"
                + " MATERIALIZED VIEW " + Identifier.quote(view) + " there.";
    }

    private List<String> replaced(SourceObject object, TableName view, List<String> before) {
        List<String> statements = new ArrayList<>(before);
        statements.add("CREATE OR REPLACE VIEW " + Identifier.quote(view) + options(object) + " AS " + query(object));
        return statements;
    }

    private List<Wish> materialized(
            SourceObject object, TableName source, TableName view, boolean there, List<String> changes, String words) {
        if (there) {
            return changes.isEmpty() ? List.of() : List.of(new Wish(source, changes, words));
        }
        String create = "CREATE MATERIALIZED VIEW " + Identifier.quote(view) + options(object) + " AS " + query(object);
        String empty = create + " WITH NO DATA";
        return List.of(
                Boolean.TRUE.equals(object.filled())
                        ? new Wish(source, List.of(create), unfilled(object, source, view), empty)
                        : new Wish(source, List.of(empty), words));
    }

    /** Columns with other names: a view that is replaced must have those that it has. */
    private static List<String> columns(SourceObject object, TableName view) {
        SourceObject.Earlier earlier = object.earlier();
        TypeParts now = object.parts();
        if (now == null || earlier == null || earlier.parts() == null) {
            return List.of();
        }
        Map<Integer, String> old =
                earlier.parts().attributes().stream().collect(Collectors.toMap(Attribute::number, Attribute::name));
        return now.attributes().stream()
                .filter(column -> !column.name().equals(old.getOrDefault(column.number(), column.name())))
                .map(column -> "ALTER " + kind(object) + Identifier.quote(view) + " RENAME COLUMN "
                        + Identifier.quote(old.getOrDefault(column.number(), "")) + " TO "
                        + Identifier.quote(column.name()))
                .toList();
    }

    private static boolean isMaterialized(SourceObject object) {
        return object.type().equals("materialized view");
    }

    private static String options(SourceObject object) {
        return object.options().isEmpty() ? "" : " WITH (" + String.join(", ", object.options()) + ")";
    }

    private String query(SourceObject object) {
        return names.query(withoutEnd(String.valueOf(object.definition())));
    }

    private static List<String> renamed(SourceObject object, TableName known, TableName view) {
        String alter = "ALTER " + kind(object);
        List<String> statements = new ArrayList<>();
        if (!known.schema().equals(view.schema())) {
            statements.add(alter + Identifier.quote(known) + " SET SCHEMA " + Identifier.quote(view.schema()));
        }
        if (!known.table().equals(view.table())) {
            statements.add(alter + Identifier.quote(new TableName(view.schema(), known.table())) + " RENAME TO "
                    + Identifier.quote(view.table()));
        }
        return statements;
    }

    private static String kind(SourceObject object) {
        return object.type().toUpperCase(Locale.ROOT) + ' ';
    }

    private static String withoutEnd(String query) {
        String stripped = query.strip();
        return stripped.endsWith(";") ? stripped.substring(0, stripped.length() - 1) : stripped;
    }

    /** Every name in the view means the same on the target. */
    private boolean isCertain(SourceObject view, TargetCatalog catalog) {
        return !view.uses().isEmpty()
                && view.uses().stream()
                        .map(used -> new TableName(used.schema(), used.name()))
                        .allMatch(used -> {
                            TableMapping mapping = mappings.get(used);
                            return mapping == null
                                    ? isOurs(names.object(used.schema(), used.table()), catalog)
                                    : whole.contains(mapping.target());
                        });
    }

    /** A view of the target over nothing but such tables. */
    private boolean isOurs(TableName view, TargetCatalog catalog) {
        List<TableName> reads = catalog.viewReads(view);
        return reads != null
                && !reads.isEmpty()
                && reads.stream().allMatch(read -> whole.contains(read) || isOurs(read, catalog));
    }
}
