package io.sluice.localstack;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Looks every second whether each part of a stack still lives and starts again what has ended, as a cluster manager would. */
public final class Supervisor implements AutoCloseable {
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private final SluiceStack stack;
    private final Consumer<String> account;
    private final Thread thread;

    private Supervisor(SluiceStack stack, Consumer<String> account) {
        this.stack = stack;
        this.account = account;
        this.thread = new Thread(this::watch, "supervisor");
        this.thread.setDaemon(true);
    }

    static Supervisor start(SluiceStack stack, Consumer<String> account) {
        Supervisor supervisor = new Supervisor(stack, account);
        supervisor.thread.start();
        return supervisor;
    }

    private void watch() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                Thread.sleep(INTERVAL);
                revive(
                        "the configuration database",
                        stack.configurationServer()::isRunning,
                        stack.configurationServer()::start);
                revive("Kafka", stack.kafka()::isRunning, stack.kafka()::start);
                for (ServiceProcess service : stack.services()) {
                    revive(service.name() + " (" + service.logFile() + ")", service::isAlive, service::launch);
                }
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private void revive(String name, BooleanSupplier alive, Runnable start) {
        if (alive.getAsBoolean() || Thread.currentThread().isInterrupted()) {
            return;
        }
        account.accept(name + " has ended; starting it again");
        try {
            start.run();
        } catch (RuntimeException e) {
            if (!Thread.currentThread().isInterrupted()) {
                account.accept("cannot start " + name + ": " + e.getMessage());
            }
        }
    }

    /** Returns when nothing will be started any more. */
    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
