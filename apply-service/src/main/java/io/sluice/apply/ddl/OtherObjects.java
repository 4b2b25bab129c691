package io.sluice.apply.ddl;

import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

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
        this.views = new ViewPlanner(mappings, names, this::isChosen);
        this.types = new TypePlanner(names, this::isChosen);
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

    /** In the order in which they can be done, once the tables are as they are to be: schemas are left last. */
    List<Wish> after(Ddl ddl, TargetCatalog catalog) {
        List<Wish> wishes = new ArrayList<>();
        List<Wish> last = new ArrayList<>();
        boolean defines = ddl.tag().startsWith("CREATE ") || ddl.tag().startsWith("ALTER ");
        for (SourceObject object : ddl.objects()) {
            if (isView(object) && !object.dropped() && defines) {
                wishes.addAll(views.define(object, catalog));
            }
            switch (object.type()) {
                case "schema" -> {
                    if (object.dropped()) {
                        dropSchema(object.name(), catalog, last);
                    }
                }
                case "type" -> wishes.addAll(types.wishes(object, defines, catalog));
                case "unknown" ->
                    wishes.add(Wish.told(
                            ANY,
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
    private void dropSchema(String name, TargetCatalog catalog, List<Wish> wishes) {
        String schema = names.schema(name);
        if (catalog.hasSchema(schema) && isChosen(name)) {
            wishes.add(new Wish(
                    new TableName(name, name),
                    List.of("DROP SCHEMA " + Identifier.quote(schema)),
                    "The schema " + name + " was dropped at the source; the target still has it."));
        }
    }

    /** The task has tables of the schema, which go where the rest of it does. */
    private boolean isChosen(String schema) {
        return mappings.values().stream()
                .anyMatch(mapping -> mapping.source().schema().equals(schema)
                        && Objects.equals(mapping.target().schema(), names.schema(schema)));
    }
}
