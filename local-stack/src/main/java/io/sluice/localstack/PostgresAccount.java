package io.sluice.localstack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Who runs the PostgreSQL server, which refuses to be run by root. An ordinary user runs it as it is. Root, or a user whom the
 * system has no name for, runs it in a user namespace without mappings, where it is nobody and still owns its files; where a
 * container forbids namespaces, the server is given to the user nobody, who then must own the directory.
 */
enum PostgresAccount {
    SELF,
    NAMESPACE,
    NOBODY;

    private static final int ROOT = 0;
    private static final int NOBODY_ID = 65_534;

    static PostgresAccount detect() {
        boolean root = userId() == ROOT;
        if (!root && succeeds(List.of("id", "-un"))) { // initdb insists on a user with a name
            return SELF;
        }
        return Stream.of(NAMESPACE, NOBODY)
                .filter(PostgresAccount::works)
                .findFirst()
                .orElseThrow(
                        () -> new IllegalStateException(
                                "PostgreSQL refuses to run as this user, and neither unshare -U nor setpriv works here; run as another"));
    }

    /** What to put before the command. Each program of it replaces itself, so the process id stays that of the server. */
    List<String> prefix() {
        return switch (this) {
            case SELF -> List.of();
            case NAMESPACE -> List.of("unshare", "-U");
            case NOBODY -> List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
        };
    }

    /** Makes the server's account the owner of a directory and all in it. */
    void own(Path directory) {
        if (this != NOBODY) {
            return;
        }
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.toList()) {
                Files.setAttribute(path, "unix:uid", NOBODY_ID);
                Files.setAttribute(path, "unix:gid", NOBODY_ID);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot give " + directory + " to the user nobody", e);
        }
    }

    static int userId() {
        try {
            return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (IOException | UnsupportedOperationException e) {
            return "root".equals(System.getProperty("user.name")) ? ROOT : -1;
        }
    }

    private boolean works() {
        return succeeds(Stream.concat(prefix().stream(), Stream.of("true")).toList());
    }

    private static boolean succeeds(List<String> command) {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
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
}
