package io.sluice.e2e;

import static io.sluice.e2e.Literals.integer;
import static io.sluice.e2e.Literals.oneOf;
import static io.sluice.e2e.Literals.orNull;

import io.sluice.e2e.Literals.Value;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A table whose columns and indexes come, go and change under the workload. Its rows are in no digest, since a new column
 * changes them all; at the end both sides must have the same rows and the same structure. For one connection and one thread.
 */
final class ChangingTable {

    static final List<String> SETUP = List.of(
            "CREATE TABLE app.changing (id int PRIMARY KEY, n int, kept text DEFAULT 'as it was')",
            "CREATE UNIQUE INDEX changing_kept ON app.changing (kept, id)",
            "INSERT INTO app.changing (id, n) SELECT i, i FROM generate_series(1, 500) i");

    private static final int KEYS = 600;
    private static final int MOST_COLUMNS = 8;

    /** Each may become any of those that follow it within its line. */
    private static final List<List<Type>> WIDER = List.of(
            List.of(
                    new Type("smallint", integer(-9, 9), "7"),
                    new Type("int", integer(-9, 2_000_000_000), "-70000"),
                    new Type("bigint", oneOf("9223372036854775807", "0"), "5000000000"),
                    new Type("numeric", oneOf("'NaN'", "1.10", "1e-20"), "1.50")),
            List.of(
                    new Type("varchar(5)", oneOf("'a''b'", "''", "'ünï'"), "'x'"),
                    new Type("varchar(40)", oneOf("'more than five'", "'\\N'"), "'longer, too'"),
                    new Type("text", orNull(Literals.bigText()), "'a, \"text\"'")),
            List.of(
                    new Type("numeric(6,2)", oneOf("1.25", "-9999.99"), "0.50"),
                    new Type("numeric(12,2)", oneOf("1234567890.12", "0"), "1.00")),
            List.of(new Type("jsonb", orNull(Literals.json()), "'{\"a\": [1, null]}'")),
            List.of(new Type("text[]", orNull(Literals.texts()), "'{a,NULL}'")));

    /** A type, what may stand in such a column, and a default that is the same for every row. */
    private record Type(String name, Value value, String constant) {}

    /** @param line of {@link #WIDER}, and the place in it */
    private record Column(int line, int place) {
        Type type() {
            return WIDER.get(line).get(place);
        }
    }

    private final Connection connection;
    private final SplittableRandom random;
    private Map<String, Column> columns = new LinkedHashMap<>();
    private Map<String, String> indexes = new LinkedHashMap<>();
    private int names;

    /** @param connection without auto-commit */
    ChangingTable(Connection connection, SplittableRandom random) {
        this.connection = connection;
        this.random = random;
    }

    /** What others do to the table meanwhile, in a transaction of its own. */
    static void touch(Connection connection, SplittableRandom random) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            int id = random.nextInt(KEYS);
            statement.execute(
                    random.nextInt(4) == 0
                            ? "DELETE FROM app.changing WHERE id = " + id
                            : "INSERT INTO app.changing (id, n) VALUES (%d, %d) ON CONFLICT (id) DO UPDATE SET n = excluded.n"
                                    .formatted(id, random.nextInt()));
        }
        connection.commit();
    }

    /** One transaction of commands and rows; sometimes it is rolled back. */
    void carryOut() throws SQLException {
        Map<String, Column> columnsBefore = new LinkedHashMap<>(columns);
        Map<String, String> indexesBefore = new LinkedHashMap<>(indexes);
        // Else a command could wait for a row of somebody who waits for the command.
        execute("LOCK TABLE app.changing IN SHARE ROW EXCLUSIVE MODE");
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            rows();
            if (random.nextInt(6) == 0) {
                undone();
            } else {
                command();
            }
        }
        rows();
        execute("INSERT INTO app.log (worker) VALUES (-2)");
        if (random.nextInt(8) == 0) {
            connection.rollback();
            columns = columnsBefore;
            indexes = indexesBefore;
        } else {
            connection.commit();
        }
    }

    private void undone() throws SQLException {
        Map<String, Column> columnsBefore = new LinkedHashMap<>(columns);
        Map<String, String> indexesBefore = new LinkedHashMap<>(indexes);
        Savepoint savepoint = connection.setSavepoint();
        command();
        rows();
        connection.rollback(savepoint);
        columns = columnsBefore;
        indexes = indexesBefore;
    }

    private void command() throws SQLException {
        if (columns.isEmpty()) {
            add();
            return;
        }
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> add();
            case 3, 4 -> drop();
            case 5, 6 -> widen();
            case 7, 8 -> rename();
            case 9 -> makeIndex();
            case 10 -> dropIndex();
            default -> truncate();
        }
    }

    private void add() throws SQLException {
        if (columns.size() >= MOST_COLUMNS) {
            drop();
            return;
        }
        Column column = new Column(random.nextInt(WIDER.size()), 0);
        String name = "\"C " + names++ + "\"";
        String rest = switch (random.nextInt(3)) {
            case 0 -> "";
            case 1 -> " DEFAULT " + column.type().constant();
            default -> " NOT NULL DEFAULT " + column.type().constant();
        };
        execute("ALTER TABLE app.changing ADD COLUMN " + name + " "
                + column.type().name() + rest);
        columns.put(name, column);
    }

    private void drop() throws SQLException {
        String name = any();
        execute("ALTER TABLE app.changing DROP COLUMN " + name);
        columns.remove(name);
        indexes.values().removeIf(name::equals);
    }

    private void widen() throws SQLException {
        String name = any();
        Column column = column(name);
        if (column.place() + 1 == WIDER.get(column.line()).size()) {
            return;
        }
        Column wider = new Column(
                column.line(),
                random.nextInt(column.place() + 1, WIDER.get(column.line()).size()));
        execute("ALTER TABLE app.changing ALTER COLUMN " + name + " TYPE "
                + wider.type().name());
        columns.put(name, wider);
    }

    private void rename() throws SQLException {
        String name = any();
        String other = "\"R " + names++ + "\"";
        execute("ALTER TABLE app.changing RENAME COLUMN " + name + " TO " + other);
        Column column = column(name);
        columns.remove(name);
        columns.put(other, column);
        indexes.replaceAll((index, of) -> of.equals(name) ? other : of);
    }

    private void makeIndex() throws SQLException {
        String name = any();
        if (indexes.size() > 4) {
            dropIndex();
            return;
        }
        if (column(name).type().name().endsWith("[]")) {
            // An index takes no function whose result may change, as the text of an array is said to.
            return;
        }
        String index = "changing_" + names++;
        execute("CREATE INDEX " + index + " ON app.changing (md5(" + name + "::text)) WHERE id > 3");
        indexes.put(index, name);
    }

    private void dropIndex() throws SQLException {
        if (!indexes.isEmpty()) {
            String index = indexes.keySet().iterator().next();
            execute("DROP INDEX app." + index);
            indexes.remove(index);
        }
    }

    private void truncate() throws SQLException {
        execute("TRUNCATE app.changing");
        insert(IntStream.range(0, 50));
    }

    /** Some, with a value in every column. */
    private void rows() throws SQLException {
        int from = random.nextInt(KEYS - 20);
        execute("DELETE FROM app.changing WHERE id BETWEEN " + from + " AND " + (from + 5));
        insert(IntStream.range(from, from + 6));
        if (!columns.isEmpty()) {
            String name = any();
            execute("UPDATE app.changing SET " + name + " = " + valueOf(name) + " WHERE id % 7 = " + random.nextInt(7));
        }
    }

    private void insert(IntStream ids) throws SQLException {
        String names = columns.keySet().stream().map(name -> ", " + name).collect(Collectors.joining());
        execute("INSERT INTO app.changing (id, n" + names + ") VALUES "
                + ids.mapToObj(id -> "(" + id + ", " + random.nextInt()
                                + columns.keySet().stream()
                                        .map(name -> ", " + valueOf(name))
                                        .collect(Collectors.joining())
                                + ")")
                        .collect(Collectors.joining(", ")));
    }

    /** Never NULL: the column may refuse it. */
    private String valueOf(String name) {
        Type type = column(name).type();
        return "coalesce((" + type.value().sql(random) + ")::" + type.name() + ", " + type.constant() + ")";
    }

    private String any() {
        return List.copyOf(columns.keySet()).get(random.nextInt(columns.size()));
    }

    private Column column(String name) {
        Column column = columns.get(name);
        if (column == null) {
            throw new IllegalStateException("no column " + name);
        }
        return column;
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new SQLException(e.getMessage() + " in: " + sql, e.getSQLState(), e);
        }
    }
}
