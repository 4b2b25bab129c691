package io.sluice.localstack;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ends the children of this JVM when it dies without ending them itself, as after SIGKILL. It is a small shell in its own session that
 * holds the read end of a pipe: the pipe closes with this JVM, and the shell then signals the processes still registered. Thread-safe.
 */
final class ChildGuard {
    private static final String SCRIPT = """
            children=''
            while IFS=' ' read -r action pid signal; do
                others=''
                for child in $children; do
                    [ "${child%%:*}" = "$pid" ] || others="$others $child"
                done
                children=$others
                [ "$action" = add ] && children="$children $pid:$signal"
            done
            for child in $children; do
                kill -"${child#*:}" "${child%%:*}" 2>/dev/null
            done
            for second in 1 2 3 4 5 6 7 8 9 10; do
                alive=''
                for child in $children; do
                    kill -0 "${child%%:*}" 2>/dev/null && alive="$alive $child"
                done
                [ -z "$alive" ] && exit 0
                sleep 1
            done
            for child in $alive; do
                kill -KILL "${child%%:*}" 2>/dev/null
            done
            exit 0
            """;

    private static @Nullable ChildGuard running;

    private final BufferedWriter pipe;

    private ChildGuard(BufferedWriter pipe) {
        this.pipe = pipe;
    }

    /** From now on the process gets the signal (a name without SIG) if this JVM dies first. */
    static synchronized void add(long pid, String signal) {
        running().send("add " + pid + " " + signal);
    }

    static synchronized void remove(long pid) {
        running().send("remove " + pid);
    }

    private static ChildGuard running() {
        ChildGuard guard = running;
        if (guard == null) {
            guard = start();
            running = guard;
        }
        return guard;
    }

    private static ChildGuard start() {
        List<String> command = new ArrayList<>(ChildProcess.OWN_SESSION);
        command.addAll(List.of("sh", "-c", SCRIPT));
        try {
            Process shell = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return new ChildGuard(shell.outputWriter(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start the shell that guards child processes", e);
        }
    }

    private void send(String line) {
        try {
            pipe.write(line);
            pipe.write('\n');
            pipe.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("the shell that guards child processes is gone", e);
        }
    }
}
