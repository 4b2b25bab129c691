package io.sluice.localstack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.Driver;

class PostgresServerIT {
    @Test
    void isReadyForLogicalReplication() throws SQLException {
        try (PostgresServer server = PostgresServer.startTemporary()) {
            assertThat(query(server, "SHOW wal_level")).isEqualTo("logical");
            assertThat(query(server, "SHOW server_version")).startsWith("17.");
            assertThat(query(server, "SHOW fsync")).isEqualTo("off");
            server.createDatabase("shop");
            server.execute("shop", "CREATE TABLE t (id int)");
        }
    }

    @Test
    void refusesAWrongPassword() {
        try (PostgresServer server = PostgresServer.builder()
                .fsync(false)
                .password("it's right")
                .build()
                .start()) {
            Properties wrong = new Properties();
            wrong.setProperty("user", PostgresServer.SUPERUSER);
            wrong.setProperty("password", "wrong");

            assertThatThrownBy(() -> new Driver().connect(server.jdbcUrl("postgres"), wrong))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("28P01"));
        }
    }

    @Test
    void keepsCommittedRowsWhenKilledAndRestarted() throws SQLException {
        try (PostgresServer server = PostgresServer.startTemporary()) {
            int port = server.port();
            server.execute("postgres", "CREATE TABLE t (id int)");
            for (int round = 1; round <= 3; round++) {
                server.execute("postgres", "INSERT INTO t SELECT generate_series(1, 1000)");
                server.kill();
                assertThat(server.isRunning()).isFalse();
                server.start();
                assertThat(query(server, "SELECT count(*) FROM t")).isEqualTo(Integer.toString(round * 1000));
            }
            server.configure("max_slot_wal_keep_size", "64MB");
            server.restart();

            assertThat(query(server, "SHOW max_slot_wal_keep_size")).isEqualTo("64MB");
            assertThat(query(server, "SELECT count(*) FROM t")).isEqualTo("3000");
            assertThat(server.port()).isEqualTo(port);
        }
    }

    @Test
    void goesOnInADirectoryWithSpacesAndEndsTheServerThatWasLeftThere(@TempDir Path parent) throws SQLException {
        Path directory = parent.resolve("a directory");
        PostgresServer lost = PostgresServer.builder()
                .directory(directory)
                .fsync(false)
                .build()
                .start();
        lost.execute("postgres", "CREATE TABLE t AS SELECT 7 AS id");

        try (PostgresServer next = PostgresServer.builder()
                .directory(directory)
                .port(lost.port())
                .fsync(false)
                .build()
                .start()) {
            assertThat(lost.isRunning()).isFalse();
            assertThat(query(next, "SELECT id FROM t")).isEqualTo("7");
        }
        assertThat(directory.resolve("data/PG_VERSION")).exists();
    }

    @Test
    void startsOverAStaleProcessIdThatBelongsToSomethingElse(@TempDir Path directory) throws Exception {
        try (PostgresServer server =
                PostgresServer.builder().directory(directory).fsync(false).build()) {
            server.start().kill();
            Path pidFile = directory.resolve("data/postmaster.pid");
            String stale = Files.readString(pidFile);
            String mine = Long.toString(ProcessHandle.current().pid());
            Files.writeString(pidFile, mine + stale.substring(stale.indexOf('\n')));

            server.start();

            assertThat(query(server, "SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void namesTheLogWhenItCannotStart() {
        try (PostgresServer server = PostgresServer.builder()
                .fsync(false)
                .setting("no_such_setting", "1")
                .build()) {
            assertThatThrownBy(server::start)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no_such_setting")
                    .hasMessageContaining(server.logFile().toString());
        }
    }

    private static String query(PostgresServer server, String sql) throws SQLException {
        try (Connection connection = server.connect("postgres");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            assertThat(row.next()).isTrue();
            return row.getString(1);
        }
    }
}
