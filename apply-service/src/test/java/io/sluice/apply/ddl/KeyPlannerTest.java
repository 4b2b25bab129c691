package io.sluice.apply.ddl;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.change.SourceTable;
import io.sluice.contracts.change.SourceTable.Column;
import io.sluice.contracts.change.SourceTable.Constraint;
import io.sluice.contracts.change.SourceTable.Index;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyPlannerTest {

    private static final TableName NAME = new TableName("public", "orders");
    private static final String TABLE = "\"public\".\"orders\"";

    private final TestingCatalog target = new TestingCatalog();

    @BeforeEach
    void prepare() {
        target.columns.putAll(Map.of("id", "bigint", "note", "text"));
        target.names.addAll(List.of("orders_pkey", "positive", "by_id"));
    }

    /** PostgreSQL does it by itself, and foreign keys may depend on the key. */
    @Test
    void keysAndIndexesOverAColumnThatIsRenamedAreLeftAlone() {
        assertThat(plan(
                        table(
                                "id",
                                List.of(key("PRIMARY KEY (id)"), check("CHECK ((id > 0))")),
                                index("by_id", "USING btree (id, abs(id)) WHERE (id <> 7)")),
                        table(
                                "Own Id",
                                List.of(key("PRIMARY KEY (\"Own Id\")"), check("CHECK ((\"Own Id\" > 0))")),
                                index("by_id", "USING btree (\"Own Id\", abs(\"Own Id\")) WHERE (\"Own Id\" <> 7)"))))
                .containsExactly("ALTER TABLE " + TABLE + " RENAME COLUMN \"id\" TO \"Own Id\"");
    }

    @Test
    void whatHasAnotherNameIsRenamed() {
        assertThat(plan(
                        table("id", List.of(key("PRIMARY KEY (id)")), index("by_id", "USING btree (id)")),
                        table(
                                "id",
                                List.of(new Constraint("orders_key", "p", "PRIMARY KEY (id)")),
                                index("orders_by_id", "USING btree (id)"))))
                .containsExactly(
                        "ALTER TABLE " + TABLE + " RENAME CONSTRAINT \"orders_pkey\" TO \"orders_key\"",
                        "ALTER INDEX \"public\".\"by_id\" RENAME TO \"orders_by_id\"");
    }

    @Test
    void whatTheTargetCallsSoAlreadyOrLacksIsLeftAlone() {
        SourceTable before = table("id", List.of(key("PRIMARY KEY (id)")), index("by_id", "USING btree (id)"));
        SourceTable after = table(
                "id",
                List.of(new Constraint("orders_key", "p", "PRIMARY KEY (id)")),
                index("orders_by_id", "USING btree (id)"));
        target.names.clear();
        assertThat(plan(before, after)).isEmpty();
        target.names.addAll(List.of("orders_key", "orders_by_id"));
        assertThat(plan(before, after)).isEmpty();
    }

    @Test
    void anotherOneUnderAnotherNameTakesItsPlace() {
        assertThat(plan(
                        table("id", List.of(check("CHECK ((id > 0))")), index("by_id", "USING btree (id)")),
                        table(
                                "id",
                                List.of(new Constraint("larger", "c", "CHECK ((id > 1))")),
                                index("once", "USING hash (id)"))))
                .containsExactly(
                        "ALTER TABLE " + TABLE + " DROP CONSTRAINT \"positive\"",
                        "DROP INDEX \"public\".\"by_id\"",
                        "CREATE INDEX \"once\" ON " + TABLE + " USING hash (id)",
                        "ALTER TABLE " + TABLE + " ADD CONSTRAINT \"larger\" CHECK ((id > 1))");
    }

    @Test
    void aForeignKeyInWhichOnlyTheOtherTableHasGotAnotherNameIsLeftAlone() {
        Constraint old = new Constraint("of", "f", "FOREIGN KEY (id) REFERENCES public.one(id)");
        Constraint now = new Constraint("of", "f", "FOREIGN KEY (id) REFERENCES public.one(pid)");
        target.names.add("of");
        target.definitions.put("of", now.definition());
        assertThat(plan(table("id", List.of(old)), table("id", List.of(now)))).isEmpty();
        target.definitions.put("of", old.definition());
        assertThat(plan(table("id", List.of(old)), table("id", List.of(now)))).hasSize(2);
    }

    /** The column {@code id} has become {@code pid}. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            CHECK ((id > 0))                    | CHECK ((pid > 0))                    | true
            CHECK ((id > 0))                    | CHECK ((id > 0))                     | false
            CHECK ((id > 0))                    | CHECK ((pid > 1))                    | false
            CHECK ((note <> 'id'::text))        | CHECK ((note <> 'id'::text))         | true
            CHECK ((note <> 'id'::text))        | CHECK ((note <> 'pid'::text))        | false
            CHECK ((id(id) = (note)::id))       | CHECK ((id(pid) = (note)::id))       | true
            FOREIGN KEY (id) REFERENCES a.id(x) | FOREIGN KEY (pid) REFERENCES a.id(x) | true
            UNIQUE (note, id)                   | UNIQUE (pid, note)                   | false""")
    void definitionsAreComparedWithTheNewNames(String before, String after, boolean same) {
        ColumnRenames renames = new ColumnRenames(table("id", List.of()), table("pid", List.of()));
        assertThat(renames.same(before, after)).isEqualTo(same);
    }

    /** Its expression has got the other name by itself. */
    @Test
    void aColumnThatIsMadeOfARenamedOneIsStillThat() {
        target.columns.put("twice", "bigint");
        assertThat(plan(generated("id", "(id * 2)"), generated("pid", "(pid * 2)")))
                .containsExactly("ALTER TABLE " + TABLE + " RENAME COLUMN \"id\" TO \"pid\"");
    }

    private List<String> plan(SourceTable before, SourceTable after) {
        return new TablePlanner(TableMapping.unchanged(NAME), target, Set.of()).plan(before, after);
    }

    private static SourceTable generated(String id, String expression) {
        Column twice = new Column(3, "twice", "bigint", false, null, "", expression, null, null);
        return new SourceTable("public", "orders", List.of(id(id), twice), List.of(), List.of(), 1L);
    }

    private static SourceTable table(String id, List<Constraint> constraints, Index... indexes) {
        Column note = new Column(2, "note", "text", false, null, "", null, null, null);
        return new SourceTable("public", "orders", List.of(id(id), note), constraints, List.of(indexes), 1L);
    }

    private static Column id(String name) {
        return new Column(1, name, "bigint", true, null, "", null, null, null);
    }

    private static Constraint key(String definition) {
        return new Constraint("orders_pkey", "p", definition);
    }

    private static Constraint check(String definition) {
        return new Constraint("positive", "c", definition);
    }

    private static Index index(String name, String rest) {
        return new Index(name, "CREATE INDEX " + name + " ON public.orders " + rest);
    }
}
