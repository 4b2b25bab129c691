package io.sluice.bench;

import io.sluice.localstack.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** What a server's sessions have cost. Linux tells it of those that have ended. */
final class ServerLoad {

    private static final double TICKS_PER_SECOND = 100;
    private static final int LONGEST_WAIT_MILLIS = 5_000;

    private final PostgresServer server;
    private final String database;

    ServerLoad(PostgresServer server, String database) {
        this.server = server;
        this.database = database;
    }

    /** CPU seconds of the server's ended processes, once no session of the database is left; 0 where that is not known. */
    double cpuSeconds() {
        try (Connection connection = server.connect(database);
                Statement statement = connection.createStatement()) {
            awaitNoOther(statement);
            String pid = first(statement, "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)");
            String stat = Files.readString(Path.of("/proc", pid, "stat"));
            // The name of the program, in brackets, may hold blanks; the third field comes after it.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(fields[13]) + Long.parseLong(fields[14])) / TICKS_PER_SECOND;
        } catch (SQLException e) {
            throw new IllegalStateException(database, e);
        } catch (IOException e) {
            return 0;
        }
    }

    private static void awaitNoOther(Statement statement) throws SQLException {
        for (int waited = 0; waited < LONGEST_WAIT_MILLIS; waited += 50) {
            String others = first(
                    statement,
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                            + " AND pid <> pg_backend_pid() AND backend_type IN ('client backend', 'parallel worker')");
            if (others.equals("0")) {
                return;
            }
            first(statement, "SELECT pg_sleep(0.05)::text");
        }
    }

    private static String first(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }
}
