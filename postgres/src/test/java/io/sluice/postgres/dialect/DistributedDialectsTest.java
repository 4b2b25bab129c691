package io.sluice.postgres.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.TableChoice.Distribution;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.ColumnDefinition.Identity;
import io.sluice.postgres.dialect.TableBlueprint.Column;
import io.sluice.postgres.dialect.TableBlueprint.Generated;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DistributedDialectsTest {

    private static final Distribution BY_ID = new Distribution(Distribution.Kind.HASH, List.of("id"));
    private static final Distribution BY_REGION = new Distribution(Distribution.Kind.HASH, List.of("region"));
    private static final Distribution EVERYWHERE = new Distribution(Distribution.Kind.REPLICATION, List.of());

    private final TargetDialect citus = TargetDialect.of(Dialect.CITUS);
    private final TargetDialect gauss = TargetDialect.of(Dialect.GAUSSDB_DISTRIBUTED);
    private final TargetDialect openGauss = TargetDialect.of(Dialect.OPENGAUSS);

    @Test
    void citusDistributesATableOnceItIsThere() {
        assertThat(citus.createTable(table(BY_ID)))
                .containsExactly(
                        "CREATE TABLE \"shop\".\"it's\" (\"id\" bigint NOT NULL, \"n\" integer DEFAULT 1)",
                        "SELECT create_distributed_table('\"shop\".\"it''s\"', 'id')");
        assertThat(citus.createTable(table(EVERYWHERE)).getLast())
                .isEqualTo("SELECT create_reference_table('\"shop\".\"it''s\"')");
        assertThat(citus.createTable(table(null))).hasSize(1);
    }

    @Test
    void citusKeepsKeysUniqueOnlyWithTheDistributionColumn() {
        assertThat(citus.refusesUnique(List.of("id", "n"), BY_ID)).isNull();
        assertThat(citus.refusesUnique(List.of("n"), BY_ID)).contains("id");
        assertThat(citus.refusesUnique(List.of("n"), EVERYWHERE)).isNull();
        assertThat(citus.refusesUnique(List.of("n"), null)).isNull();
    }

    @Test
    void citusKeepsForeignKeysBetweenTablesThatLieTogether() {
        assertThat(refused(List.of("id", "n"), BY_ID, List.of("region", "m"), BY_REGION))
                .isNull();
        assertThat(refused(List.of("n", "id"), BY_ID, List.of("region", "m"), BY_REGION))
                .isNotNull();
        assertThat(refused(List.of("n"), BY_ID, List.of("region"), BY_REGION)).isNotNull();
        assertThat(refused(List.of("n"), BY_ID, List.of("m"), EVERYWHERE)).isNull();
        assertThat(refused(List.of("n"), EVERYWHERE, List.of("m"), BY_ID)).isNotNull();
        assertThat(refused(List.of("n"), BY_ID, List.of("m"), null)).isNotNull();
        assertThat(refused(List.of("n"), null, List.of("m"), null)).isNull();
    }

    private @Nullable String refused(
            List<String> columns, Distribution of, List<String> others, @Nullable Distribution other) {
        return citus.refusesForeignKey(new ForeignKey(columns, of, others, other));
    }

    @Test
    void gaussDbSaysWhereRowsLieInCreateTable() {
        assertThat(gauss.createTable(table(BY_ID)))
                .containsExactly("CREATE TABLE \"shop\".\"it's\" (\"id\" bigint NOT NULL, \"n\" integer DEFAULT 1)"
                        + " DISTRIBUTE BY HASH (\"id\")");
        assertThat(gauss.createTable(table(EVERYWHERE)).getFirst()).endsWith(" DISTRIBUTE BY REPLICATION");
        assertThat(openGauss.createTable(table(BY_ID)).getFirst()).doesNotContain("DISTRIBUTE");
    }

    @Test
    void gaussDbLeavesOutWhatItDoesNotHave() {
        assertThat(gauss.refuses(ObjectKind.FOREIGN_KEY)).isNotNull();
        assertThat(openGauss.refuses(ObjectKind.FOREIGN_KEY)).isNull();
        assertThat(gauss.refusesUnique(List.of("n"), BY_ID)).contains("id");
        assertThat(gauss.computes(Generated.STORED)).isFalse();
        assertThat(openGauss.computes(Generated.STORED)).isTrue();
        assertThat(openGauss.computes(Generated.VIRTUAL)).isFalse();
    }

    @Test
    void typesThatAreNotThereAreMappedOrRefused() {
        assertThat(openGauss.createTable(with("xid8", Identity.NONE)).getFirst())
                .contains("\"c\" bigint");
        assertThat(openGauss.createTable(with("pg_lsn[]", Identity.NONE)).getFirst())
                .contains("\"c\" text[]");
        assertThat(openGauss.createTable(with("regrole", Identity.NONE)).getFirst())
                .contains("\"c\" text");
        assertThatThrownBy(() -> openGauss.createTable(with("int4multirange", Identity.NONE)))
                .isInstanceOf(UnsupportedDdlException.class)
                .hasMessageContaining("int4multirange");
    }

    @Test
    void anIdentityBecomesASequence() {
        assertThat(openGauss.createTable(with("integer", Identity.ALWAYS)))
                .containsExactly(
                        "CREATE SEQUENCE \"shop\".\"it's_c_seq\"",
                        "CREATE TABLE \"shop\".\"it's\" (\"c\" integer DEFAULT nextval('\"shop\".\"it''s_c_seq\"'::regclass))",
                        "ALTER SEQUENCE \"shop\".\"it's_c_seq\" OWNED BY \"shop\".\"it's\".\"c\"");
    }

    private static TableBlueprint with(String type, Identity identity) {
        return table(List.of(column("c", type, null, identity, false)), null);
    }

    private static TableBlueprint table(@Nullable Distribution distribution) {
        return table(
                List.of(
                        column("id", "bigint", null, Identity.NONE, true),
                        column("n", "integer", "1", Identity.NONE, false)),
                distribution);
    }

    private static TableBlueprint table(List<Column> columns, @Nullable Distribution distribution) {
        return new TableBlueprint(
                new TableName("shop", "it's"),
                false,
                columns,
                List.of(),
                null,
                null,
                null,
                List.of(),
                List.of(),
                null,
                List.of(),
                null,
                distribution);
    }

    private static Column column(
            String name, String type, @Nullable String expression, Identity identity, boolean notNull) {
        return new Column(
                name, type, null, expression, Generated.NO, identity, "", notNull, null, null, null, null, List.of());
    }
}
