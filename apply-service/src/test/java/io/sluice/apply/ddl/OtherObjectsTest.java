package io.sluice.apply.ddl;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OtherObjectsTest {

    private static final TableName ITEM = new TableName("app", "item");
    private static final TableName LARGE = new TableName("app", "large");

    private final OtherObjects others = new OtherObjects(Map.of(ITEM, TableMapping.unchanged(ITEM)), ObjectNames.SAME);
    private final TestingCatalog target = new TestingCatalog();

    @Test
    void aViewOverTablesOfTheTaskIsDropped() {
        target.views.put(LARGE, List.of(ITEM));
        assertThat(wishes("DROP VIEW", dropped("view", "app", "large")))
                .flatExtracting(Wish::statements)
                .containsExactly("DROP VIEW \"app\".\"large\"");
    }

    @Test
    void viewsOverViewsAreDroppedBeforeThese() {
        TableName few = new TableName("app", "few");
        target.views.putAll(Map.of(LARGE, List.of(ITEM), few, List.of(LARGE)));
        assertThat(wishes("DROP TABLE", dropped("view", "app", "large"), dropped("view", "app", "few")))
                .flatExtracting(Wish::statements)
                .containsExactly("DROP VIEW \"app\".\"few\"", "DROP VIEW \"app\".\"large\"");
    }

    /** It may be somebody else's. */
    @Test
    void anyOtherViewIsNamedWhereTheTargetHasIt() {
        target.views.put(LARGE, List.of(ITEM, new TableName("app", "own")));
        assertNamed(wishes("DROP VIEW", dropped("view", "app", "large")), "app.large was dropped");
        assertThat(wishes("DROP VIEW", dropped("view", "app", "small"))).isEmpty();
        target.views.put(new TableName("other", "report"), List.of(new TableName("other", "own")));
        assertThat(wishes("DROP VIEW", dropped("view", "other", "report"))).isEmpty();
    }

    @Test
    void aViewThatCannotBeMadeIsNamedWhenItIsOverTablesOfTheTask() {
        assertNamed(wishes("CREATE VIEW", view("view", ITEM, new TableName("app", "own"))), "app.large was made");
        assertThat(wishes("CREATE VIEW", view("view", new TableName("app", "own"))))
                .isEmpty();
        assertThat(wishes("REFRESH MATERIALIZED VIEW", view("materialized view", ITEM)))
                .isEmpty();
    }

    @Test
    void aViewOverTablesOfTheTaskAndViewsOverThoseIsMade() {
        assertThat(wishes("CREATE VIEW", view("view", ITEM)))
                .flatExtracting(Wish::statements)
                .containsExactly("CREATE OR REPLACE VIEW \"app\".\"large\" AS SELECT 1");
        target.views.put(new TableName("app", "small"), List.of(ITEM));
        assertThat(wishes("CREATE VIEW", view("view", new TableName("app", "small"))))
                .flatExtracting(Wish::statements)
                .hasSize(1);
        assertThat(wishes("CREATE MATERIALIZED VIEW", view("materialized view", ITEM)))
                .flatExtracting(Wish::statements)
                .containsExactly("CREATE MATERIALIZED VIEW \"app\".\"large\" AS SELECT 1 WITH NO DATA");
        target.views.put(LARGE, List.of(ITEM));
        assertThat(wishes("ALTER MATERIALIZED VIEW", view("materialized view", ITEM)))
                .isEmpty();
    }

    @Test
    void aViewThatGetsAnotherNameKeepsWhatItHas() {
        target.views.put(new TableName("app", "small"), List.of(ITEM));
        SourceObject renamed = viewOf("view", new SourceObject.Earlier("app", "small", null, null), ITEM);
        assertThat(wishes("ALTER VIEW", renamed))
                .flatExtracting(Wish::statements)
                .containsExactly(
                        "ALTER VIEW \"app\".\"small\" RENAME TO \"large\"",
                        "CREATE OR REPLACE VIEW \"app\".\"large\" AS SELECT 1");
    }

    @Test
    void aViewThatIsSomebodyElsesIsNotReplaced() {
        target.views.put(LARGE, List.of(new TableName("app", "own")));
        assertNamed(wishes("CREATE VIEW", view("view", ITEM)), "another one of this name");
        target.views.clear();
        target.relations.add(LARGE);
        assertNamed(wishes("CREATE MATERIALIZED VIEW", view("materialized view", ITEM)), "another one of this name");
    }

    @Test
    void aMaterializedViewThatIsFilledAtTheSourceIsNamedWhereTheTargetsIsNot() {
        target.views.put(LARGE, List.of(ITEM));
        assertNamed(
                wishes("REFRESH MATERIALIZED VIEW", view("materialized view", ITEM)),
                "REFRESH MATERIALIZED VIEW \"app\".\"large\"");
        target.filled.add(LARGE);
        assertThat(wishes("REFRESH MATERIALIZED VIEW", view("materialized view", ITEM)))
                .isEmpty();
    }

    /** In a target's table with fewer columns or rows the same words mean something else. */
    @Test
    void aViewOverATableThatIsAnotherOneOnTheTargetIsNamed() {
        TableMapping filtered = new TableMapping(ITEM, ITEM, Set.of(), Map.of(), NameCase.SOURCE, "id > 0", null);
        OtherObjects some = new OtherObjects(Map.of(ITEM, filtered), ObjectNames.SAME);
        assertNamed(some.after(command("CREATE VIEW"), view("view", ITEM), target), "app.large was made");
    }

    @Test
    void aTypeIsMadeInASchemaOfTheTask() {
        assertThat(wishes("CREATE DOMAIN", type("app", "CREATE DOMAIN app.short AS text")))
                .flatExtracting(Wish::statements)
                .containsExactly("CREATE DOMAIN app.short AS text");
        assertThat(wishes("CREATE DOMAIN", type("other", "CREATE DOMAIN other.short AS text")))
                .isEmpty();
        assertNamed(wishes("CREATE TYPE", type("app", null)), "app.short was made");
    }

    @Test
    void aTypeThatIsAnotherThanOnTheTargetIsNamed() {
        target.types.put(new TableName("app", "short"), "CREATE DOMAIN app.short AS text");
        assertThat(wishes("ALTER DOMAIN", type("app", "CREATE DOMAIN app.short AS text")))
                .isEmpty();
        assertNamed(wishes("ALTER DOMAIN", type("app", "CREATE DOMAIN app.short AS text NOT NULL")), "NOT NULL");
        assertNamed(wishes("DROP TYPE", dropped("type", "app", "short")), "was dropped");
        assertThat(wishes("DROP TYPE", dropped("type", "app", "long"))).isEmpty();
    }

    @Test
    void aSchemaIsDroppedAfterWhatIsInIt() {
        target.views.put(LARGE, List.of(ITEM));
        assertThat(wishes("DROP OWNED", dropped("schema", null, "app"), dropped("view", "app", "large")))
                .flatExtracting(Wish::statements)
                .containsExactly("DROP VIEW \"app\".\"large\"", "DROP SCHEMA \"app\"");
        assertThat(wishes("DROP SCHEMA", dropped("schema", null, "other"))).isEmpty();
    }

    @Test
    void whatTheSourceCouldNotTellIsSaid() {
        SourceObject unknown =
                new SourceObject("unknown", null, "ALTER TABLE", false, null, null, null, List.of(), List.of());
        assertNamed(wishes("ALTER TABLE", unknown), "no look");
    }

    private static void assertNamed(List<Wish> wishes, String words) {
        assertThat(wishes).singleElement().satisfies(wish -> {
            assertThat(wish.statements()).isEmpty();
            assertThat(wish.words()).contains(words);
        });
    }

    private List<Wish> wishes(String tag, SourceObject... objects) {
        List<Wish> wishes = new ArrayList<>(others.before(command(tag, objects), target));
        Ddl ddl = command(tag, objects);
        others.others(ddl).forEach(object -> wishes.addAll(others.after(ddl, object, target)));
        return wishes;
    }

    private static Ddl command(String tag, SourceObject... objects) {
        return new Ddl(ChangePosition.START, 0, tag, tag + " …", List.of(objects), "no look");
    }

    private static SourceObject dropped(String type, @Nullable String schema, String name) {
        return new SourceObject(type, schema, name, true, null, null, null, List.of(), List.of());
    }

    private static SourceObject view(String type, TableName... uses) {
        return viewOf(type, null, uses);
    }

    private static SourceObject viewOf(String type, SourceObject.@Nullable Earlier earlier, TableName... uses) {
        List<SourceObject.Relation> relations = List.of(uses).stream()
                .map(used -> new SourceObject.Relation(used.schema(), used.table()))
                .toList();
        Boolean filled = type.equals("view") ? null : false;
        return new SourceObject(
                type,
                "app",
                "large",
                false,
                null,
                null,
                "SELECT 1;",
                relations,
                List.of(),
                null,
                List.of(),
                null,
                filled,
                List.of(),
                null,
                earlier);
    }

    private static SourceObject type(String schema, @Nullable String definition) {
        return new SourceObject("type", schema, "short", false, null, null, definition, List.of(), List.of());
    }
}
