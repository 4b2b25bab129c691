package io.sluice.apply.write;

import io.sluice.apply.TestingContext;
import io.sluice.apply.exception.ExceptionDesk;
import io.sluice.apply.exception.Exceptions;
import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.BookkeepingSchema;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.ChangeChoice.Conflict;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.Tls;
import io.sluice.localstack.PostgresServer;
import io.sluice.postgres.Connections;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** A target database of its own, and the write path into it. */
final class TestingTarget {

    private final PostgresServer server;
    private final String database;
    private final TargetDialect dialect;
    private final Conflict conflict;
    private final List<TableMapping> mappings;
    private final Function<Set<TableName>, Map<TableName, TableDefinition>> source;
    private final Connections connections;

    TestingTarget(
            PostgresServer server,
            String database,
            Conflict conflict,
            List<TableMapping> mappings,
            Function<Set<TableName>, Map<TableName, TableDefinition>> source) {
        this(server, database, Dialect.POSTGRESQL, conflict, mappings, source);
    }

    TestingTarget(
            PostgresServer server,
            String database,
            Dialect dialect,
            Conflict conflict,
            List<TableMapping> mappings,
            Function<Set<TableName>, Map<TableName, TableDefinition>> source) {
        this.server = server;
        this.dialect = TargetDialect.of(dialect);
        String name = database.toLowerCase(Locale.ROOT);
        this.database = name.substring(0, Math.min(60, name.length()));
        this.conflict = conflict;
        this.mappings = mappings;
        this.source = source;
        server.createDatabase(this.database);
        Endpoint endpoint = new Endpoint(
                server.host(),
                server.port(),
                this.database,
                PostgresServer.SUPERUSER,
                new SealedSecret("v1:"),
                Tls.DISABLED);
        this.connections = new Connections("target", endpoint, new Secret(server.password()), "test");
    }

    /** A session that writes. */
    record Write(DatabaseSession session, TargetWriter writer, Exceptions exceptions) {

        /** As apply does between two transactions. */
        void attend() throws SQLException {
            new ExceptionDesk(exceptions, writer::write).attend(session.connection());
            session.connection().commit();
        }
    }

    String database() {
        return database;
    }

    Write open() {
        return open("replica", Set.of());
    }

    /** @param role whether triggers fire; {@code origin} for an account that may not set it */
    Write open(String role) {
        return open(role, Set.of());
    }

    /** @param apart tables whose changes others write */
    Write open(Set<TableName> apart) {
        return open("replica", apart);
    }

    private Write open(String role, Set<TableName> apart) {
        DatabaseSession session = DatabaseSession.open(connections, new TestingContext(), dialect.sessionSetup());
        session.setUp(List.of("SET session_replication_role = " + role));
        Bookkeeping bookkeeping = new Bookkeeping("task", 1, 0, dialect);
        // The server is a PostgreSQL, whose grammar has no DISTRIBUTE BY.
        TargetDialect plain = TargetDialect.of(Dialect.POSTGRESQL);
        session.transact("preparing", connection -> BookkeepingSchema.ensure(connection, plain));
        session.transact("claiming", connection -> {
            bookkeeping.claim(connection, "me", false);
        });
        Exceptions exceptions =
                session.inTransaction("reading exceptions", connection -> Exceptions.read(connection, "task"));
        ChangeChoice choice = new ChangeChoice(ChangeChoice.DEFAULT.operations(), conflict, 1);
        TargetWriter writer = session.inTransaction(
                "reading tables",
                connection -> new WriterSetup("task", dialect, mappings, choice, source)
                        .without(apart)
                        .writer(connection, exceptions));
        return new Write(session, writer, exceptions);
    }

    List<String> rows(String table, String row) {
        return list("SELECT " + row + " FROM \"" + table + '"');
    }

    List<String> list(String sql) {
        try (Connection connection = server.connect(database);
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(sql)) {
            List<String> rows = new ArrayList<>();
            while (found.next()) {
                rows.add(found.getString(1));
            }
            return rows;
        } catch (SQLException e) {
            throw new AssertionError(sql, e);
        }
    }

    void execute(String... statements) {
        server.execute(database, statements);
    }
}
