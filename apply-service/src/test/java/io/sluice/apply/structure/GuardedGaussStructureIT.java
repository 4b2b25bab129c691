package io.sluice.apply.structure;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.apply.GaussGuard;
import io.sluice.apply.SharedServers;
import io.sluice.apply.StatementLog;
import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.report.Fact.StructureProblem;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableChoice.Distribution;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.postgres.Connections;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.TableBlueprint;
import io.sluice.postgres.dialect.TargetDialect;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Structure for the distributed GaussDB, made on a PostgreSQL that refuses what that one refuses. Only the clause that
 * PostgreSQL does not have is carried out by the guard.
 */
class GuardedGaussStructureIT extends StructureScenario {

    private static final Pattern CLAUSE =
            Pattern.compile("(?s)(.*TABLE (\\S+) \\(.*) DISTRIBUTE BY (?:HASH \\((.*)\\)|REPLICATION)");

    private final List<String> clauses = new ArrayList<>();

    GuardedGaussStructureIT() {
        super(SharedServers.postgres());
    }

    @Test
    void whatTheGuardLetsPassIsMadeAndTheRestIsReported() {
        server.execute(
                sourceName,
                "CREATE SCHEMA shop",
                "CREATE TYPE shop.state AS ENUM ('new', 'paid')",
                "CREATE DOMAIN shop.amount AS numeric(12,2) CHECK (VALUE >= 0)",
                "CREATE TABLE shop.country (code char(2) PRIMARY KEY, name text UNIQUE)",
                """
                CREATE TABLE shop.customer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text UNIQUE,
                    country char(2) REFERENCES shop.country, lsn pg_lsn, seen timestamptz DEFAULT now() NOT NULL,
                    lower_email text GENERATED ALWAYS AS (lower(email)) STORED)""",
                """
                CREATE TABLE shop."order" (customer bigint REFERENCES shop.customer, nr int, state shop.state DEFAULT 'new',
                    total shop.amount, code text, tags text[], PRIMARY KEY (customer, nr), UNIQUE (customer, code),
                    CHECK (nr > 0))""",
                "CREATE INDEX ON shop.\"order\" (state, total DESC)",
                "CREATE UNIQUE INDEX one_code ON shop.\"order\" (code)",
                "CREATE SEQUENCE shop.counter START 100 INCREMENT 5",
                "CREATE VIEW shop.paid AS SELECT o.customer, sum(o.total) AS total FROM shop.\"order\" o"
                        + " WHERE o.state = 'paid' GROUP BY o.customer",
                "COMMENT ON TABLE shop.\"order\" IS 'what was ordered'",
                "ALTER TABLE shop.customer ENABLE ROW LEVEL SECURITY",
                "CREATE POLICY own ON shop.customer USING (email = current_user)",
                "CREATE STATISTICS shop.together ON state, total FROM shop.\"order\"");
        GaussGuard.install(server, targetName);
        StatementLog.begin(server, targetName);
        run();

        List<StructureProblem> problems = problems();
        assertThat(problems)
                .allSatisfy(problem ->
                        assertThat(problem.failed()).as(problem.toString()).isFalse());
        assertThat(problems.stream().map(StructureProblem::kind).distinct())
                .contains("FOREIGN_KEY", "CONSTRAINT", "INDEX", "POLICY", "STATISTICS");
        assertThat(problems.toString())
                .contains("customer_email_key", "one_code", "order_customer_fkey", "lower_email");
        assertThat(clauses)
                .containsExactlyInAnyOrder(
                        "\"shop\".\"country\" REPLICATION",
                        "\"shop\".\"customer\" HASH (\"id\")",
                        "\"shop\".\"order\" HASH (\"customer\")");
        assertThat(StatementLog.unknownToOpenGauss(StatementLog.of(server, targetName).stream()
                        .filter(sql -> !sql.contains("gauss_guard"))
                        .toList()))
                .isEmpty();
    }

    private TargetDialect guarded() {
        TargetDialect gauss = TargetDialect.of(Dialect.GAUSSDB_DISTRIBUTED);
        return (TargetDialect) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {TargetDialect.class}, (proxy, method, arguments) -> {
                    try {
                        return switch (method.getName()) {
                            case "createTable" -> guarded(gauss.createTable((TableBlueprint) arguments[0]));
                            // No word of PostgreSQL.
                            case "distributionOfNotes" -> "";
                            default -> method.invoke(gauss, arguments);
                        };
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private List<String> guarded(List<String> statements) {
        List<String> known = new ArrayList<>(statements);
        int place = known.indexOf(known.stream()
                .filter(sql -> CLAUSE.matcher(sql).matches())
                .findFirst()
                .orElseThrow(() -> new AssertionError(statements)));
        Matcher clause = CLAUSE.matcher(known.remove(place));
        assertThat(clause.matches()).as(statements.toString()).isTrue();
        String columns = clause.group(3);
        clauses.add(clause.group(2) + (columns == null ? " REPLICATION" : " HASH (" + columns + ")"));
        known.add(place, clause.group(1));
        known.add(GaussGuard.distribute(
                clause.group(2),
                columns == null
                        ? new String[0]
                        : Arrays.stream(columns.split(", "))
                                .map(column -> column.substring(1, column.length() - 1))
                                .toArray(String[]::new)));
        return known;
    }

    private void run() {
        TargetDialect dialect = guarded();
        Bookkeeping bookkeeping = new Bookkeeping(taskId, 1, 0, guarded());
        try (Connections from = connections(sourceName);
                Connections to = connections(targetName);
                DatabaseSession reader = DatabaseSession.open(from, context, List.of());
                DatabaseSession main = DatabaseSession.open(to, context, dialect.sessionSetup())) {
            main.transact("preparing", bookkeeping::prepare);
            long epoch = main.inTransaction("claiming", connection -> bookkeeping.claim(connection, taskId, false))
                    .epoch();
            Map<TableName, TableDefinition> tables = reader.inTransaction("reading", connection -> {
                Catalog catalog = new Catalog(connection);
                return catalog.findTables(catalog.listTables());
            });
            TaskOrder order = new TaskOrder(taskId, 1, Phase.RUN, spec(), List.copyOf(tables.keySet()), Instant.EPOCH);
            Structure structure =
                    new Structure(reader, main, dialect, bookkeeping, order, tables, LockedRelations.NONE, context);
            assertThat(structure.create(main, epoch)).isEmpty();
            for (TableName table : tables.keySet()) {
                main.inTransaction("building", connection -> {
                            bookkeeping.share(connection, epoch);
                            return structure.build(connection, structure.afterTable(table));
                        })
                        .run();
            }
            structure.copySequenceValues(reader, main, epoch);
            structure.complete(main, epoch);
        }
    }

    private TaskSpec spec() {
        return new TaskSpec(
                "test",
                SyncMode.FULL,
                endpoint(sourceName),
                Dialect.GAUSSDB_DISTRIBUTED,
                endpoint(targetName),
                List.of(
                        new TableChoice("shop", "*", null, null, null, null, null),
                        choice("country", Distribution.Kind.REPLICATION),
                        choice("customer", Distribution.Kind.HASH, "id"),
                        choice("order", Distribution.Kind.HASH, "customer")),
                List.of(),
                2,
                new RetryWindows(10, 1),
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    private static TableChoice choice(String table, Distribution.Kind kind, String... columns) {
        return new TableChoice("shop", table, null, null, null, null, new Distribution(kind, List.of(columns)));
    }
}
