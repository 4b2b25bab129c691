package io.sluice.e2e;

import static io.sluice.e2e.Literals.integer;
import static io.sluice.e2e.Literals.oneOf;
import static io.sluice.e2e.Literals.orNull;

import io.sluice.e2e.Literals.Value;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A table whose columns, constraints, indexes and views come, go and change under the workload, with types of their own. What
 * no command changes of its rows is in the digest of states; at the end both sides must have the same rows and the same
 * structure. For one connection and one thread.
 */
final class ChangingTable {

    static final List<String> SETUP = List.of(
            "CREATE TABLE app.changing (id int PRIMARY KEY, n int, kept text DEFAULT 'as it was')",
            "CREATE UNIQUE INDEX changing_kept ON app.changing (kept, id)",
            "CREATE TYPE app.grown AS ENUM ('a', 'b')",
            "CREATE TYPE app.mixed AS (a int, b text)",
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
            List.of(new Type("text[]", orNull(Literals.texts()), "'{a,NULL}'")),
            List.of(new Type("app.grown", oneOf("'a'", "'b'"), "'b'")),
            List.of(new Type(
                    "app.mixed",
                    oneOf(
                            "json_populate_record(NULL::app.mixed, '{\"a\": 7}')",
                            "json_populate_record(NULL::app.mixed, '{\"b\": \"x, \\\"y\"}')"),
                    "json_populate_record(NULL::app.mixed, '{\"a\": 1, \"b\": \"(\"}')")),
            List.of(new Type("app.percent", oneOf("0.5", "100"), "7.25")));

    /** A type, what may stand in such a column, and a default that is the same for every row. */
    private record Type(String name, Value value, String constant) {}

    /** @param line of {@link #WIDER}, and the place in it; negative for a type that becomes no other */
    private record Column(Type type, int line, int place) {

        Column(int line, int place) {
            this(WIDER.get(line).get(place), line, place);
        }

        Column(Type type) {
            this(type, -1, 0);
        }
    }

    private final Connection connection;
    private final SplittableRandom random;
    private Map<String, Column> columns = new LinkedHashMap<>();
    private Map<String, String> indexes = new LinkedHashMap<>();

    /** Commands that drop what others have made: views and constraints. */
    private List<String> ends = new ArrayList<>();

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
        // After it, so that it has what was added to the digest.
        try (Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO app.log (worker) VALUES (-3)");
        }
        connection.commit();
    }

    /** One transaction of commands and rows; sometimes it is rolled back. */
    void carryOut() throws SQLException {
        Map<String, Column> columnsBefore = new LinkedHashMap<>(columns);
        Map<String, String> indexesBefore = new LinkedHashMap<>(indexes);
        List<String> endsBefore = new ArrayList<>(ends);
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
            ends = endsBefore;
        } else {
            connection.commit();
        }
    }

    private void undone() throws SQLException {
        Map<String, Column> columnsBefore = new LinkedHashMap<>(columns);
        Map<String, String> indexesBefore = new LinkedHashMap<>(indexes);
        List<String> endsBefore = new ArrayList<>(ends);
        Savepoint savepoint = connection.setSavepoint();
        command();
        rows();
        connection.rollback(savepoint);
        columns = columnsBefore;
        indexes = indexesBefore;
        ends = endsBefore;
    }

    private void command() throws SQLException {
        if (columns.isEmpty()) {
            add();
            return;
        }
        switch (random.nextInt(25)) {
            case 0, 1, 2 -> add();
            case 3, 4 -> drop();
            case 5, 6 -> widen("");
            case 7, 8 -> rename();
            case 9 -> makeIndex();
            case 10 -> dropIndex();
            case 11 -> addAndMore();
            case 12 -> defaults();
            case 13 -> sameValues();
            case 14 -> domain();
            case 15 ->
                execute("ALTER TYPE app.grown ADD VALUE 'c" + names++ + "'"
                        + (random.nextBoolean() ? " BEFORE 'b'" : ""));
            case 16 -> make("VIEW app.view_%1$d AS SELECT id, n FROM app.changing", "DROP VIEW app.view_%1$d");
            case 17 -> make("CHECK (id > -%1$d)", "ALTER TABLE app.changing DROP CONSTRAINT changing_%1$d");
            case 18 -> end();
            case 19 -> renameTable();
            case 20 -> renameType();
            case 21 -> attributes();
            case 22 -> changeDomain();
            case 23 ->
                make(
                        "MATERIALIZED VIEW app.kept_%1$d AS SELECT id, n FROM app.changing",
                        "DROP MATERIALIZED VIEW app.kept_%1$d");
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

    /** @param more of the same command */
    private void widen(String more) throws SQLException {
        String name = any();
        Column column = column(name);
        if (column.line() < 0 || column.place() + 1 == WIDER.get(column.line()).size()) {
            return;
        }
        Column wider = new Column(
                column.line(),
                random.nextInt(column.place() + 1, WIDER.get(column.line()).size()));
        alter("ALTER COLUMN " + name + " TYPE " + wider.type().name() + more);
        columns.put(name, wider);
    }

    /** In one command that writes all rows anew, and with a default that is gone when the command ends. */
    private void addAndMore() throws SQLException {
        if (columns.size() >= MOST_COLUMNS) {
            return;
        }
        Column column = new Column(random.nextInt(WIDER.size()), 0);
        String name = "\"M " + names++ + "\"";
        String definition =
                name + " " + column.type().name() + " DEFAULT " + column.type().constant();
        // With a domain that has a constraint all rows are written anew, and nothing tells with what.
        // Of rows that are written anew only a constant tells what they have, and a row is none.
        boolean row = column.type().name().equals("app.mixed");
        if (row || random.nextBoolean() && !column.type().name().equals("app.percent")) {
            alter("ADD COLUMN " + definition + ", ALTER COLUMN " + name + " SET DEFAULT NULL");
        } else {
            int before = columns.hashCode();
            widen(", ADD COLUMN " + definition);
            if (columns.hashCode() == before) {
                return;
            }
        }
        columns.put(name, column);
    }

    private void defaults() throws SQLException {
        String name = any();
        String constant = column(name).type().constant();
        if (random.nextBoolean()) {
            alter("ALTER COLUMN " + name + " DROP NOT NULL, ALTER COLUMN " + name + " DROP DEFAULT");
        } else {
            execute("UPDATE app.changing SET " + name + " = " + constant + " WHERE " + name + " IS NULL");
            alter("ALTER COLUMN " + name + " SET DEFAULT " + constant + ", ALTER COLUMN " + name + " SET NOT NULL");
        }
    }

    /** USING that computes nothing. */
    private void sameValues() throws SQLException {
        String name = any();
        alter("ALTER COLUMN " + name + " TYPE " + column(name).type().name() + " USING " + name);
    }

    /** A column whose values come from its type. */
    private void domain() throws SQLException {
        if (columns.size() >= MOST_COLUMNS) {
            return;
        }
        String type = "app.domain_" + names;
        String name = "\"D " + names++ + "\"";
        execute("CREATE DOMAIN " + type + " AS int DEFAULT 11" + (random.nextBoolean() ? " CHECK (VALUE > 0)" : ""));
        alter("ADD COLUMN " + name + " " + type);
        columns.put(name, new Column(new Type(type, oneOf("1", "2000000000"), "11")));
    }

    /** @param what with a number for its name; a constraint unless it says otherwise */
    private void make(String what, String end) throws SQLException {
        int number = names++;
        if (what.contains("VIEW ")) {
            execute("CREATE " + what.formatted(number));
        } else {
            alter("ADD CONSTRAINT changing_" + number + " " + what.formatted(number));
        }
        ends.add(end.formatted(number));
    }

    private void end() throws SQLException {
        if (!ends.isEmpty()) {
            execute(ends.removeFirst());
        }
    }

    /** Now and then a function does it. */
    private void alter(String what) throws SQLException {
        String sql = "ALTER TABLE app.changing " + what;
        execute(random.nextInt(4) == 0 ? "DO $do$ BEGIN EXECUTE $sql$" + sql + "$sql$; END $do$" : sql);
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

    /** For a while: everybody else knows it by its name. */
    private void renameTable() throws SQLException {
        String other = "app.changing_" + names++;
        execute("ALTER TABLE app.changing RENAME TO " + other.substring("app.".length()));
        execute("UPDATE " + other + " SET n = n + 1 WHERE id % 5 = " + random.nextInt(5));
        if (random.nextBoolean()) {
            execute("ALTER TABLE " + other + " ADD COLUMN passing int DEFAULT 3");
            execute("UPDATE " + other + " SET passing = id WHERE id % 5 = " + random.nextInt(5));
            execute("ALTER TABLE " + other + " DROP COLUMN passing");
        }
        execute("ALTER TABLE " + other + " RENAME TO changing");
    }

    /** For a while, as a table. */
    private void renameType() throws SQLException {
        String other = "grown_" + names++;
        execute("ALTER TYPE app.grown RENAME TO " + other);
        execute("UPDATE app.changing SET n = n + 1 WHERE id % 7 = " + random.nextInt(7));
        if (random.nextBoolean()) {
            execute("ALTER TABLE app.changing ADD COLUMN passing app." + other + " NOT NULL DEFAULT 'a'");
            execute("UPDATE app.changing SET passing = 'b' WHERE id % 5 = " + random.nextInt(5));
            execute("ALTER TABLE app.changing DROP COLUMN passing");
        }
        execute("ALTER TYPE app." + other + " RENAME TO grown");
    }

    /** Rows keep what they had in the attributes that stay. */
    private void attributes() throws SQLException {
        String name = "\"a " + names++ + '"';
        execute("ALTER TYPE app.mixed ADD ATTRIBUTE " + name + " numeric");
        rows();
        if (random.nextBoolean()) {
            execute("ALTER TYPE app.mixed RENAME ATTRIBUTE " + name + " TO \"a " + names + '"');
            name = "\"a " + names++ + '"';
        }
        // A type has at most 1,600 in its whole life, and a row must be readable.
        if (random.nextInt(3) > 0) {
            execute("ALTER TYPE app.mixed DROP ATTRIBUTE " + name);
        }
    }

    private void changeDomain() throws SQLException {
        List<String> domains = columns.values().stream()
                .map(column -> column.type().name())
                .filter(type -> type.startsWith("app.domain_"))
                .toList();
        if (domains.isEmpty()) {
            return;
        }
        String domain = "ALTER DOMAIN " + domains.get(random.nextInt(domains.size()));
        int number = names++;
        switch (random.nextInt(3)) {
            case 0 -> execute(domain + " ADD CONSTRAINT most_" + number + " CHECK (VALUE <= 2000000000)");
            case 1 -> {
                execute(domain + " ADD CONSTRAINT least_" + number + " CHECK (VALUE <> 0) NOT VALID");
                execute(domain + " VALIDATE CONSTRAINT least_" + number);
                execute(domain + " RENAME CONSTRAINT least_" + number + " TO none_" + number);
            }
            default -> execute(domain + (random.nextBoolean() ? " DROP DEFAULT" : " SET DEFAULT 12"));
        }
    }

    private void makeIndex() throws SQLException {
        String name = any();
        if (indexes.size() > 4) {
            dropIndex();
            return;
        }
        String type = column(name).type().name();
        if (type.endsWith("[]") || type.equals("app.grown") || type.equals("app.mixed")) {
            // An index takes no function whose result may change, as the text of an array or an enumeration is said to.
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
