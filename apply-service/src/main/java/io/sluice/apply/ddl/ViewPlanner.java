package io.sluice.apply.ddl;

import io.sluice.apply.structure.RenameException;
import io.sluice.contracts.change.SourceObject;
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

    List<Wish> define(SourceObject object, TargetCatalog catalog) {
        TableName source = new TableName(String.valueOf(object.schema()), object.name());
        TableName view = names.object(source.schema(), source.table());
        String words = "The " + object.type() + ' ' + source + " was made or changed at the source, over tables of the"
                + " task, and is not carried over. Make it on the target by hand if it is needed there.";
        if (!isCertain(object, catalog) || object.definition() == null || !catalog.hasSchema(view.schema())) {
            boolean reads = object.uses().stream()
                    .anyMatch(used -> mappings.containsKey(new TableName(used.schema(), used.name())));
            return reads ? List.of(Wish.told(source, words)) : List.of();
        }
        SourceObject.Earlier earlier = object.earlier();
        TableName known = earlier == null ? view : names.object(earlier.schema(), earlier.name());
        if (!known.equals(view) && isOurs(known, catalog) && !catalog.hasRelation(view)) {
            return List.of(new Wish(source, renamed(object, known, view), words));
        }
        boolean materialized = object.filled() != null;
        if (materialized && catalog.hasRelation(view)) {
            return isOurs(view, catalog) ? List.of() : List.of(Wish.told(source, words));
        }
        try {
            return List.of(new Wish(source, List.of(made(object, view, materialized)), words));
        } catch (RenameException e) {
            return List.of(
                    Wish.told(source, words + " It is not certain what it means there: " + e.getMessage() + "."));
        }
    }

    private String made(SourceObject object, TableName view, boolean materialized) {
        String query = names.query(withoutEnd(String.valueOf(object.definition())));
        return materialized
                ? "CREATE MATERIALIZED VIEW " + Identifier.quote(view) + " AS " + query
                        + (Boolean.TRUE.equals(object.filled()) ? "" : " WITH NO DATA")
                : "CREATE OR REPLACE VIEW " + Identifier.quote(view) + " AS " + query;
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
