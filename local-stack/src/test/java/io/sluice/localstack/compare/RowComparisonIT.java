package io.sluice.localstack.compare;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.localstack.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RowComparisonIT {
    private static final String KEYED = """
            CREATE TABLE "Keyed" (
                code text, part int, price numeric, doc jsonb, tags text[], at timestamptz, raw bytea, share float8,
                PRIMARY KEY (code, part))""";
    private static final String KEYED_ROWS = """
            INSERT INTO "Keyed"
            SELECT (ARRAY['a', 'B', 'ä', U&'\\FF21', U&'\\+01F600', ''])[1 + n % 6], n, n / 7.0, jsonb_build_object('n', n),
                ARRAY['x', NULL, n::text], timestamptz '2024-01-01 00:00+00' + n * interval '1 hour', decode('00ff', 'hex'), n / 3.0
            FROM generate_series(1, 5000) n""";
    private static final String KEYLESS = "CREATE TABLE keyless (a int, b text)";
    private static final String KEYLESS_ROWS = "INSERT INTO keyless VALUES (1, 'x'), (1, 'x'), (NULL, 'y'), (2, NULL)";

    private static PostgresServer server;

    @BeforeAll
    static void start() {
        server = PostgresServer.startTemporary();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void twoEqualDatabases() {
        for (String database : List.of("source", "target")) {
            server.execute("postgres", "DROP DATABASE IF EXISTS " + database);
            server.createDatabase(database);
            server.execute(database, KEYED, KEYED_ROWS, KEYLESS, KEYLESS_ROWS);
        }
    }

    @Test
    void findsNothingBetweenEqualDatabases() throws SQLException {
        server.execute("postgres", "ALTER DATABASE target SET TimeZone = 'Asia/Tokyo'");

        assertThat(compare())
                .allMatch(TableResult::equal)
                .extracting(TableResult::sourceRows)
                .containsExactly(5000L, 4L);
    }

    @Test
    void findsASingleDifferingColumn() throws SQLException {
        server.execute("target", "UPDATE \"Keyed\" SET share = share + 1e-12 WHERE part = 10");

        TableResult keyed = compare().getFirst();

        assertThat(keyed.equal()).isFalse();
        assertThat(keyed.differences()).isEqualTo(1);
        assertThat(keyed.first().getFirst().key()).isEqualTo("code=\uD83D\uDE00, part=10");
        assertThat(keyed.first().getFirst().source()).contains("share=3.3333333333333335");
        assertThat(keyed.first().getFirst().target()).doesNotContain("share=3.3333333333333335");
    }

    @Test
    void findsAMissingAndAnExtraRowAndANullThatIsNotEmpty() throws SQLException {
        server.execute("target", "DELETE FROM \"Keyed\" WHERE part = 4999", "UPDATE keyless SET b = '' WHERE a = 2");
        server.execute(
                "source",
                "DELETE FROM \"Keyed\" WHERE part IN (1, 2)",
                "UPDATE \"Keyed\" SET doc = NULL WHERE part = 3");

        List<TableResult> results = compare();

        assertThat(results.get(0).differences()).isEqualTo(4);
        assertThat(results.get(0).first())
                .filteredOn(difference -> difference.source() == null)
                .hasSize(2);
        assertThat(results.get(0).first())
                .filteredOn(difference -> difference.target() == null)
                .hasSize(1);
        assertThat(results.get(1).equal()).isFalse();
    }

    @Test
    void countsDuplicatesOfATableWithoutKey() throws SQLException {
        server.execute("target", "INSERT INTO keyless VALUES (1, 'x')");

        TableResult keyless = compare().getLast();

        assertThat(keyless.targetRows()).isEqualTo(5);
        assertThat(keyless.differences()).isEqualTo(1);
    }

    @Test
    void reportsOtherColumnsAsADifference() throws SQLException {
        server.execute("target", "ALTER TABLE keyless ADD c int");

        assertThat(compare().getLast().equal()).isFalse();
    }

    private static List<TableResult> compare() throws SQLException {
        try (Connection source = server.connect("source");
                Connection target = server.connect("target")) {
            return new RowComparison(source, target).compareSchema("public");
        }
    }
}
