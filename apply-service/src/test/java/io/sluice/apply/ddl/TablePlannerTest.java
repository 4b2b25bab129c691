package io.sluice.apply.ddl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.change.SourceTable;
import io.sluice.contracts.change.SourceTable.Column;
import io.sluice.contracts.change.SourceTable.Constraint;
import io.sluice.contracts.change.SourceTable.Index;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TablePlannerTest {

    private static final TableName NAME = new TableName("public", "orders");
    private static final Column ID = column(1, "id", "bigint", true, null);
    private static final Column NOTE = column(2, "note", "text", false, null);
    private static final String ALTER = "ALTER TABLE orders ...";

    private final Target target = new Target();
    private TableMapping mapping = TableMapping.unchanged(NAME);

    @Test
    void aColumnIsAddedWithTheValueThatOlderRowsHave() {
        Column plain = column(3, "a", "integer", false, null);
        Column filled =
                new Column(4, "b", "timestamp with time zone", true, "now()", "", null, null, "2026-01-01 00:00+00");
        Column made = new Column(5, "c", "integer", false, null, "", "(id * 2)", null, null);
        assertThat(plan(ALTER, table(1, ID, NOTE), table(1, ID, NOTE, plain, filled, made)))
                .containsExactly(
                        "ALTER TABLE \"public\".\"orders\" ADD COLUMN \"a\" integer",
                        "ALTER TABLE \"public\".\"orders\" ADD COLUMN \"b\" timestamp with time zone"
                                + " DEFAULT '2026-01-01 00:00+00' NOT NULL",
                        "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"b\" SET DEFAULT now()",
                        "ALTER TABLE \"public\".\"orders\" ADD COLUMN \"c\" integer"
                                + " GENERATED ALWAYS AS ((id * 2)) STORED");
    }

    @Test
    void aColumnThatTheSourceFilledRowByRowIsRefusedUntilTheTargetHasIt() {
        Column random = column(3, "r", "uuid", false, "gen_random_uuid()");
        assertRefused(ALTER, table(1, ID), table(2, ID, random), "new column r");
        target.columns.put("r", "uuid");
        assertThat(plan(ALTER, table(1, ID), table(2, ID, random))).isEmpty();
    }

    @Test
    void columnsAreToldByTheirNumbers() {
        Column swappedId = column(1, "note", "bigint", true, null);
        Column remark = column(2, "remark", "text", false, null);
        assertThat(plan(ALTER, table(1, ID, NOTE), table(1, ID, remark)))
                .containsExactly("ALTER TABLE \"public\".\"orders\" RENAME COLUMN \"note\" TO \"remark\"");
        assertThat(plan(ALTER, table(1, ID, NOTE), table(1, swappedId)))
                .containsExactly(
                        "ALTER TABLE \"public\".\"orders\" DROP COLUMN \"note\"",
                        "ALTER TABLE \"public\".\"orders\" RENAME COLUMN \"id\" TO \"note\"");
        assertThat(plan(ALTER, table(1, ID, NOTE), table(1, ID, column(3, "note", "text", false, null))))
                .startsWith("ALTER TABLE \"public\".\"orders\" DROP COLUMN \"note\"");
    }

    @Test
    void aTypeIsChangedWhereTheValuesAreCertain() {
        Column number = column(2, "n", "integer", false, "1");
        Column wide = column(2, "n", "bigint", false, "1");
        target.columns.put("n", "integer");
        assertThat(plan("ALTER TABLE orders ALTER n TYPE bigint", table(1, ID, number), table(2, ID, wide)))
                .containsExactly(
                        "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"n\" DROP DEFAULT",
                        "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"n\" TYPE bigint",
                        "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"n\" SET DEFAULT 1");
        assertRefused(
                "ALTER TABLE orders ALTER n TYPE bigint USING n * 2",
                table(1, ID, number),
                table(2, ID, wide),
                "bigint");
        assertRefused("SELECT migrate()", table(1, ID, number), table(2, ID, wide), "bigint");
        assertRefused(
                ALTER,
                table(1, ID, column(3, "at", "timestamp without time zone", false, null)),
                table(2, ID, column(3, "at", "timestamp with time zone", false, null)),
                "values");
        // The source did not touch its rows.
        target.columns.put("note", "character varying(5)");
        assertThat(plan(
                        "SELECT migrate()",
                        table(1, ID, column(2, "note", "character varying(5)", false, null)),
                        table(1, ID, NOTE)))
                .hasSize(1);
        target.columns.put("n", "bigint");
        assertThat(plan(
                        "SELECT migrate()",
                        table(1, ID, column(2, "n", "integer", false, null)),
                        table(2, ID, column(2, "n", "bigint", false, null))))
                .isEmpty();
    }

    /** In one command: the target has the old one when the statements are made. */
    @Test
    void aColumnThatIsDroppedAndMadeAgainKeepsNothingOfTheOldOne() {
        target.columns.put("note", "text");
        assertThat(plan(ALTER, table(1, ID, NOTE), table(1, ID, column(3, "note", "text", false, null))))
                .containsExactly(
                        "ALTER TABLE \"public\".\"orders\" DROP COLUMN \"note\"",
                        "ALTER TABLE \"public\".\"orders\" ADD COLUMN \"note\" text");
        Column filled = new Column(3, "note", "integer", true, "7", "", null, null, "7");
        assertThat(plan(ALTER, table(1, ID, NOTE), table(1, ID, filled)))
                .containsExactly(
                        "ALTER TABLE \"public\".\"orders\" DROP COLUMN \"note\"",
                        "ALTER TABLE \"public\".\"orders\" ADD COLUMN \"note\" integer DEFAULT '7' NOT NULL",
                        "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"note\" SET DEFAULT 7");
        Column computed = column(3, "note", "text", false, "md5(random()::text)");
        assertRefused(ALTER, table(1, ID, NOTE), table(2, ID, computed), "{\"reload\": [\"public.orders\"]}");
        // By another type it is told from the old one.
        Column uuid = column(3, "note", "uuid", false, "gen_random_uuid()");
        assertRefused(ALTER, table(1, ID, NOTE), table(2, ID, uuid), "dropped and made again");
        target.columns.put("note", "uuid");
        assertThat(plan(ALTER, table(1, ID, NOTE), table(2, ID, uuid))).isEmpty();
    }

    @Test
    void whatIsOnAColumnThatIsMadeAgainIsMadeAgainToo() {
        target.columns.put("note", "text");
        target.names.addAll(List.of("by_note", "by_id", "one_note", "more"));
        List<Index> indexes = List.of(
                new Index("by_note", "CREATE INDEX by_note ON public.orders USING btree (note)"),
                new Index("by_id", "CREATE INDEX by_id ON public.orders USING btree (id)"));
        List<Constraint> constraints = List.of(
                new Constraint("one_note", "u", "UNIQUE (note)"), new Constraint("more", "c", "CHECK ((id > 0))"));
        Column again = column(3, "note", "text", false, null);
        assertThat(plan(
                        ALTER,
                        new SourceTable("public", "orders", List.of(ID, NOTE), constraints, indexes, 1L),
                        new SourceTable("public", "orders", List.of(ID, again), constraints, indexes, 1L)))
                .containsExactly(
                        "ALTER TABLE \"public\".\"orders\" DROP CONSTRAINT \"one_note\"",
                        "DROP INDEX \"public\".\"by_note\"",
                        "ALTER TABLE \"public\".\"orders\" DROP COLUMN \"note\"",
                        "ALTER TABLE \"public\".\"orders\" ADD COLUMN \"note\" text",
                        "CREATE INDEX \"by_note\" ON \"public\".\"orders\" USING btree (note)",
                        "ALTER TABLE \"public\".\"orders\" ADD CONSTRAINT \"one_note\" UNIQUE (note)");
    }

    @Test
    void constraintsAndIndexesFollow() {
        SourceTable before = new SourceTable(
                "public",
                "orders",
                List.of(ID, NOTE),
                List.of(new Constraint("old", "c", "CHECK ((id > 0))")),
                List.of(new Index("gone", "CREATE INDEX gone ON public.orders USING btree (id)")),
                1L);
        SourceTable after = new SourceTable(
                "public",
                "orders",
                List.of(ID, NOTE),
                List.of(new Constraint("fresh", "u", "UNIQUE (note)")),
                List.of(new Index(
                        "part", "CREATE UNIQUE INDEX part ON public.orders USING btree (note) WHERE (id > 1)")),
                1L);
        target.names.addAll(List.of("old", "gone"));
        assertThat(plan(ALTER, before, after))
                .containsExactly(
                        "ALTER TABLE \"public\".\"orders\" DROP CONSTRAINT \"old\"",
                        "DROP INDEX \"public\".\"gone\"",
                        "CREATE UNIQUE INDEX \"part\" ON \"public\".\"orders\" USING btree (note) WHERE (id > 1)",
                        "ALTER TABLE \"public\".\"orders\" ADD CONSTRAINT \"fresh\" UNIQUE (note)");
        target.names.addAll(List.of("part", "fresh"));
        target.names.removeAll(List.of("old", "gone"));
        assertThat(plan(ALTER, before, after)).isEmpty();
    }

    @Test
    void mappedNamesAreUsedWhereTheyAreCertain() {
        TableName other = new TableName("app", "order");
        mapping =
                new TableMapping(NAME, other, Set.of("secret"), Map.of("note", "remark"), NameCase.SOURCE, null, null);
        target.columns.put("remark", "text");
        Column secret = column(3, "secret", "text", false, null);
        assertThat(plan(ALTER, table(1, ID, NOTE), table(1, ID, secret)))
                .containsExactly("ALTER TABLE \"app\".\"order\" DROP COLUMN \"remark\"");
        SourceTable indexed = new SourceTable(
                "public",
                "orders",
                List.of(ID, NOTE),
                List.of(),
                List.of(new Index("i", "CREATE INDEX i ON public.orders USING btree (note)")),
                1L);
        assertRefused(ALTER, table(1, ID, NOTE), indexed, "CREATE INDEX i");
        assertRefused(
                ALTER, table(1, ID, secret), table(1, ID, column(3, "open", "text", false, null)), "renamed to open");
    }

    @Test
    void aRenamedTableIsRefused() {
        SourceTable renamed = new SourceTable("public", "sales", List.of(ID, NOTE), List.of(), List.of(), 1L);
        assertRefused(ALTER, table(1, ID, NOTE), renamed, "renamed to public.sales");
    }

    private void assertRefused(String statement, SourceTable before, SourceTable after, String words) {
        assertThatThrownBy(() -> plan(statement, before, after))
                .isInstanceOfSatisfying(
                        SluiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SCHEMA_CHANGED))
                .hasMessageContaining(words)
                .hasMessageContaining("resume");
    }

    private List<String> plan(String statement, SourceTable before, SourceTable after) {
        return new TablePlanner(mapping, target).plan(before, after, statement);
    }

    private static SourceTable table(long file, Column... columns) {
        return new SourceTable("public", "orders", List.of(columns), List.of(), List.of(), file);
    }

    private static Column column(int number, String name, String type, boolean notNull, @Nullable String expression) {
        return new Column(number, name, type, notNull, expression, "", null, null, null);
    }

    /** A target with one table. */
    private static final class Target implements TargetCatalog {

        private final Map<String, String> columns = new HashMap<>(Map.of("id", "bigint", "note", "text"));
        private final Set<String> names = new HashSet<>();

        @Override
        public @Nullable String columnType(TableName table, String column) {
            return columns.get(column);
        }

        @Override
        public boolean hasConstraint(TableName table, String name) {
            return names.contains(name);
        }

        @Override
        public boolean hasIndex(String schema, String name) {
            return names.contains(name);
        }

        @Override
        public boolean hasRelation(TableName name) {
            return true;
        }

        @Override
        public boolean hasSchema(String name) {
            return true;
        }

        @Override
        public List<String> labels(String schema, String type) {
            return List.of();
        }
    }
}
