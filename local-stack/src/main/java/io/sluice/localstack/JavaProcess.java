package io.sluice.localstack;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** A program in a JVM of its own that ends with this one, as the tools beside which Sluice is measured. Thread-safe. */
public final class JavaProcess implements AutoCloseable {
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(20);

    private final ChildProcess process;

    private JavaProcess(ChildProcess process) {
        this.process = process;
    }

    /**
     * Starts the same Java as this JVM's.
     *
     * @param name for messages
     * @param classPath as {@code java -cp} takes it
     * @param options of the JVM, such as {@code -Xmx512m}
     * @param arguments the main class and what it is given
     * @param log is appended to
     */
    public static JavaProcess start(
            String name, String classPath, List<String> options, List<String> arguments, Path log) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(arguments);
        return new JavaProcess(ChildProcess.start(name, command, Map.of("CLASSPATH", classPath), log, "TERM"));
    }

    /** Returns when the condition holds; throws with the end of the log when the program ends or time runs out first. */
    public void awaitReady(BooleanSupplier ready, Duration patience) {
        process.awaitReady(ready::getAsBoolean, patience);
    }

    public long pid() {
        return process.pid();
    }

    /** SIGTERM, and SIGKILL when it has not ended 20 s later. */
    @Override
    public void close() {
        process.signal("TERM");
        if (!process.awaitExit(STOP_PATIENCE)) {
            process.kill();
        }
    }
}
