package io.sluice.bench;

import io.sluice.localstack.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Programs of the machine. */
final class Commands {

    /** A tool of which the system has killed a part, for want of memory, may wait for that for ever. */
    private static final Duration PATIENCE = Duration.ofMinutes(30);

    private final Path log;

    Commands(Path log) {
        this.log = log;
    }

    /** @throws IllegalStateException when it is not on the PATH, with how to get it */
    static void require(String program, String howToGet) {
        boolean found = Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
        if (!found) {
            throw new IllegalStateException(program + " is not installed; " + howToGet);
        }
    }

    /** Whether a program is there and takes these words, which do nothing. */
    boolean knows(String... words) {
        try {
            return new ProcessBuilder(List.of(words))
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    static String uri(PostgresServer server, String database) {
        return "postgres://" + PostgresServer.SUPERUSER + ":" + server.password() + "@" + server.host() + ":"
                + server.port() + "/" + database;
    }

    /** @throws IllegalStateException when it fails, or does not end within half an hour */
    void run(String... words) {
        ProcessBuilder builder = new ProcessBuilder(List.of(words))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().put("PGOPTIONS", "-c client_min_messages=warning");
        try {
            Process process = builder.start();
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                throw new IllegalStateException(
                        words[0] + " did not end within " + PATIENCE.toMinutes() + " minutes; its output is in " + log);
            }
            int status = process.exitValue();
            if (status != 0) {
                throw new IllegalStateException(
                        words[0] + " ended with status " + status + "; its output is in " + log);
            }
        } catch (IOException e) {
            throw new IllegalStateException(words[0] + " cannot be run", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
