package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.localstack.PostgresServer;
import io.sluice.localstack.compare.RowComparison;
import io.sluice.localstack.compare.TableResult;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * A database of one name on the source and on the target. Both write values in odd forms of their own, which must not matter.
 *
 * @param name of both
 */
record Pair(Sluice sluice, PostgresServer source, PostgresServer target, String name) {

    Pair(Sluice sluice, String name) {
        this(sluice, sluice.source(), sluice.target(), name);
    }

    /** Creates both, empty. */
    static Pair create(Sluice sluice, String name) {
        return create(sluice, sluice.source(), sluice.target(), name);
    }

    /** The same between other servers. */
    static Pair create(Sluice sluice, PostgresServer source, PostgresServer target, String name) {
        Pair pair = new Pair(sluice, source, target, name);
        source.createDatabase(name);
        pair.setUp();
        return pair;
    }

    /** Creates both; the source's is a copy of another database of the source. */
    static Pair copyOf(Sluice sluice, String template, String name) {
        Pair pair = new Pair(sluice, name);
        sluice.source().execute("postgres", "CREATE DATABASE " + name + " TEMPLATE " + template);
        pair.setUp();
        return pair;
    }

    private void setUp() {
        source().execute(
                        name,
                        "ALTER DATABASE " + name + " SET DateStyle = 'SQL, DMY'",
                        "ALTER DATABASE " + name + " SET IntervalStyle = 'sql_standard'",
                        "ALTER DATABASE " + name + " SET TimeZone = 'Asia/Kathmandu'",
                        "ALTER DATABASE " + name + " SET extra_float_digits = -3",
                        "ALTER DATABASE " + name + " SET bytea_output = 'escape'");
        target().createDatabase(name);
        target().execute(
                        name,
                        "ALTER DATABASE " + name + " SET DateStyle = 'German'",
                        "ALTER DATABASE " + name + " SET TimeZone = 'America/St_Johns'");
    }

    ObjectNode sourceEndpoint() {
        return endpoint(source());
    }

    ObjectNode targetEndpoint() {
        return endpoint(target()).put("dialect", "postgresql");
    }

    private ObjectNode endpoint(PostgresServer server) {
        return Api.JSON
                .createObjectNode()
                .put("host", server.host())
                .put("port", server.port())
                .put("database", name)
                .put("username", PostgresServer.SUPERUSER)
                .put("password", server.password());
    }

    void onSource(String... statements) {
        source().execute(name, statements);
    }

    void onTarget(String... statements) {
        target().execute(name, statements);
    }

    String askSource(String sql) {
        return ask(source(), sql);
    }

    String askTarget(String sql) {
        return ask(target(), sql);
    }

    /** The first column of the first row as text; empty when there is no row. */
    private String ask(PostgresServer server, String sql) {
        try (Connection connection = server.connect(name);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        } catch (SQLException e) {
            throw new IllegalStateException(sql + ": " + e.getMessage(), e);
        }
    }

    /** The end of the source's WAL. */
    long sourceLsn() {
        return Lsn.parse(askSource("SELECT pg_current_wal_lsn()::text"));
    }

    /** Compares every row and column of every table of these schemas. */
    List<TableResult> compare(String... schemas) {
        try (Connection left = source().connect(name);
                Connection right = target().connect(name)) {
            RowComparison comparison = new RowComparison(left, right);
            List<TableResult> results = new ArrayList<>();
            for (String schema : schemas) {
                results.addAll(comparison.compareSchema(schema));
            }
            return results;
        } catch (SQLException e) {
            throw new IllegalStateException("comparing " + name + ": " + e.getMessage(), e);
        }
    }

    /** Fails unless every row and column of both sides is the same; answers how many rows that were. */
    long assertEqual(String... schemas) {
        List<TableResult> results = compare(schemas);
        if (results.isEmpty()) {
            throw new AssertionError("nothing to compare in " + String.join(", ", schemas));
        }
        List<String> different = results.stream()
                .filter(result -> !result.equal())
                .map(TableResult::toString)
                .toList();
        if (!different.isEmpty()) {
            throw new AssertionError("source and target differ in " + name + ":\n" + String.join("\n", different));
        }
        return results.stream().mapToLong(TableResult::sourceRows).sum();
    }

    /** Fails unless columns, defaults, keys, checks and indexes of a schema are the same on both sides. */
    void assertSameStructure(String schema) {
        String sql = """
                SELECT string_agg(line, E'\n' ORDER BY line) FROM (
                    SELECT format('%%s.%%s %%s %%s %%s %%s', a.attrelid::regclass, a.attname,
                        format_type(a.atttypid, a.atttypmod), a.attnotnull,
                        translate(a.attidentity::text, 'a', 'd'),
                        pg_get_expr(d.adbin, d.adrelid))
                    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
                    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
                    WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relnamespace = '%1$s'::regnamespace
                  UNION ALL
                    SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
                    FROM pg_constraint WHERE connamespace = '%1$s'::regnamespace AND conrelid <> 0
                  UNION ALL
                    SELECT indexdef FROM pg_indexes WHERE schemaname = '%1$s') AS found (line)""".formatted(schema);
        assertThat(askTarget(sql)).isEqualTo(askSource(sql)).contains("PRIMARY KEY", "CREATE UNIQUE INDEX");
    }

    /** What tasks leave at the source: slots of this database, publications. */
    String leftOnSource() {
        return askSource("""
                SELECT coalesce(string_agg(what, ', '), '') FROM (
                    SELECT 'slot ' || slot_name FROM pg_replication_slots WHERE database = current_database()
                    UNION ALL SELECT 'publication ' || pubname FROM pg_publication
                    UNION ALL SELECT 'event trigger ' || evtname FROM pg_event_trigger
                    UNION ALL SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname = '_sluice_ddl'
                    UNION ALL SELECT 'function ' || oid::regprocedure FROM pg_proc
                        WHERE proname LIKE 'sluice\\_%') AS found (what)""");
    }

    /** Everything on the target that PostgreSQL did not bring along: schemas, tables, types, sequences. */
    String foundOnTarget() {
        return askTarget("""
                SELECT coalesce(string_agg(what, ', ' ORDER BY what), '') FROM (
                    SELECT 'schema ' || nspname FROM pg_namespace
                        WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', 'public')
                    UNION ALL SELECT 'relation ' || oid::regclass FROM pg_class
                        WHERE oid >= 16384 AND relkind IN ('r', 'S', 'v', 'm')
                          AND relnamespace::regnamespace::text NOT LIKE 'pg\\_%'
                    UNION ALL SELECT 'type ' || oid::regtype FROM pg_type
                        WHERE oid >= 16384 AND typtype IN ('e', 'd', 'r')) AS found (what)""");
    }

    /** On the source. */
    void inOneTransaction(String... statements) {
        try (Connection connection = source().connect(name);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (String sql : statements) {
                statement.execute(sql);
            }
            connection.commit();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
