package io.sluice.apply.ddl;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.change.SourceObject.Earlier;
import io.sluice.contracts.change.SourceObject.TypeParts;
import io.sluice.contracts.change.SourceObject.TypeParts.Attribute;
import io.sluice.contracts.change.SourceTable.Constraint;
import io.sluice.contracts.task.TableName;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TypePlannerTest {

    private static final TableName ITEM = new TableName("app", "item");
    private static final TypeParts NOTHING = new TypeParts(List.of(), null, false, List.of());

    private final TestingCatalog target = new TestingCatalog();

    @Test
    void attributesAreToldByTheirNumbers() {
        TypeParts before = composite(new Attribute(1, "a", "integer"), new Attribute(2, "b", "text"));
        TypeParts after = composite(
                new Attribute(1, "A", "bigint"), new Attribute(3, "b", "text"), new Attribute(4, "c", "app.other[]"));
        assertThat(changed(before, after))
                .containsExactly(
                        "ALTER TYPE \"app\".\"t\" DROP ATTRIBUTE \"b\"",
                        "ALTER TYPE \"app\".\"t\" RENAME ATTRIBUTE \"a\" TO \"A\"",
                        "ALTER TYPE \"app\".\"t\" ALTER ATTRIBUTE \"A\" TYPE bigint",
                        "ALTER TYPE \"app\".\"t\" ADD ATTRIBUTE \"b\" text",
                        "ALTER TYPE \"app\".\"t\" ADD ATTRIBUTE \"c\" app.other[]");
    }

    @Test
    void whatADomainHasIsChanged() {
        String alter = "ALTER DOMAIN \"app\".\"t\" ";
        assertThat(changed(domain("1", false), domain(null, true)))
                .containsExactly(alter + "DROP DEFAULT", alter + "SET NOT NULL");
        assertThat(changed(domain(null, true), domain("2", false)))
                .containsExactly(alter + "SET DEFAULT 2", alter + "DROP NOT NULL");
        assertThat(changed(domain(null, false, check("a", "1")), domain(null, false, check("b", "1"))))
                .containsExactly(alter + "RENAME CONSTRAINT \"a\" TO \"b\"");
        assertThat(changed(domain(null, false, check("a", "1")), domain(null, false, check("a", "2"))))
                .containsExactly(alter + "DROP CONSTRAINT \"a\"", alter + "ADD CONSTRAINT \"a\" CHECK (2)");
        assertThat(changed(domain(null, false, check("a", "1")), domain(null, false, check("b", "2"))))
                .containsExactly(alter + "DROP CONSTRAINT \"a\"", alter + "ADD CONSTRAINT \"b\" CHECK (2)");
        Constraint unchecked = new Constraint("a", "c", "CHECK (1) NOT VALID");
        assertThat(changed(domain(null, false, unchecked), domain(null, false, check("a", "1"))))
                .containsExactly(alter + "VALIDATE CONSTRAINT \"a\"");
    }

    @Test
    void aTypeGetsItsOtherName() {
        target.types.put(new TableName("app", "old"), "…");
        assertThat(statements(type("app", "t", NOTHING, new Earlier("app", "old", "…", NOTHING), false), "app"))
                .containsExactly("ALTER TYPE \"app\".\"old\" RENAME TO \"t\"");
        assertThat(statements(type("more", "t", NOTHING, new Earlier("app", "old", "…", NOTHING), false), "app"))
                .containsExactly(
                        "ALTER TYPE \"app\".\"old\" SET SCHEMA \"more\"",
                        "ALTER TYPE \"more\".\"old\" RENAME TO \"t\"");
        target.types.remove(new TableName("app", "old"));
        target.types.put(new TableName("app", "t"), "after");
        assertThat(statements(type("app", "t", NOTHING, new Earlier("app", "old", "…", NOTHING), false), "app"))
                .isEmpty();
    }

    /** A type of no schema of the task is the task's when it is just what the source had. */
    @Test
    void aTypeOfAnotherSchemaIsFollowedWhereTheTargetHadTheSame() {
        target.types.put(new TableName("types", "old"), "as it was");
        SourceObject renamed = type("types", "t", NOTHING, new Earlier("types", "old", "as it was", NOTHING), false);
        assertThat(statements(renamed, "app")).hasSize(1);
        target.types.put(new TableName("types", "old"), "somebody's");
        assertThat(planner(ObjectNames.SAME, "app").wishes(renamed, "ALTER TYPE", target))
                .isEmpty();
    }

    @Test
    void onlyTheSameTypeIsDropped() {
        SourceObject dropped = type("app", "t", null, new Earlier("app", "t", "as it was", NOTHING), true);
        target.types.put(new TableName("app", "t"), "as it was");
        assertThat(statements(dropped, "app")).containsExactly("DROP TYPE \"app\".\"t\"");
        target.types.put(new TableName("app", "t"), "another");
        assertThat(statements(dropped, "app")).isEmpty();
    }

    @Test
    void typesGoAlongWithTheirSchema() {
        UnaryOperator<String> there = schema -> schema.equals("app") ? "There" : schema;
        UnaryOperator<String> same = UnaryOperator.identity();
        target.types.put(new TableName("There", "old"), "…");
        SourceObject renamed = type("app", "t", NOTHING, new Earlier("app", "old", "…", NOTHING), false);
        assertThat(planner(new ObjectNames(there, same, same), "app").wishes(renamed, "ALTER TYPE", target))
                .flatExtracting(Wish::statements)
                .containsExactly("ALTER TYPE \"There\".\"old\" RENAME TO \"t\"");
    }

    /** It may be somebody else's, with columns of theirs. */
    @Test
    void onlyTheSameTypeIsChangedOrRenamed() {
        TypeParts less = composite(new Attribute(1, "a", "integer"));
        TypeParts more = composite(new Attribute(1, "a", "integer"), new Attribute(2, "b", "text"));
        target.types.put(new TableName("app", "t"), "somebody's");
        assertThat(statements(type("app", "t", more, new Earlier("app", "t", "before", less), false), "app"))
                .isEmpty();
        target.types.put(new TableName("app", "old"), "somebody's");
        assertThat(statements(type("app", "t", NOTHING, new Earlier("app", "old", "before", NOTHING), false), "app"))
                .isEmpty();
    }

    @Test
    void aTypeThatOthersUseTooIsLeftAlone() {
        target.types.put(new TableName("app", "t"), "as it was");
        SourceObject dropped = type("app", "t", null, new Earlier("app", "t", "as it was", NOTHING), true);
        target.users.put(new TableName("app", "t"), List.of(ITEM));
        assertThat(statements(dropped, "app")).hasSize(1);
        target.users.put(new TableName("app", "t"), List.of(ITEM, new TableName("app", "own")));
        assertThat(statements(dropped, "app")).isEmpty();
        target.users.clear();
        TypePlanner shared = new TypePlanner(ObjectNames.SAME, "app"::equals, "app"::equals, Set.of(ITEM));
        assertThat(shared.wishes(dropped, "DROP TYPE", target))
                .flatExtracting(Wish::statements)
                .isEmpty();
    }

    private static TypePlanner planner(ObjectNames names, String chosen) {
        return new TypePlanner(names, chosen::equals, schema -> false, Set.of(ITEM));
    }

    private List<String> changed(TypeParts before, TypeParts after) {
        target.types.put(new TableName("app", "t"), "before");
        return statements(type("app", "t", after, new Earlier("app", "t", "before", before), false), "app");
    }

    private List<String> statements(SourceObject object, String chosen) {
        return planner(ObjectNames.SAME, chosen).wishes(object, "ALTER TYPE", target).stream()
                .flatMap(wish -> wish.statements().stream())
                .toList();
    }

    private static SourceObject type(
            String schema, String name, @Nullable TypeParts parts, Earlier earlier, boolean dropped) {
        return new SourceObject(
                "type", schema, name, dropped, null, null, "after", List.of(), List.of(), null, List.of(), null, null,
                List.of(), parts, earlier);
    }

    private static TypeParts composite(Attribute... attributes) {
        return new TypeParts(List.of(attributes), null, false, List.of());
    }

    private static TypeParts domain(@Nullable String value, boolean notNull, Constraint... constraints) {
        return new TypeParts(List.of(), value, notNull, List.of(constraints));
    }

    private static Constraint check(String name, String condition) {
        return new Constraint(name, "c", "CHECK (" + condition + ")");
    }
}
