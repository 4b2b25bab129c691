package io.sluice.task.compare;

import io.sluice.contracts.Json;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.Connections;
import io.sluice.postgres.PostgresErrors;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads the rows that differ where apply-service has put them, on the target. They are kept nowhere else, and leave it
 * only on request.
 */
@ApplicationScoped
class DifferingRows {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int FETCH = 20;

    private final SecretSeal seal;

    DifferingRows(SecretSeal seal) {
        this.seal = seal;
    }

    /**
     * @param after the place of the last row that is known; -1 for the first ones
     * @param bytes the row whose images bring the answer there is its last
     */
    Placed.Some list(String taskId, TaskSpec spec, int number, TableName table, int after, int limit, int bytes) {
        String sql = """
                SELECT place, kind, times, key, source, target, next_place IS NOT NULL
                FROM (
                    SELECT *,
                        lead(place) OVER (ORDER BY place) AS next_place,
                        sum(octet_length(key) + coalesce(octet_length(source), 0) + coalesce(octet_length(target), 0))
                            OVER (ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_so_far
                    FROM (
                        SELECT * FROM _sluice.comparison_row
                        WHERE task_id = ? AND number = ? AND schema_name = ? AND table_name = ? AND place > ?
                        ORDER BY place LIMIT ?) AS candidate
                ) AS candidate
                WHERE coalesce(bytes_so_far, 0) < ? ORDER BY place
                """;
        return read(taskId, spec, connection -> {
            List<Placed> rows = new ArrayList<>();
            boolean more = false;
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, taskId);
                statement.setInt(2, number);
                statement.setString(3, table.schema());
                statement.setString(4, table.table());
                statement.setInt(5, after);
                statement.setInt(6, limit + 1);
                statement.setInt(7, bytes);
                try (ResultSet row = statement.executeQuery()) {
                    while (rows.size() < limit && row.next()) {
                        rows.add(new Placed(row.getInt(1), difference(row)));
                        more = row.getBoolean(7);
                    }
                }
            }
            return new Placed.Some(rows, more);
        });
    }

    /** @param place among the rows of its table */
    record Placed(int place, RowDifference row) {

        /** @param more whether anything comes after them */
        record Some(List<Placed> rows, boolean more) {}
    }

    private static RowDifference difference(ResultSet row) throws SQLException {
        Map<String, @Nullable String> source = image(row.getString(5));
        Map<String, @Nullable String> target = image(row.getString(6));
        List<String> columns = new ArrayList<>();
        if (source != null && target != null) {
            source.forEach((name, value) -> {
                if (!Objects.equals(value, target.get(name))) {
                    columns.add(name);
                }
            });
        }
        return new RowDifference(
                row.getString(2),
                row.getLong(3),
                Objects.requireNonNullElse(image(row.getString(4)), Map.of()),
                columns,
                source,
                target);
    }

    private static @Nullable Map<String, @Nullable String> image(@Nullable String json) {
        if (json == null) {
            return null;
        }
        Map<String, @Nullable String> image = new LinkedHashMap<>();
        for (String[] pair : Json.read(json, String[][].class)) {
            image.put(pair[0], pair[1]);
        }
        return image;
    }

    /** Deletions come first and new rows last, so that no unique key is in the way. */
    void writeRepairs(String taskId, TaskSpec spec, int number, Writer to) {
        String sql = """
                SELECT repair FROM _sluice.comparison_row WHERE task_id = ? AND number = ?
                ORDER BY CASE kind WHEN 'EXTRA' THEN 0 WHEN 'CHANGED' THEN 1 ELSE 2 END,
                         schema_name, table_name, place
                """;
        read(taskId, spec, connection -> {
            connection.setAutoCommit(false);
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setFetchSize(FETCH);
                statement.setString(1, taskId);
                statement.setInt(2, number);
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        to.write(row.getString(1));
                        to.write('\n');
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return true;
        });
    }

    /** What is read in a session. */
    @FunctionalInterface
    private interface Reading<T> {
        T read(Connection connection) throws SQLException;
    }

    private <T> T read(String taskId, TaskSpec spec, Reading<T> reading) {
        try (Connections connections = new Connections(
                        "target",
                        spec.target(),
                        Credentials.of(spec.target(), secret -> seal.open(taskId, secret)),
                        "sluice comparison");
                Connection connection = connections.open(PATIENCE);
                Statement statement = connection.createStatement()) {
            statement.execute("SET default_transaction_read_only = on; SET statement_timeout = '60s'");
            return reading.read(connection);
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "reading the rows that differ from the target");
        }
    }
}
