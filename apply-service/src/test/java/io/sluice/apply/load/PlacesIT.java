package io.sluice.apply.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.localstack.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Servers that would read the whole table for a range of pages give each row exactly once, place by place. */
class PlacesIT {

    private static final String DATABASE = "postgres";

    @Test
    void everyRowIsInExactlyOnePiece() throws SQLException {
        long seed = Long.getLong("sluice.seed", System.nanoTime());
        Random random = new Random(seed);
        try (PostgresServer old =
                PostgresServer.builder().majorVersion(10).fsync(false).build().start()) {
            old.execute(
                    DATABASE,
                    "CREATE TABLE holes (id int PRIMARY KEY, line text) WITH (fillfactor = 70)",
                    "INSERT INTO holes SELECT i, repeat('x', i % 300) FROM generate_series(1, 40000) i",
                    "DELETE FROM holes WHERE id % 7 = 0 OR id BETWEEN 9000 AND 15000",
                    "VACUUM holes",
                    // Rows that moved within their page, and to others; redirected and dead pointers.
                    "UPDATE holes SET line = line || '!' WHERE id % 3 = 0",
                    "UPDATE holes SET line = repeat('y', 900) WHERE id % 11 = 0",
                    "CREATE TABLE narrow ()",
                    "INSERT INTO narrow SELECT FROM generate_series(1, 3000)");
            for (String table : List.of("holes", "narrow")) {
                long pages =
                        number(old, "SELECT pg_relation_size('" + table + "') / current_setting('block_size')::bigint");
                List<PageRange> pieces = cut(pages, random);
                List<String> places = new ArrayList<>();
                for (PageRange piece : pieces) {
                    places.addAll(values(old, "SELECT ctid FROM " + table + " WHERE " + piece.places(pages)));
                }
                assertThat(places)
                        .as("pieces of %s, seed %d: %s", table, seed, pieces)
                        .doesNotHaveDuplicates()
                        .containsExactlyInAnyOrderElementsOf(values(old, "SELECT ctid FROM " + table));
                assertThat(values(
                                old,
                                "EXPLAIN SELECT * FROM " + table + " WHERE "
                                        + pieces.getFirst().places(pages)))
                        .anyMatch(line -> line.contains("Tid Scan"));
            }
        }
    }

    private static List<PageRange> cut(long pages, Random random) {
        List<PageRange> pieces = new ArrayList<>();
        long at = 0;
        while (at < pages - 2) {
            long next = at + 1 + random.nextLong(Math.max(1, pages / 8));
            pieces.add(new PageRange(at, next));
            at = next;
        }
        pieces.add(new PageRange(at, PageRange.END));
        return pieces;
    }

    private static long number(PostgresServer server, String sql) throws SQLException {
        return Long.parseLong(values(server, sql).getFirst());
    }

    private static List<String> values(PostgresServer server, String sql) throws SQLException {
        try (Connection connection = server.connect(DATABASE);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            List<String> values = new ArrayList<>();
            while (row.next()) {
                values.add(row.getString(1));
            }
            return values;
        }
    }
}
