package io.sluice.capture;

import io.sluice.capture.publish.PublishLimits;
import io.sluice.capture.slot.Selection;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.Tls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * What capture does for a task, in a process of its own, to be killed. Kafka transactions are small, so that a kill meets many
 * states.
 */
final class CaptureProcess implements AutoCloseable {

    private static final String STREAM = "stream";
    private static final String SNAPSHOT = "snapshot";

    private final Process process;

    private CaptureProcess(Process process) {
        this.process = process;
    }

    /** One that follows the changes of a task. */
    static CaptureProcess start(TestingTask task, Path log) {
        return start(task, STREAM, log);
    }

    /** One that takes a snapshot of all tables of a task. */
    static CaptureProcess snapshot(TestingTask task, Path log) {
        return start(task, SNAPSHOT, log);
    }

    private static CaptureProcess start(TestingTask task, String work, Path log) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+ExitOnOutOfMemoryError",
                "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                CaptureProcess.class.getName(),
                work,
                TestingServers.kafka().bootstrapServers(),
                task.id,
                task.endpoint().host(),
                Integer.toString(task.endpoint().port()),
                task.database));
        task.tables.forEach(table -> command.add(table.table()));
        ProcessBuilder builder = new ProcessBuilder(command);
        // The password of a throw-away server; not on the command line, as a matter of habit.
        builder.environment().put("SOURCE_PASSWORD", task.password().reveal());
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        try {
            return new CaptureProcess(builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** SIGKILL. */
    void kill() {
        try {
            process.destroyForcibly().waitFor();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        kill();
    }

    public static void main(String[] arguments) throws InterruptedException {
        String taskId = arguments[2];
        Secret password = new Secret(System.getenv("SOURCE_PASSWORD"));
        SecretSeal seal = new SecretSeal(Base64.getEncoder().encodeToString(new byte[32]));
        Endpoint source = new Endpoint(
                arguments[3],
                Integer.parseInt(arguments[4]),
                arguments[5],
                "postgres",
                seal.seal(taskId, password),
                Tls.DISABLED);
        List<TableName> tables = Arrays.stream(arguments, 6, arguments.length)
                .map(name -> new TableName("public", name))
                .toList();
        if (arguments[0].equals(SNAPSHOT)) {
            TestingSnapshot.of(taskId, source, password, arguments[1], tables, new TestingContext())
                    .run();
            return;
        }
        PublishLimits limits = new PublishLimits(500, 1 << 20, Duration.ofMillis(20), Duration.ofMillis(1));
        CaptureSettings settings =
                new CaptureSettings(KafkaAccess.of(arguments[1]), Duration.ofDays(7), Duration.ofMillis(100), limits);
        new CaptureRun(
                        taskId,
                        source,
                        Credentials.of(password),
                        Selection.ofStart(tables),
                        false,
                        null,
                        settings,
                        CaptureMeter.NONE,
                        Clock.systemUTC())
                .run(new TestingContext());
    }
}
