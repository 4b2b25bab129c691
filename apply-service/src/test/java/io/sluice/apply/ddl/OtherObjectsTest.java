package io.sluice.apply.ddl;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.apply.ddl.OtherObjects.Wish;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OtherObjectsTest {

    private static final TableName ITEM = new TableName("app", "item");
    private static final TableName LARGE = new TableName("app", "large");

    private final OtherObjects others = new OtherObjects(Map.of(ITEM, TableMapping.unchanged(ITEM)));
    private final TestingCatalog target = new TestingCatalog();

    @Test
    void aViewOverTablesOfTheTaskIsDropped() {
        target.views.put(LARGE, List.of(ITEM));
        assertThat(wishes("DROP VIEW", dropped("view", "app", "large")))
                .extracting(Wish::sql)
                .containsExactly("DROP VIEW \"app\".\"large\"");
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
        assertNamed(wishes("CREATE MATERIALIZED VIEW", view("materialized view", ITEM)), "is not carried over");
        assertThat(wishes("CREATE VIEW", view("view", ITEM))).isEmpty();
        assertThat(wishes("CREATE VIEW", view("view", new TableName("app", "own"))))
                .isEmpty();
        assertThat(wishes("REFRESH MATERIALIZED VIEW", view("materialized view", ITEM)))
                .isEmpty();
    }

    @Test
    void aTypeIsMadeInASchemaOfTheTask() {
        assertThat(wishes("CREATE DOMAIN", type("app", "CREATE DOMAIN app.short AS text")))
                .extracting(Wish::sql)
                .containsExactly("CREATE DOMAIN app.short AS text");
        assertThat(wishes("CREATE DOMAIN", type("other", "CREATE DOMAIN other.short AS text")))
                .isEmpty();
        assertNamed(wishes("CREATE TYPE", type("app", null)), "app.short was made");
        // Under its other name it would be another one.
        assertNamed(wishes("ALTER DOMAIN", type("app", "CREATE DOMAIN app.short AS text")), "or renamed");
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
                .extracting(Wish::sql)
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
            assertThat(wish.sql()).isNull();
            assertThat(wish.words()).contains(words);
        });
    }

    private List<Wish> wishes(String tag, SourceObject... objects) {
        return others.wishes(new Ddl(ChangePosition.START, 0, tag, tag + " …", List.of(objects), "no look"), target);
    }

    private static SourceObject dropped(String type, @Nullable String schema, String name) {
        return new SourceObject(type, schema, name, true, null, null, null, List.of(), List.of());
    }

    private static SourceObject view(String type, TableName... uses) {
        List<SourceObject.Relation> relations = List.of(uses).stream()
                .map(used -> new SourceObject.Relation(used.schema(), used.table()))
                .toList();
        return new SourceObject(type, "app", "large", false, null, null, "SELECT 1", relations, List.of());
    }

    private static SourceObject type(String schema, @Nullable String definition) {
        return new SourceObject("type", schema, "short", false, null, null, definition, List.of(), List.of());
    }
}
