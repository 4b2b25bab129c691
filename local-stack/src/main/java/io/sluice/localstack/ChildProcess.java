package io.sluice.localstack;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * One child of this JVM, in a session of its own so that a terminal's Ctrl-C does not reach it, writing to a log file and guarded by
 * {@link ChildGuard}. Signals go to this process (and its descendants) only. Thread-safe.
 */
final class ChildProcess {
    static final List<String> OWN_SESSION = onPath("setsid") ? List.of("setsid") : List.of();

    private static final int LOG_TAIL_BYTES = 3_000;

    private final String name;
    private final Process process;
    private final Path log;

    private ChildProcess(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    /**
     * @param environment added to this JVM's own environment
     * @param log is appended to; its directory is created
     * @param orphanSignal what the child gets when this JVM dies before it, a name without SIG
     */
    static ChildProcess start(
            String name, List<String> command, Map<String, String> environment, Path log, String orphanSignal) {
        List<String> words = new ArrayList<>(OWN_SESSION);
        words.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(words)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        try {
            Files.createDirectories(log.toAbsolutePath().getParent());
            Process process = builder.start();
            ChildGuard.add(process.pid(), orphanSignal);
            var unused = process.onExit().thenAccept(ended -> ChildGuard.remove(ended.pid()));
            return new ChildProcess(name, process, log);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + name + " (" + command.getFirst() + ")", e);
        }
    }

    static boolean onPath(String program) {
        String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
        return Stream.of(path.split(File.pathSeparator))
                .map(directory -> new File(directory, program))
                .anyMatch(File::canExecute);
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Sends a signal by its name without SIG; nothing happens when the process has ended. */
    void signal(String signal) {
        if (process.isAlive()) {
            signal(process.pid(), signal);
        }
    }

    /** Java offers only TERM and KILL; every POSIX shell has the others. */
    static void signal(long pid, String signal) {
        try {
            new ProcessBuilder("sh", "-c", "kill -\"$1\" \"$2\" 2>/dev/null", "sh", signal, Long.toString(pid))
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot signal process " + pid, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while signalling process " + pid, e);
        }
    }

    boolean awaitExit(Duration patience) {
        try {
            return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + name, e);
        }
    }

    /** SIGKILL to the process and to everything it has started; returns when all of them are gone. */
    void kill() {
        killTree(process.toHandle());
        // The process is gone by now; its handle here learns of it a moment later.
        while (process.isAlive()) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }

    /** The root is halted first so that it cannot start another process after its descendants were listed. */
    static void killTree(ProcessHandle root) {
        signal(root.pid(), "STOP");
        List<ProcessHandle> descendants = root.descendants().toList();
        root.destroyForcibly();
        descendants.forEach(ProcessHandle::destroyForcibly);
        awaitGone(root);
        descendants.forEach(ChildProcess::awaitGone);
    }

    /** Looks again and again: {@code onExit} completes on the common pool, which on two cores anybody can block. */
    private static void awaitGone(ProcessHandle process) {
        while (process.isAlive()) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }

    /** Polls until the condition holds. Kills the process and throws, with the end of its log, when it ends or time runs out. */
    void awaitReady(Condition condition, Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.holds()) {
            if (awaitExit(Duration.ofMillis(50))) {
                throw new IllegalStateException("%s ended with status %d before it was ready, see %s%n%s"
                        .formatted(name, process.exitValue(), log, logTail()));
            }
            if (System.nanoTime() > deadline) {
                kill();
                throw new IllegalStateException("%s was not ready within %d s, see %s%n%s"
                        .formatted(name, patience.toSeconds(), log, logTail()));
            }
        }
    }

    private String logTail() {
        try {
            byte[] bytes = Files.readAllBytes(log);
            int from = Math.max(0, bytes.length - LOG_TAIL_BYTES);
            return new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return "(no log: " + e.getMessage() + ")";
        }
    }

    /** Something that is looked at again and again. */
    @FunctionalInterface
    interface Condition {
        boolean holds();
    }
}
