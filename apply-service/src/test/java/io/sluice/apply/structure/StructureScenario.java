package io.sluice.apply.structure;

import io.sluice.apply.SharedServers;
import io.sluice.apply.TestingContext;
import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact.StructureProblem;
import io.sluice.contracts.report.Fact.StructureProgress;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.ChangeLimits;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.contracts.task.Tls;
import io.sluice.localstack.PostgresServer;
import io.sluice.postgres.Connections;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;

/** Structure from one database to another, judged by what the system catalogs of both say. */
abstract class StructureScenario {

    final PostgresServer server;
    final String taskId = UUID.randomUUID().toString();
    final String sourceName = "source_" + taskId.substring(0, 8);
    final String targetName = "target_" + taskId.substring(0, 8);
    final TestingContext context = new TestingContext();
    boolean beside;

    StructureScenario() {
        this(SharedServers.postgres(18));
    }

    StructureScenario(PostgresServer server) {
        this.server = server;
    }

    @BeforeEach
    void prepare() {
        server.createDatabase(sourceName);
        server.createDatabase(targetName);
    }

    List<StructureProblem> problems() {
        return progress().problems();
    }

    StructureProgress progress() {
        return context.facts().stream()
                .filter(StructureProgress.class::isInstance)
                .map(StructureProgress.class::cast)
                .reduce((first, second) -> second)
                .orElseThrow();
    }

    static TableChoice all(String schema) {
        return new TableChoice(schema, "*", null, null, null, null, null);
    }

    TaskSpec spec(List<TableChoice> choices, StructureChoice structure) {
        return spec(SyncMode.FULL, choices, structure);
    }

    TaskSpec spec(SyncMode mode, List<TableChoice> choices, StructureChoice structure) {
        return spec(mode, choices, List.of(), structure);
    }

    TaskSpec spec(SyncMode mode, List<TableChoice> choices, List<TablePattern> exclude, StructureChoice structure) {
        return new TaskSpec(
                "test",
                mode,
                endpoint(sourceName),
                Dialect.POSTGRESQL,
                endpoint(targetName),
                choices,
                exclude,
                2,
                new RetryWindows(10, 1),
                null,
                structure,
                ChangeChoice.DEFAULT,
                List.of(),
                LoadLimits.NONE,
                ChangeLimits.NONE,
                null);
    }

    void run(TaskSpec spec) {
        run(spec, 1);
    }

    /** As a run of the task does it, without the rows. */
    void run(TaskSpec spec, long generation) {
        run(spec, generation, null);
    }

    /** @param cutAfter when the target's connection breaks, or null */
    void run(TaskSpec spec, long generation, @Nullable Duration cutAfter) {
        Bookkeeping bookkeeping = new Bookkeeping(taskId, 1, 0, TargetDialect.of(Dialect.POSTGRESQL));
        TargetDialect dialect = TargetDialect.of(Dialect.POSTGRESQL);
        try (Connections source = connections(sourceName);
                Connections target = connections(targetName);
                DatabaseSession reader = DatabaseSession.open(source, context, List.of());
                DatabaseSession main = DatabaseSession.open(target, context, dialect.sessionSetup())) {
            if (cutAfter != null) {
                CompletableFuture.delayedExecutor(cutAfter.toMillis(), TimeUnit.MILLISECONDS)
                        .execute(main::cut);
            }
            main.transact("preparing", bookkeeping::prepare);
            long epoch = main.inTransaction("claiming", connection -> bookkeeping.claim(connection, taskId, false))
                    .epoch();
            Map<TableName, TableDefinition> tables = reader.inTransaction("reading", connection -> {
                Catalog catalog = new Catalog(connection);
                Set<TableName> partitions = partitions(connection);
                return catalog.findTables(catalog.listTables().stream()
                        .filter(name -> !partitions.contains(name))
                        .filter(name -> spec.choices().stream()
                                .anyMatch(choice -> choice.pattern().matches(name)))
                        .toList());
            });
            TaskOrder order =
                    new TaskOrder(taskId, generation, Phase.RUN, spec, List.copyOf(tables.keySet()), Instant.EPOCH);
            Structure structure =
                    new Structure(reader, main, dialect, bookkeeping, order, tables, LockedRelations.NONE, context);
            SortedMap<TableName, SluiceException> refused = structure.create(main, epoch);
            if (!refused.isEmpty()) {
                throw new SluiceException(
                        refused.firstEntry().getValue().code(),
                        refused.values().stream().map(Throwable::getMessage).collect(Collectors.joining("\n")));
            }
            for (TableName table : tables.keySet()) {
                for (TableObject object : structure.afterTable(table)) {
                    Runnable built = main.inTransaction("building", connection -> {
                        bookkeeping.share(connection, epoch);
                        return structure.build(connection, List.of(object));
                    });
                    built.run();
                }
            }
            structure.copySequenceValues(reader, main, epoch);
            if (beside) {
                structure.completeBeside(main, epoch);
            } else {
                structure.complete(main, epoch);
            }
        }
    }

    /** They are no tables of a task. */
    private static Set<TableName> partitions(Connection source) throws SQLException {
        Set<TableName> partitions = new HashSet<>();
        try (Statement statement = source.createStatement();
                ResultSet row = statement.executeQuery("SELECT n.nspname, c.relname FROM pg_class c"
                        + " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relispartition")) {
            while (row.next()) {
                partitions.add(new TableName(row.getString(1), row.getString(2)));
            }
        }
        return partitions;
    }

    List<String> dump(String database) throws SQLException {
        try (Connection connection = server.connect(database)) {
            return CatalogDump.of(connection);
        }
    }

    Endpoint endpoint(String database) {
        return new Endpoint(
                server.host(),
                server.port(),
                database,
                PostgresServer.SUPERUSER,
                new SealedSecret("v1:"),
                Tls.DISABLED);
    }

    Connections connections(String database) {
        return new Connections("test", endpoint(database), new Secret(server.password()), "structure-test");
    }

    String value(String database, String sql) throws SQLException {
        try (Connection connection = server.connect(database);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return String.valueOf(row.getString(1));
        }
    }
}
