package io.sluice.localstack;

import java.util.ArrayDeque;
import java.util.Deque;

/** What was opened, closed in the opposite order, each in spite of what goes wrong with another. For one thread. */
public final class Cleanup implements AutoCloseable {
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    public <T extends AutoCloseable> T add(T resource) {
        opened.push(resource);
        return resource;
    }

    @Override
    public void close() {
        // A signal arrives as an interrupt; closing needs to wait for processes undisturbed.
        boolean interrupted = Thread.interrupted();
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                System.err.println("sluice: while stopping: " + e.getMessage());
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
