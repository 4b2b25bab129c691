package io.sluice.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.localstack.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What happened at the source, in commit order, as lines such as {@code 812 app.log INSERT} and {@code 812 END}: once as the source's own
 * decoding tells it, once as a reader of the change topic sees it.
 */
final class ChangeLog {
    private static final String SLOT = "oracle";
    private static final List<String> OPERATIONS = List.of("INSERT", "UPDATE", "DELETE", "TRUNCATE");

    private final List<String> lines = new ArrayList<>();
    private String lastTransaction = "";
    private long lastCommit;
    private long lastOrder;

    /** From now on the source keeps what happens for {@link #ofSource}. */
    static void keep(Pair pair) {
        pair.askSource("SELECT lsn FROM pg_create_logical_replication_slot('" + SLOT + "', 'test_decoding')");
    }

    /** What the source has decoded since {@link #keep}. */
    static List<String> ofSource(Pair pair) {
        List<String> lines = new ArrayList<>();
        PostgresServer server = pair.source();
        try (Connection connection = server.connect(pair.name())) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.setFetchSize(10_000);
                try (ResultSet row = statement.executeQuery("""
                        SELECT xid, left(data, 300)
                        FROM pg_logical_slot_get_changes('%s', NULL, NULL, 'skip-empty-xacts', '1')""".formatted(SLOT))) {
                    while (row.next()) {
                        decoded(row.getString(1), row.getString(2), lines);
                    }
                }
            }
            connection.commit();
        } catch (SQLException e) {
            throw new IllegalStateException("reading what the source decodes: " + e.getMessage(), e);
        }
        pair.askSource("SELECT pg_drop_replication_slot('" + SLOT + "')");
        return lines;
    }

    /** The transactions with a row in app.log since {@link #keep}, as they were committed, by the lower 32 bits of their ids. */
    static List<Long> commitsOfSource(Pair pair) {
        String commits = pair.askSource("""
                SELECT coalesce(string_agg(xid::text, ' ' ORDER BY place), '') FROM (
                    SELECT xid, data, row_number() OVER () AS place
                    FROM pg_logical_slot_get_changes('%s', NULL, NULL)) AS changes
                WHERE data LIKE 'table app.log: INSERT:%%'""".formatted(SLOT));
        pair.askSource("SELECT pg_drop_replication_slot('" + SLOT + "')");
        return commits.isEmpty()
                ? List.of()
                : Stream.of(commits.split(" ")).map(Long::valueOf).toList();
    }

    private static void decoded(String transaction, String data, List<String> lines) {
        String end = transaction + " END";
        if (data.startsWith("COMMIT ")) {
            boolean empty = lines.isEmpty() || !lines.getLast().startsWith(transaction + " ");
            if (!empty) {
                lines.add(end);
            }
        } else if (data.startsWith("table ")) {
            String operation = OPERATIONS.stream()
                    .filter(candidate -> data.contains(": " + candidate + ":"))
                    .findFirst()
                    .orElseThrow();
            String tables = data.substring("table ".length(), data.indexOf(": " + operation + ":"));
            for (String table : tables.split(", ", -1)) {
                lines.add(transaction + " " + table + " " + operation);
            }
        }
    }

    /** Takes a record of the change topic, as {@code docs/change-events.md} describes it. */
    void add(byte[] value) {
        JsonNode change = json(value);
        if (change.path("op").asText().equals("m")) {
            return;
        }
        boolean end = change.path("status").asText().equals("END");
        String id = (end ? change.path("id") : change.path("transaction").path("id")).asText();
        long order = end
                ? change.path("event_count").asLong() + 1
                : change.path("transaction").path("total_order").asLong();
        inOrder(id, order);
        String transaction = id.substring(0, id.indexOf(':'));
        if (end) {
            lines.add(transaction + " END");
        } else {
            JsonNode source = change.path("source");
            lines.add(transaction + " " + source.path("schema").asText() + "."
                    + quoted(source.path("table").asText()) + " "
                    + operation(change.path("op").asText()));
        }
    }

    List<String> lines() {
        return lines;
    }

    /** Transactions follow each other by their commit, and the records of one by 1, 2, 3, ... */
    private void inOrder(String id, long order) {
        long commit = Long.parseUnsignedLong(id.substring(id.indexOf(':') + 1));
        boolean follows = id.equals(lastTransaction)
                ? order == lastOrder + 1
                : order == 1 && Long.compareUnsigned(commit, lastCommit) > 0;
        if (!follows) {
            throw new AssertionError("record %d of transaction %s follows record %d of %s"
                    .formatted(order, id, lastOrder, lastTransaction));
        }
        lastTransaction = id;
        lastCommit = commit;
        lastOrder = order;
    }

    private static JsonNode json(byte[] value) {
        try {
            return Api.JSON.readTree(value);
        } catch (IOException e) {
            throw new UncheckedIOException("not JSON: " + new String(value, UTF_8), e);
        }
    }

    private static String operation(String op) {
        return switch (op) {
            case "c" -> "INSERT";
            case "u" -> "UPDATE";
            case "d" -> "DELETE";
            case "t" -> "TRUNCATE";
            default -> throw new AssertionError("op " + op.toUpperCase(Locale.ROOT));
        };
    }

    private static String quoted(String name) {
        return name.matches("[a-z_]+") ? name : '"' + name.replace("\"", "\"\"") + '"';
    }

    /** Where two logs part; empty when they are the same. */
    static String difference(List<String> expected, List<String> seen) {
        int same = 0;
        while (same < expected.size()
                && same < seen.size()
                && expected.get(same).equals(seen.get(same))) {
            same++;
        }
        if (same == expected.size() && same == seen.size()) {
            return "";
        }
        return "after %,d of %,d lines (%,d seen): expected %s, saw %s"
                .formatted(same, expected.size(), seen.size(), around(expected, same), around(seen, same));
    }

    private static List<String> around(List<String> lines, int place) {
        return lines.subList(Math.max(0, place - 3), Math.min(lines.size(), place + 5));
    }
}
