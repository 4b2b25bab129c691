package io.sluice.postgres.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.TableChoice.Distribution;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.ColumnDefinition.Identity;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.TableBlueprint.Column;
import io.sluice.postgres.dialect.TableBlueprint.Generated;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.shardingsphere.infra.database.core.type.DatabaseType;
import org.apache.shardingsphere.infra.spi.type.typed.TypedSPILoader;
import org.apache.shardingsphere.sql.parser.api.CacheOption;
import org.apache.shardingsphere.sql.parser.api.SQLParserEngine;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * ShardingSphere's parser of openGauss takes what the dialects write, but for what it does not know: DISTRIBUTE BY, and
 * MERGE, which is taken apart here as openGauss' own grammar has it (MergeStmt in its gram.y).
 */
class OpenGaussGrammarTest {

    private static final SQLParserEngine PARSER =
            new SQLParserEngine(TypedSPILoader.getService(DatabaseType.class, "openGauss"), new CacheOption(1, 1));

    private static final TableName NAME = new TableName("shop", "order");

    private final TargetDialect openGauss = TargetDialect.of(Dialect.OPENGAUSS);
    private final TargetDialect gauss = TargetDialect.of(Dialect.GAUSSDB_DISTRIBUTED);

    @Test
    void theParserRefusesWhatIsNoStatement() {
        assertThatThrownBy(() -> parse("CREATE TABLE \"a\" (\"id\" bigint,)")).isInstanceOf(RuntimeException.class);
    }

    @Test
    void tables() {
        openGauss.createTable(table(null)).forEach(OpenGaussGrammarTest::parse);
        for (Distribution distribution : List.of(
                new Distribution(Distribution.Kind.HASH, List.of("id")),
                new Distribution(Distribution.Kind.REPLICATION, List.of()))) {
            List<String> statements = new ArrayList<>(gauss.createTable(table(distribution)));
            assertThat(statements).anyMatch(sql -> sql.contains(" DISTRIBUTE BY "));
            statements.replaceAll(sql -> sql.replaceFirst(" DISTRIBUTE BY .*", ""));
            statements.forEach(OpenGaussGrammarTest::parse);
        }
    }

    @Test
    void rows() {
        TableDefinition table = new TableDefinition(
                NAME,
                1,
                TableDefinition.Kind.TABLE,
                false,
                TableDefinition.ReplicaIdentity.DEFAULT,
                0,
                0,
                0,
                List.of(definition("id", "bigint"), definition("to", "text")),
                List.of("id"),
                List.of("id"));
        for (TargetDialect dialect : List.of(openGauss, gauss)) {
            parseMerge(parameters(dialect.upsert(table, List.of("id"), List.of("id", "to"))));
            parseMerge(parameters(dialect.upsert(table, List.of("id"), List.of("id"))));
            parse(parameters(dialect.insert(table, List.of("id", "to"))));
            parse(parameters(dialect.update(table, List.of("id"), List.of("to"))));
            parseMerge(parameters(dialect.insertMissing(table, List.of("id"), List.of("id", "to"))));
            parse(parameters(dialect.read(table, List.of("id"), List.of("to"))));
            parse(parameters(dialect.delete(table, List.of("id"))));
            parse(parameters(Objects.requireNonNull(dialect.removeAll(table, List.of("id", "to")))));
            parse(dialect.copyIn(table, List.of("id", "to")));
            dialect.sessionSetup().forEach(OpenGaussGrammarTest::parse);
            parse(dialect.truncate(NAME));
            parse(dialect.truncateTogether(List.of(table)));
            assertThat(dialect.upsert(table, List.of("id"), List.of("id", "to")))
                    .as("a distribution column is part of the key and is not updated")
                    .doesNotContain("SET \"id\"");
        }
    }

    private static final Pattern MERGE = Pattern.compile("MERGE INTO (?<table>\\S+) AS t USING \\((?<rows>.*)\\) AS v"
            + " ON \\((?<same>[^)]*)\\)(?: WHEN MATCHED THEN UPDATE SET (?<sets>[^)]*?))?"
            + " WHEN NOT MATCHED THEN INSERT \\((?<columns>[^)]*)\\) VALUES \\((?<values>[^)]*)\\)");

    private static void parseMerge(String sql) {
        Matcher merge = MERGE.matcher(sql);
        assertThat(merge.matches()).as(sql).isTrue();
        String rows = " FROM (" + merge.group("rows") + ") AS v";
        if (merge.group("sets") != null) {
            parse("UPDATE " + merge.group("table") + " AS t SET " + merge.group("sets") + rows + " WHERE "
                    + merge.group("same"));
        }
        parse("INSERT INTO " + merge.group("table") + " (" + merge.group("columns") + ") SELECT "
                + merge.group("values") + rows);
    }

    private static String parameters(String sql) {
        return sql.replace("?::text[]", "CAST('{}' AS text[])");
    }

    private static void parse(String sql) {
        assertThat(PARSER.parse(sql, false).getRootNode()).as(sql).isNotNull();
    }

    private static ColumnDefinition definition(String name, String type) {
        return new ColumnDefinition(name, type, type, true, type, false, null, Identity.NONE, null, null, "=");
    }

    private static TableBlueprint table(@Nullable Distribution distribution) {
        return new TableBlueprint(
                NAME,
                false,
                List.of(
                        column("id", "bigint", null, Identity.ALWAYS, true),
                        column("to", "character varying(20)", "'x'::character varying", Identity.NONE, false),
                        column("many", "integer[]", null, Identity.NONE, false),
                        column("at", "timestamp with time zone", "now()", Identity.NONE, true)),
                List.of("CONSTRAINT \"positive\" CHECK ((id > 0))"),
                null,
                null,
                null,
                List.of(),
                List.of(),
                null,
                List.of("fillfactor=70"),
                null,
                distribution);
    }

    private static Column column(
            String name, String type, @Nullable String expression, Identity identity, boolean notNull) {
        return new Column(
                name, type, null, expression, Generated.NO, identity, "", notNull, null, null, null, null, List.of());
    }
}
