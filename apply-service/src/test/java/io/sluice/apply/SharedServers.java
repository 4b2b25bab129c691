package io.sluice.apply;

import io.sluice.localstack.Directories;
import io.sluice.localstack.KafkaServer;
import io.sluice.localstack.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The servers that the classes of a JVM share, each started when it is first asked for: their tests have databases, tasks and
 * topics of their own. Whoever needs other settings, or ends a server, starts one of its own. Not in JUnit's store: with
 * several JVMs each class is a test plan of its own, which would start others. Thread-safe.
 */
public final class SharedServers {

    private static final Map<Integer, PostgresServer> POSTGRES = new ConcurrentHashMap<>();
    private static @Nullable KafkaServer kafka;

    private SharedServers() {}

    public static PostgresServer postgres() {
        return postgres(PostgresServer.DEFAULT_MAJOR_VERSION);
    }

    public static PostgresServer postgres(int majorVersion) {
        return POSTGRES.computeIfAbsent(majorVersion, SharedServers::start);
    }

    private static PostgresServer start(int majorVersion) {
        Path directory = Directories.temporary("postgres");
        PostgresServer server = PostgresServer.builder()
                .majorVersion(majorVersion)
                .fsync(false)
                .directory(directory)
                .setting("log_line_prefix", StatementLog.PREFIX)
                .build();
        atTheEnd(() -> {
            server.kill();
            deleteInTheBackground(directory);
        });
        return server.start();
    }

    /** The databases of all tests are tens of thousands of files, and a JVM that has not ended after 30 s is killed. */
    private static void deleteInTheBackground(Path directory) {
        try {
            Process unused = new ProcessBuilder("rm", "-rf", directory.toString()).start();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + directory, e);
        }
    }

    public static synchronized KafkaServer kafka() {
        KafkaServer running = kafka;
        if (running == null) {
            KafkaServer started = KafkaServer.startTemporary();
            atTheEnd(() -> {
                started.kill();
                started.close();
            });
            running = started;
            kafka = started;
        }
        return running;
    }

    private static void atTheEnd(Runnable action) {
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(action));
    }
}
