package io.sluice.apply.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.apply.SharedServers;
import io.sluice.localstack.JavaProcess;
import io.sluice.localstack.PostgresServer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/** Rows need not fit into memory. */
class LargeRowIT {

    private static final String ROW = "SELECT id || ' ' || length(body) || ' ' || md5(body) FROM doc";

    private static final PostgresServer server = SharedServers.postgres();

    /** Where this fails the driver has changed, and each row is held as a whole. */
    @Test
    void theStreamOfTheDriverIsReached() throws SQLException {
        try (Connection connection = server.connect("postgres")) {
            CopyOut copy = connection.unwrap(PGConnection.class).getCopyAPI().copyOut("COPY (SELECT 1) TO STDOUT");
            CopyFeed feed = new CopyFeed(connection, copy);
            assertThat(feed.streams()).isTrue();
            byte[] buffer = new byte[10];
            assertThat(feed.read(buffer)).isEqualTo(2);
            assertThat(feed.read(buffer)).isEqualTo(-1);
        }
    }

    @Test
    void aRowThatIsTwiceAsLargeAsTheHeapIsCopied(@TempDir Path directory) throws Exception {
        for (String database : List.of("small_heap_source", "small_heap_target")) {
            server.createDatabase(database);
            server.execute(database, "CREATE TABLE doc (id int PRIMARY KEY, body text)");
        }
        server.execute("small_heap_source", "INSERT INTO doc VALUES (7, repeat('0123456789', 20000000))");
        try (Connection target = server.connect("small_heap_target");
                Statement statement = target.createStatement();
                JavaProcess copy = JavaProcess.start(
                        "the copy",
                        System.getProperty("java.class.path"),
                        List.of("-Xmx96m"),
                        List.of(
                                Copy.class.getName(),
                                "jdbc:postgresql://" + server.host() + ":" + server.port() + "/",
                                server.password()),
                        directory.resolve("copy.log"))) {
            copy.awaitReady(() -> answer(statement).equals("1"), Duration.ofMinutes(2));
        }
        try (Connection source = server.connect("small_heap_source");
                Statement there = source.createStatement();
                Connection target = server.connect("small_heap_target");
                Statement here = target.createStatement();
                ResultSet expected = there.executeQuery(ROW);
                ResultSet copied = here.executeQuery(ROW)) {
            expected.next();
            copied.next();
            assertThat(copied.getString(1)).isEqualTo(expected.getString(1));
        }
    }

    private static String answer(Statement statement) {
        try (ResultSet row = statement.executeQuery("SELECT count(*) FROM doc")) {
            row.next();
            return row.getString(1);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    /** In a JVM of its own, which it leaves only when it is told to. */
    static final class Copy {

        private Copy() {}

        /** @param arguments the URL without a database, and the password */
        public static void main(String[] arguments) throws Exception {
            PassingTime time = new PassingTime();
            HeldSlot slot = new HeldSlot(new LoadSlots(1), "task", () -> false);
            try (Connection source = connect(arguments, "small_heap_source");
                    Connection target = connect(arguments, "small_heap_target")) {
                new CopyPipe(new LoadPace(time, time.clock(), time::nanos), slot)
                        .run(
                                source,
                                target,
                                "COPY doc TO STDOUT (FORMAT binary)",
                                "COPY doc FROM STDIN (FORMAT binary)",
                                "doc",
                                (rows, bytes) -> {});
            }
            new CountDownLatch(1).await();
        }

        private static Connection connect(String[] arguments, String database) throws SQLException {
            return DriverManager.getConnection(arguments[0] + database, PostgresServer.SUPERUSER, arguments[1]);
        }
    }
}
