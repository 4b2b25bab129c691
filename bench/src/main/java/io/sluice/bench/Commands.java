package io.sluice.bench;

import io.sluice.localstack.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Programs of the machine. */
final class Commands {

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

    /** @throws IllegalStateException when it fails */
    void run(String... words) {
        ProcessBuilder builder = new ProcessBuilder(List.of(words))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().put("PGOPTIONS", "-c client_min_messages=warning");
        try {
            int status = builder.start().waitFor();
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
