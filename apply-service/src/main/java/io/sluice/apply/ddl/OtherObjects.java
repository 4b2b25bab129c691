package io.sluice.apply.ddl;

import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What becomes of schemas, views and types: done where every name in them means the same on the target; named where that is
 * not so and the target has something to do with it. Objects of others are passed over. Stateless.
 */
final class OtherObjects {

    /** For an error of the triggers that is about no table that they could tell. */
    private static final TableName ANY = new TableName("*", "*");

    private final Map<TableName, TableMapping> mappings;
    private final ObjectNames names;
    private final ViewPlanner views;
    private final TypePlanner types;

    OtherObjects(Map<TableName, TableMapping> mappings, ObjectNames names) {
        this.mappings = mappings;
        this.names = names;
        Set<TableName> targets =
                mappings.values().stream().map(TableMapping::target).collect(Collectors.toSet());
        this.views = new ViewPlanner(mappings, names, this::isChosen);
        this.types = new TypePlanner(names, this::isChosen, this::isShared, targets);
    }

    /**
     * What is in the way of what becomes of tables: views over them. The source tells of what hangs on others after those
     * ({@code pg_event_trigger_dropped_objects} gives back a stack).
     */
    List<Wish> before(Ddl ddl, TargetCatalog catalog) {
        return ddl.objects().reversed().stream()
                .filter(object -> isView(object) && object.dropped())
                .flatMap(object -> views.drop(object, catalog).stream())
                .toList();
    }

    /**
     * What may concern {@link #after}, in the order in which it can be done, once the tables are as they are to be: first what is
     * made or changed, then what is dropped, and what hangs on others before these; schemas last.
     */
    List<SourceObject> others(Ddl ddl) {
        List<SourceObject> others = new ArrayList<>();
        ddl.objects().stream().filter(object -> !object.dropped()).forEach(others::add);
        ddl.objects().reversed().stream()
                .filter(object -> object.dropped() && !isSchema(object))
                .forEach(others::add);
        ddl.objects().stream()
                .filter(object -> object.dropped() && isSchema(object))
                .forEach(others::add);
        return others;
    }

    List<Wish> after(Ddl ddl, SourceObject object, TargetCatalog catalog) {
        return switch (object.type()) {
            case "view", "materialized view" -> object.dropped() ? List.of() : views.define(object, ddl.tag(), catalog);
            case "type" -> types.wishes(object, ddl.tag(), catalog);
            case "schema" -> object.dropped() ? dropSchema(object.name(), catalog) : List.of();
            case "unknown" ->
                List.of(Wish.told(
                        ANY,
                        "The source could not say what a command has changed, perhaps in tables of the task: "
                                + ddl.error()
                                + ". Make on the target by hand what is missing there, then skip this."));
            default -> List.of();
        };
    }

    private static boolean isSchema(SourceObject object) {
        return object.type().equals("schema");
    }

    private static boolean isView(SourceObject object) {
        return object.type().equals("view") || object.type().equals("materialized view");
    }

    List<String> schema(SourceObject object, TargetCatalog catalog) {
        String schema = names.schema(object.name());
        return object.dropped() || catalog.hasSchema(schema)
                ? List.of()
                : List.of("CREATE SCHEMA " + Identifier.quote(schema));
    }

    List<String> labels(SourceObject object, TargetCatalog catalog) {
        return types.labels(object, catalog);
    }

    /** Others may have put something there. */
    private List<Wish> dropSchema(String name, TargetCatalog catalog) {
        String schema = names.schema(name);
        return catalog.hasSchema(schema) && isChosen(name)
                ? List.of(new Wish(
                        new TableName(name, name),
                        List.of("DROP SCHEMA " + Identifier.quote(schema)),
                        "The schema " + name + " was dropped at the source; the target still has it."))
                : List.of();
    }

    /** The task has tables of the schema. */
    private boolean isChosen(String schema) {
        return mappings.keySet().stream().anyMatch(table -> table.schema().equals(schema));
    }

    /** What is in the schema goes into one with what is in others. */
    private boolean isShared(String schema) {
        return mappings.keySet().stream()
                .anyMatch(table -> !table.schema().equals(schema)
                        && names.schema(table.schema()).equals(names.schema(schema)));
    }
}
