package io.sluice.apply.ddl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.change.SourceObject.Rewrite;
import io.sluice.contracts.change.SourceTable;
import io.sluice.contracts.change.SourceTable.Column;
import io.sluice.contracts.change.SourceTable.Constraint;
import io.sluice.contracts.change.SourceTable.Index;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TablePlannerTest {

    private static final TableName NAME = new TableName("public", "orders");
    private static final Column ID = column(1, "id", "bigint", true, null);
    private static final Column NOTE = column(2, "note", "text", false, null);

    private static final Set<Rewrite> NO = Set.of();
    private static final Set<Rewrite> ROWS = Set.of(Rewrite.ROWS);
    private static final Set<Rewrite> CAST = Set.of(Rewrite.ROWS, Rewrite.CAST);
    private static final Set<Rewrite> COMPUTED = Set.of(Rewrite.ROWS, Rewrite.COMPUTED);

    private final TestingCatalog target = new TestingCatalog();
    private TableMapping mapping = TableMapping.unchanged(NAME);

    @BeforeEach
    void prepare() {
        target.columns.putAll(Map.of("id", "bigint", "note", "text"));
    }

    @Test
    void aColumnIsAddedWithTheValueThatOlderRowsHave() {
        Column plain = column(3, "a", "integer", false, null);
        Column filled =
                new Column(4, "b", "timestamp with time zone", true, "now()", "", null, null, "2026-01-01 00:00+00");
        Column made = new Column(5, "c", "integer", false, null, "", "(id * 2)", null, null);
        assertThat(plan(table(1, ID, NOTE), table(1, ID, NOTE, plain, filled, made)))
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
        assertRefused(ROWS, table(1, ID), table(2, ID, random), "new column r");
        target.columns.put("r", "uuid");
        assertThat(plan(table(1, ID), table(2, ID, random))).isEmpty();
    }

    /** Of its column the source tells neither a default nor a value. */
    @Test
    void aDomainMayHaveADefaultOfItsOwn() {
        assertThat(plan(ROWS, table(1, ID), table(2, ID, ofDomain("'it''s new'::text"))))
                .containsExactly(
                        "ALTER TABLE \"public\".\"orders\" ADD COLUMN \"d\" app.d DEFAULT 'it''s new'::text",
                        "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"d\" DROP DEFAULT");
        for (String computed :
                List.of("gen_random_uuid()", "('now'::text)::date", "(1 + 1)", "'a'::text || random()")) {
            assertRefused(ROWS, table(1, ID), table(2, ID, ofDomain(computed)), "new column d");
        }
        // ADD d DEFAULT NULL; or that of the target's domain is another one.
        for (String other : Arrays.asList("gen_random_uuid()", null)) {
            assertThat(plan(NO, table(1, ID), table(1, ID, ofDomain(other))))
                    .containsExactly(
                            "ALTER TABLE \"public\".\"orders\" ADD COLUMN \"d\" app.d DEFAULT NULL",
                            "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"d\" DROP DEFAULT");
        }
    }

    /** One command may add a column and take away the default that filled it. */
    @Test
    void aDefaultThatIsThereNoMoreHasFilledTheRows() {
        Column dropped = new Column(3, "c", "integer", true, null, "", null, null, "5");
        assertThat(plan(NO, table(1, ID), table(1, ID, dropped)))
                .containsExactly(
                        "ALTER TABLE \"public\".\"orders\" ADD COLUMN \"c\" integer DEFAULT '5' NOT NULL",
                        "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"c\" DROP DEFAULT");
        Set<Rewrite> others = Set.of(Rewrite.ROWS, Rewrite.OTHER_DEFAULTS);
        assertRefused(others, table(1, ID), table(2, ID, column(3, "c", "uuid", false, null)), "new column c");
        assertRefused(others, table(1, ID), table(2, ID, ofDomain("1")), "new column d");
        // And the default that a column has may have come after it.
        assertThat(plan(NO, table(1, ID), table(1, ID, column(3, "c", "integer", false, "random()"))))
                .containsExactly(
                        "ALTER TABLE \"public\".\"orders\" ADD COLUMN \"c\" integer",
                        "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"c\" SET DEFAULT random()");
        assertThat(plan(ROWS, table(1, ID), table(2, ID, column(3, "c", "integer", false, null))))
                .hasSize(1);
    }

    /** Then PostgreSQL does not keep it for rows that are older. */
    @Test
    void aConstantIsTheValueOfRowsThatWereWrittenAnew() {
        assertThat(plan(CAST, table(1, ID), table(2, ID, column(3, "c", "integer", false, "'-7'::integer"))))
                .containsExactly(
                        "ALTER TABLE \"public\".\"orders\" ADD COLUMN \"c\" integer DEFAULT '-7'::integer",
                        "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"c\" SET DEFAULT '-7'::integer");
        assertRefused(CAST, table(1, ID), table(2, ID, column(3, "c", "timestamp", false, "now()")), "new column c");
    }

    private static Column ofDomain(@Nullable String itsDefault) {
        return new Column(3, "d", "app.d", false, null, "", null, null, null, itsDefault);
    }

    @Test
    void columnsAreToldByTheirNumbers() {
        Column swappedId = column(1, "note", "bigint", true, null);
        Column remark = column(2, "remark", "text", false, null);
        assertThat(plan(table(1, ID, NOTE), table(1, ID, remark)))
                .containsExactly("ALTER TABLE \"public\".\"orders\" RENAME COLUMN \"note\" TO \"remark\"");
        assertThat(plan(table(1, ID, NOTE), table(1, swappedId)))
                .containsExactly(
                        "ALTER TABLE \"public\".\"orders\" DROP COLUMN \"note\"",
                        "ALTER TABLE \"public\".\"orders\" RENAME COLUMN \"id\" TO \"note\"");
        assertThat(plan(table(1, ID, NOTE), table(1, ID, column(3, "note", "text", false, null))))
                .startsWith("ALTER TABLE \"public\".\"orders\" DROP COLUMN \"note\"");
    }

    @Test
    void aTypeIsChangedWhereTheValuesAreCertain() {
        SourceTable number = table(1, ID, column(2, "n", "integer", false, "1"));
        SourceTable wide = table(2, ID, column(2, "n", "bigint", false, "1"));
        target.columns.put("n", "integer");
        assertThat(plan(CAST, number, wide))
                .containsExactly(
                        "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"n\" DROP DEFAULT",
                        "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"n\" TYPE bigint",
                        "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"n\" SET DEFAULT 1");
        assertRefused(COMPUTED, number, wide, "computed anew");
        assertRefused(null, number, wide, "changed from integer to bigint");
        // It may have had that type all along.
        target.columns.put("n", "bigint");
        assertRefused(COMPUTED, number, wide, "{\"reload\": [\"public.orders\"]}");
        assertThat(plan(CAST, number, wide))
                .containsExactly("ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"n\" SET DEFAULT 1");
        // The source did not touch its rows.
        target.columns.put("note", "character varying(5)");
        assertThat(plan(NO, table(1, ID, column(2, "note", "character varying(5)", false, null)), table(1, ID, NOTE)))
                .hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            timestamp without time zone     | timestamp with time zone
            timestamp(3) without time zone  | timestamp(3) with time zone
            timestamp(3) with time zone     | timestamp(0) without time zone
            time(3) without time zone       | time(3) with time zone
            timestamp(3) without time zone[] | timestamp(3) with time zone[]
            character varying(5)[]          | text
            interval(3)                     | interval day to second(3)
            app."odd (a)"                   | app."odd (b)"
            """)
    void whatDependsOnASettingOfTheSessionIsNotCertain(String from, String to) {
        target.columns.put("v", to);
        SourceTable before = table(1, ID, column(2, "v", from, false, null));
        SourceTable after = table(2, ID, column(2, "v", to, false, null));
        assertRefused(CAST, before, after, "may have changed its values");
        target.columns.put("v", from);
        assertRefused(CAST, before, after, "may have changed its values");
        assertThat(plan(NO, before, after)).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            timestamp(3) without time zone | timestamp(0) without time zone
            numeric(6,2)                   | numeric(12,4)
            numeric(6,2)[]                 | numeric(12,4)[]
            character varying(5)           | character varying(40)
            uuid                           | text
            """)
    void lengthsAndScalesAreCertain(String from, String to) {
        target.columns.put("v", from);
        assertThat(plan(
                        CAST,
                        table(1, ID, column(2, "v", from, false, null)),
                        table(2, ID, column(2, "v", to, false, null))))
                .containsExactly("ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"v\" TYPE " + to);
    }

    /** USING need not change a type. */
    @Test
    void valuesThatWereComputedAnewAreNoticedWithoutAnotherType() {
        assertRefused(COMPUTED, table(1, ID, NOTE), table(2, ID, NOTE), "computed anew");
        Column more = column(3, "more", "integer", false, null);
        assertRefused(COMPUTED, table(1, ID, NOTE), table(2, ID, NOTE, more), "computed anew");
        assertThat(plan(CAST, table(1, ID, NOTE), table(2, ID, NOTE))).isEmpty();
    }

    /** In one command: the target has the old one when the statements are made. */
    @Test
    void aColumnThatIsDroppedAndMadeAgainKeepsNothingOfTheOldOne() {
        target.columns.put("note", "text");
        assertThat(plan(table(1, ID, NOTE), table(1, ID, column(3, "note", "text", false, null))))
                .containsExactly(
                        "ALTER TABLE \"public\".\"orders\" DROP COLUMN \"note\"",
                        "ALTER TABLE \"public\".\"orders\" ADD COLUMN \"note\" text");
        Column filled = new Column(3, "note", "integer", true, "7", "", null, null, "7");
        assertThat(plan(table(1, ID, NOTE), table(1, ID, filled)))
                .containsExactly(
                        "ALTER TABLE \"public\".\"orders\" DROP COLUMN \"note\"",
                        "ALTER TABLE \"public\".\"orders\" ADD COLUMN \"note\" integer DEFAULT '7' NOT NULL",
                        "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"note\" SET DEFAULT 7");
        Column computed = column(3, "note", "text", false, "md5(random()::text)");
        assertRefused(ROWS, table(1, ID, NOTE), table(2, ID, computed), "{\"reload\": [\"public.orders\"]}");
        // By another type it is told from the old one.
        Column uuid = column(3, "note", "uuid", false, "gen_random_uuid()");
        assertRefused(ROWS, table(1, ID, NOTE), table(2, ID, uuid), "dropped and made again");
        target.columns.put("note", "uuid");
        assertThat(plan(table(1, ID, NOTE), table(2, ID, uuid))).isEmpty();
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
        assertThat(plan(before, after))
                .containsExactly(
                        "ALTER TABLE \"public\".\"orders\" DROP CONSTRAINT \"old\"",
                        "DROP INDEX \"public\".\"gone\"",
                        "CREATE UNIQUE INDEX \"part\" ON \"public\".\"orders\" USING btree (note) WHERE (id > 1)",
                        "ALTER TABLE \"public\".\"orders\" ADD CONSTRAINT \"fresh\" UNIQUE (note)");
        target.names.addAll(List.of("part", "fresh"));
        target.names.removeAll(List.of("old", "gone"));
        assertThat(plan(before, after)).isEmpty();
    }

    @Test
    void mappedNamesAreUsedWhereTheyAreCertain() {
        TableName other = new TableName("app", "order");
        mapping =
                new TableMapping(NAME, other, Set.of("secret"), Map.of("note", "remark"), NameCase.SOURCE, null, null);
        target.columns.put("remark", "text");
        Column secret = column(3, "secret", "text", false, null);
        assertThat(plan(table(1, ID, NOTE), table(1, ID, secret)))
                .containsExactly("ALTER TABLE \"app\".\"order\" DROP COLUMN \"remark\"");
        SourceTable indexed = new SourceTable(
                "public",
                "orders",
                List.of(ID, NOTE),
                List.of(),
                List.of(new Index("i", "CREATE INDEX i ON public.orders USING btree (note)")),
                1L);
        assertRefused(table(1, ID, NOTE), indexed, "CREATE INDEX i");
        assertRefused(table(1, ID, secret), table(1, ID, column(3, "open", "text", false, null)), "renamed to open");
    }

    /** While changes are applied an identity takes whatever value the source has. */
    @Test
    void anIdentityIsByDefaultOnTheTarget() {
        Column always = new Column(1, "id", "bigint", true, null, "a", null, null, null);
        Column byDefault = new Column(1, "id", "bigint", true, null, "d", null, null, null);
        String change = "ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"id\" ";
        assertThat(plan(table(1, ID), table(1, always)))
                .containsExactly(change + "ADD GENERATED BY DEFAULT AS IDENTITY");
        assertThat(plan(table(1, byDefault), table(1, always))).isEmpty();
        assertThat(plan(table(1, always), table(1, byDefault))).isEmpty();
        assertThat(plan(table(1, always), table(1, ID))).containsExactly(change + "DROP IDENTITY IF EXISTS");
        Column more = new Column(3, "more", "bigint", true, null, "a", null, null, "1");
        assertThat(plan(table(1, ID), table(1, ID, more)))
                .last()
                .isEqualTo("ALTER TABLE \"public\".\"orders\" ALTER COLUMN \"more\" ADD GENERATED BY DEFAULT AS"
                        + " IDENTITY");
    }

    @Test
    void aRenamedTableIsRefused() {
        SourceTable renamed = new SourceTable("public", "sales", List.of(ID, NOTE), List.of(), List.of(), 1L);
        assertRefused(table(1, ID, NOTE), renamed, "renamed to public.sales");
    }

    private void assertRefused(SourceTable before, SourceTable after, String words) {
        assertRefused(NO, before, after, words);
    }

    private void assertRefused(@Nullable Set<Rewrite> rewrites, SourceTable before, SourceTable after, String words) {
        assertThatThrownBy(() -> plan(rewrites, before, after))
                .isInstanceOfSatisfying(
                        SluiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SCHEMA_CHANGED))
                .hasMessageContaining(words)
                .hasMessageContaining("resume");
    }

    private List<String> plan(SourceTable before, SourceTable after) {
        return plan(NO, before, after);
    }

    private List<String> plan(@Nullable Set<Rewrite> rewrites, SourceTable before, SourceTable after) {
        return new TablePlanner(mapping, target, rewrites).plan(before, after);
    }

    private static SourceTable table(long file, Column... columns) {
        return new SourceTable("public", "orders", List.of(columns), List.of(), List.of(), file);
    }

    private static Column column(int number, String name, String type, boolean notNull, @Nullable String expression) {
        return new Column(number, name, type, notNull, expression, "", null, null, null);
    }
}
