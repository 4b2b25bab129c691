package io.sluice.apply.compare;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.apply.TestingContext;
import io.sluice.apply.position.BookkeepingSchema;
import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.errand.Errand;
import io.sluice.contracts.errand.TableComparison;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.Endpoint;
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
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A source and a target with a task between them whose load is done. */
public final class ComparedSides {

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    final String taskId;
    final PostgresServer sourceServer;
    final PostgresServer targetServer;
    final String sourceName;
    final String targetName;
    private final TaskSpec spec;
    private final List<TableName> tables;

    public ComparedSides(PostgresServer server, List<TableChoice> choices, List<TableName> tables) {
        this(server, server, choices, tables, "");
    }

    /** @param targetOptions of CREATE DATABASE */
    ComparedSides(
            PostgresServer sourceServer,
            PostgresServer targetServer,
            List<TableChoice> choices,
            List<TableName> tables,
            String targetOptions) {
        this(sourceServer, targetServer, choices, tables, targetOptions, StructureChoice.DEFAULT);
    }

    ComparedSides(
            PostgresServer sourceServer,
            PostgresServer targetServer,
            List<TableChoice> choices,
            List<TableName> tables,
            String targetOptions,
            StructureChoice structure) {
        this.taskId = UUID.randomUUID().toString();
        this.sourceServer = sourceServer;
        this.targetServer = targetServer;
        this.sourceName = "source_" + taskId.substring(0, 8);
        this.targetName = "target_" + taskId.substring(0, 8);
        this.tables = tables.stream().sorted().toList();
        sourceServer.createDatabase(sourceName);
        targetServer.execute("postgres", "CREATE DATABASE \"" + targetName + "\" " + targetOptions);
        try (Connection connection = targetServer.connect(targetName)) {
            BookkeepingSchema.ensure(connection, TargetDialect.of(Dialect.POSTGRESQL));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        onTarget("INSERT INTO _sluice.task VALUES ('" + taskId + "', 1, 'run', 'LOADED', 0, '0/0')");
        this.spec = new TaskSpec(
                "compared",
                SyncMode.FULL_AND_INCREMENTAL,
                endpoint(sourceServer, sourceName),
                Dialect.POSTGRESQL,
                endpoint(targetServer, targetName),
                choices,
                List.of(),
                1,
                new RetryWindows(10, 1),
                null,
                structure,
                null,
                null,
                null,
                null,
                null);
    }

    private ComparedSides(ComparedSides sides, TaskSpec spec) {
        this.taskId = sides.taskId;
        this.sourceServer = sides.sourceServer;
        this.targetServer = sides.targetServer;
        this.sourceName = sides.sourceName;
        this.targetName = sides.targetName;
        this.tables = sides.tables;
        this.spec = spec;
    }

    /** The same sides, without the tables that a pattern names. */
    ComparedSides without(TablePattern pattern) {
        return new ComparedSides(this, spec.withTables(spec.choices(), List.of(pattern)));
    }

    /** The same sides, with one table chosen in another way. */
    ComparedSides with(TableChoice choice) {
        return with(spec.dialect(), List.of(choice));
    }

    /** The same sides, whose target is of another kind. */
    ComparedSides with(Dialect dialect) {
        return with(dialect, spec.choices());
    }

    private ComparedSides with(Dialect dialect, List<TableChoice> choices) {
        return new ComparedSides(
                this,
                new TaskSpec(
                        spec.name(),
                        spec.mode(),
                        spec.source(),
                        dialect,
                        spec.target(),
                        choices,
                        List.of(),
                        1,
                        spec.retry(),
                        null,
                        spec.structure(),
                        null,
                        null,
                        null,
                        null,
                        null));
    }

    private static Endpoint endpoint(PostgresServer server, String database) {
        return new Endpoint(
                server.host(),
                server.port(),
                database,
                PostgresServer.SUPERUSER,
                new SealedSecret("v1:"),
                Tls.DISABLED);
    }

    public static TableName table(String name) {
        return new TableName("public", name);
    }

    public void onSource(String... statements) {
        sourceServer.execute(sourceName, statements);
    }

    public void onTarget(String... statements) {
        targetServer.execute(targetName, statements);
    }

    public void onBoth(String... statements) {
        onSource(statements);
        onTarget(statements);
    }

    public Connections source() {
        return new Connections("source", spec.source(), new Secret(sourceServer.password()), "sluice-errand " + taskId);
    }

    public Connections target() {
        return new Connections("target", spec.target(), new Secret(targetServer.password()), "sluice-errand " + taskId);
    }

    /** @param live changes stream meanwhile; else the task has ended */
    TestingContext context(boolean live) {
        return context(live ? Phase.RUN : Phase.IDLE);
    }

    TestingContext context(Phase phase) {
        TestingContext context = new TestingContext();
        context.order(order(phase, List.of()));
        return context;
    }

    public TaskOrder order(Phase phase, List<Errand> errands) {
        return new TaskOrder(taskId, 1, phase, spec, tables, Instant.EPOCH, true, false, errands);
    }

    public String sourceName() {
        return sourceName;
    }

    public String targetName() {
        return targetName;
    }

    static Errand.Comparison errand(ComparisonKind kind, TableName... tables) {
        return new Errand.Comparison(NUMBERS.incrementAndGet(), kind, List.of(tables), 2, null);
    }

    List<TableComparison> compare(Errand.Comparison errand, TestingContext context) {
        return compare(errand, context, tables -> {});
    }

    List<TableComparison> compare(
            Errand.Comparison errand, TestingContext context, Consumer<List<TableComparison>> shown) {
        try (Connections source = source();
                Connections target = target()) {
            return new ComparisonRun(errand, source, target, context, shown).run();
        }
    }

    /** The one result of a comparison of contents. */
    TableComparison content(boolean live, TableName table) {
        List<TableComparison> results = compare(errand(ComparisonKind.CONTENT, table), context(live));
        assertThat(results).hasSize(1);
        return results.getFirst();
    }

    /** What was kept of the newest comparison of a table. */
    List<String> kept(String expression, TableName table) {
        return values(
                targetServer,
                targetName,
                "SELECT " + expression + " FROM _sluice.comparison_row r WHERE table_name = '" + table.table()
                        + "' AND number = (SELECT max(number) FROM _sluice.comparison_table) ORDER BY place");
    }

    public static List<String> values(PostgresServer server, String database, String sql) {
        try (Connection connection = server.connect(database);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            List<String> values = new ArrayList<>();
            while (row.next()) {
                values.add(row.getString(1));
            }
            return values;
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }
}
