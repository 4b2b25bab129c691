package io.sluice.localstack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * {@code postmaster.pid} of a data directory: line 1 is the process id, line 8 the state
 * (<a href="https://www.postgresql.org/docs/17/storage-file-layout.html">database file layout</a>, {@code pidfile.h} of the server).
 */
record PostmasterFile(Path dataDirectory, List<String> lines) {
    private static final int STATE_LINE = 7;
    private static final Set<String> TAKES_CONNECTIONS = Set.of("ready", "standby");

    PostmasterFile {
        lines = List.copyOf(lines);
    }

    static PostmasterFile of(Path dataDirectory) {
        try {
            return new PostmasterFile(dataDirectory, Files.readAllLines(file(dataDirectory)));
        } catch (NoSuchFileException notRunning) {
            return new PostmasterFile(dataDirectory, List.of());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file(dataDirectory), e);
        }
    }

    /** A standby takes connections that only read, and says so. */
    boolean saysReady(long pid) {
        return lines.size() > STATE_LINE
                && lines.getFirst().equals(Long.toString(pid))
                && TAKES_CONNECTIONS.contains(lines.get(STATE_LINE).strip());
    }

    /**
     * Stops the server that the file names if it still runs and serves this directory. If the process id meanwhile belongs to
     * something else, the file is stale and is deleted, because the server would refuse to start over it.
     */
    void endLeftover() {
        if (lines.isEmpty()) {
            return;
        }
        long pid = Long.parseLong(lines.getFirst().strip());
        if (Leftover.endOrIsAnother(pid, dataDirectory.toString(), "INT")) {
            try {
                Files.deleteIfExists(file(dataDirectory));
            } catch (IOException e) {
                throw new UncheckedIOException("cannot delete the stale " + file(dataDirectory), e);
            }
        }
    }

    private static Path file(Path dataDirectory) {
        return dataDirectory.resolve("postmaster.pid");
    }
}
