package io.sluice.capture;

import com.sun.management.OperatingSystemMXBean;
import io.sluice.capture.engine.ChangeStream;
import io.sluice.capture.engine.Chunk;
import io.sluice.capture.engine.ChunkExchange;
import io.sluice.capture.engine.StreamSpec;
import io.sluice.contracts.Topics;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.Tls;
import io.sluice.localstack.PostgresServer;
import io.sluice.postgres.Connections;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;

/**
 * How many changes a second the reader alone takes from a source: a backlog of transactions of four rows, each chunk
 * encoded and thrown away. A main, not a test; run it on an idle machine. Arguments: changes (400000), rounds (3).
 */
public final class ReaderBenchmark {

    private static final String TASK = "00000000-0000-0000-0000-00000000be7c";
    private static final int ROWS_PER_TRANSACTION = 4;

    private ReaderBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        int changes = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 400_000;
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
        try (PostgresServer server = PostgresServer.startTemporary()) {
            server.createDatabase("shop");
            server.execute(
                    "shop",
                    "CREATE TABLE public.orders (id bigint PRIMARY KEY, customer integer NOT NULL, total numeric(12,2),"
                            + " placed timestamptz NOT NULL, open boolean NOT NULL, note text)",
                    "CREATE PUBLICATION " + Topics.publication(TASK) + " FOR TABLE public.orders",
                    "SELECT pg_create_logical_replication_slot('" + Topics.slot(TASK) + "', 'pgoutput')");
            fill(server, changes);
            for (int round = 1; round <= rounds; round++) {
                long cpuBefore = cpuNanos();
                double seconds = read(server, changes);
                double cpuSeconds = (cpuNanos() - cpuBefore) / 1e9;
                System.out.printf(
                        Locale.ROOT,
                        "round %d: %,d changes in %.2f s, %,.0f changes/s; %.2f s of CPU in this JVM%n",
                        round,
                        changes,
                        seconds,
                        changes / seconds,
                        cpuSeconds);
            }
        }
    }

    /** On a busy machine this says more than the clock does. */
    private static long cpuNanos() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
    }

    private static void fill(PostgresServer server, int changes) throws SQLException {
        try (Connection connection = server.connect("shop");
                Statement statement = connection.createStatement()) {
            statement.execute("SET synchronous_commit = off");
            statement.execute("""
                    CREATE PROCEDURE fill(transactions int, rows int) LANGUAGE plpgsql AS $$
                    BEGIN
                      FOR t IN 0 .. transactions - 1 LOOP
                        INSERT INTO public.orders
                        SELECT t::bigint * rows + r, t % 9973, (t % 100000) / 100.0, now(), t % 3 = 0,
                               'order ' || t || ' line ' || r
                        FROM generate_series(1, rows) AS r;
                        COMMIT;
                      END LOOP;
                    END $$
                    """);
            statement.execute("CALL fill(" + changes / ROWS_PER_TRANSACTION + ", " + ROWS_PER_TRANSACTION + ")");
        }
    }

    /** Nothing is confirmed, so every round reads the same. Returns seconds from the first chunk to the last. */
    private static double read(PostgresServer server, int changes) throws Exception {
        Lsn start;
        try (Connection connection = server.connect("shop");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT confirmed_flush_lsn::text FROM pg_replication_slots")) {
            row.next();
            start = Lsn.parse(row.getString(1));
        }
        Secret password = new Secret(server.password());
        SecretSeal seal = new SecretSeal(Base64.getEncoder().encodeToString(new byte[32]));
        Endpoint endpoint = new Endpoint(
                server.host(),
                server.port(),
                "shop",
                PostgresServer.SUPERUSER,
                seal.seal(TASK, password),
                Tls.DISABLED);
        ChunkExchange exchange = new ChunkExchange();
        StreamSpec spec =
                new StreamSpec(TASK, Topics.slot(TASK), Topics.publication(TASK), start, 0, Map.of(), Map.of(), null);
        try (Connections connections = new Connections("source", endpoint, password, "benchmark");
                ChangeStream stream = new ChangeStream(connections, spec, exchange)) {
            stream.start();
            stream.streaming().get();
            long began = System.nanoTime();
            int seen = 0;
            while (seen < changes) {
                Chunk chunk = exchange.take(Duration.ofSeconds(10));
                if (chunk == null) {
                    stream.ended().getNow(null);
                    throw new IllegalStateException("nothing for 10 s after " + seen + " changes");
                }
                for (int i = 0; i < chunk.size(); i++) {
                    seen += chunk.isChange(i) ? 1 : 0;
                }
                exchange.giveBack(chunk);
            }
            return (System.nanoTime() - began) / 1e9;
        }
    }
}
