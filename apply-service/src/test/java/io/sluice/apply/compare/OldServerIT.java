package io.sluice.apply.compare;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.errand.TableComparison.State;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.localstack.PostgresServer;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A source that writes floating-point numbers in another way than the target. */
class OldServerIT {

    private static final TableName MEASURES = ComparedSides.table("measures");
    private static final TableName POINTS = ComparedSides.table("points");
    private static final TableName BAG = ComparedSides.table("bag");
    private static final List<TableName> ALL = List.of(MEASURES, POINTS, BAG);

    private static PostgresServer old;
    private static PostgresServer server;

    @BeforeAll
    static void start() {
        old = PostgresServer.builder().majorVersion(10).fsync(false).build().start();
        server = PostgresServer.startTemporary();
    }

    @AfterAll
    static void stop() {
        old.close();
        server.close();
    }

    @Test
    void floatsAreComparedToTheLastBit() {
        ComparedSides sides = new ComparedSides(
                old, server, List.of(TableChoice.unchanged(new TablePattern("public", "*"))), ALL, "");
        sides.onBoth(
                "CREATE TABLE measures (id int PRIMARY KEY, f float8, g real, list float8[], grid float8[], note text)",
                "INSERT INTO measures SELECT i, i * 0.1::float8, i * 0.1::real, ARRAY[i / 3.0::float8, NULL, 'NaN'],"
                        + " '{{1,2},{3,0.5}}', 'n' || i FROM generate_series(1, 2000) i",
                "INSERT INTO measures (id, f, g, list) VALUES (-1, 'NaN', 'NaN', '{}'), (-2, 'Infinity', '-Infinity', NULL),"
                        + " (-3, '-0', '-0', '{-0,-Infinity}'), (-4, '1.7976931348623157e308', '3.4028235e38', NULL),"
                        + " (-5, '-5e-324', '1e-45', '{5e-324}'), (-6, NULL, NULL, '[0:1]={1,2}')",
                "CREATE TABLE points (at float8, x real, v int, PRIMARY KEY (at, x))",
                "INSERT INTO points SELECT i * 0.1::float8, i * 0.7::real, i FROM generate_series(1, 2000) i",
                "CREATE TABLE bag (f float8, g real)",
                "INSERT INTO bag SELECT mod(i, 50) * 0.1::float8, 0.1 FROM generate_series(1, 2000) i",
                "ANALYZE");
        assertEqual(sides);
        List<String> before = bits(sides);

        sides.onTarget(
                "UPDATE measures SET f = 0.50000000000000011 WHERE id = 5",
                "UPDATE measures SET g = 0.60000008 WHERE id = 6",
                "UPDATE measures SET list[1] = 1.0000000000000002 WHERE id = 3",
                "UPDATE measures SET f = 0 WHERE id = -3",
                "DELETE FROM measures WHERE id IN (77, -1, -2, -4, -5)",
                "UPDATE points SET at = 0.10000000000000002 WHERE v = 1",
                "UPDATE points SET v = 0 WHERE v = 99",
                "DELETE FROM bag WHERE ctid IN (SELECT ctid FROM bag WHERE f = 3 * 0.1::float8 LIMIT 2)",
                "INSERT INTO bag VALUES (0.30000000000000010, 0.1), (0.1, 0.10000001)");
        assertThat(bits(sides)).isNotEqualTo(before);
        assertCounts(sides.content(false, MEASURES), 5, 0, 4);
        assertThat(sides.kept("source", MEASURES))
                .anyMatch(image -> image.contains("[\"f\",\"5.0000000000000000e-01\"]"));
        assertCounts(sides.content(false, POINTS), 1, 1, 1);
        assertCounts(sides.content(false, BAG), 2, 2, 0);
        for (TableName table : ALL) {
            sides.content(false, table);
            sides.kept("repair", table).forEach(sides::onTarget);
        }
        assertEqual(sides);
        assertThat(bits(sides)).isEqualTo(before);
    }

    private static void assertEqual(ComparedSides sides) {
        for (TableName table : ALL) {
            TableComparison result = sides.content(false, table);
            assertThat(result.state()).as(result.toString()).isEqualTo(State.EQUAL);
        }
    }

    private static void assertCounts(TableComparison result, long missing, long extra, long changed) {
        assertThat(List.of(result.missing(), result.extra(), result.changed()))
                .as(result.toString())
                .containsExactly(missing, extra, changed);
    }

    /** Of every row of the target, whatever this server writes. */
    private static List<String> bits(ComparedSides sides) {
        return ComparedSides.values(
                server,
                sides.targetName,
                "SELECT concat_ws(' ', 'm', id, float8send(f), float4send(g), array_send(list)) FROM measures UNION ALL"
                        + " SELECT concat_ws(' ', 'p', float8send(at), float4send(x), v) FROM points UNION ALL"
                        + " SELECT concat_ws(' ', 'b', float8send(f), float4send(g)) FROM bag ORDER BY 1");
    }
}
