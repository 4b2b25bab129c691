package io.sluice.localstack;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A server that a killed JVM left running over a directory which is to be used again. */
final class Leftover {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private Leftover() {}

    /**
     * Ends the process if it still runs and one of its arguments is the given one: a process id alone may by now belong to another.
     *
     * @param signal tried first, SIGKILL follows after 20 s
     * @return whether the process runs and is another
     */
    static boolean endOrIsAnother(long pid, String argument, String signal) {
        Optional<ProcessHandle> found = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
        if (found.isEmpty()) {
            return false;
        }
        ProcessHandle process = found.get();
        if (!hasArgument(process, argument)) {
            return true;
        }
        ChildProcess.signal(pid, signal);
        try {
            process.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException stuck) {
            ChildProcess.killTree(process);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("cannot wait for process " + pid, e);
        }
        return false;
    }

    private static boolean hasArgument(ProcessHandle process, String argument) {
        Optional<String[]> arguments = process.info().arguments();
        return arguments.isPresent() && List.of(arguments.get()).contains(argument);
    }
}
