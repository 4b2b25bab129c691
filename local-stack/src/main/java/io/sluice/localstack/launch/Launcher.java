package io.sluice.localstack.launch;

import io.sluice.localstack.Screen;
import io.sluice.localstack.demo.Demo;
import io.sluice.localstack.launch.Invocation.UsageException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The main class behind {@code ./sluice}. A signal interrupts the main thread, which then closes what it opened; the JVM ends when that
 * is done. Status 0: done, or stopped by a signal as meant; 1: failed; 2: not understood.
 */
public final class Launcher {
    private static final Duration CLOSING_PATIENCE = Duration.ofSeconds(90);
    private static final int DONE = 0;
    private static final int FAILED = 1;
    private static final int NOT_UNDERSTOOD = 2;

    private Launcher() {}

    /** System properties: {@code sluice.project}, {@code sluice.applications}, {@code sluice.terminal}. */
    public static void main(String[] words) {
        CountDownLatch finished = new CountDownLatch(1);
        AtomicInteger status = new AtomicInteger(FAILED);
        Thread main = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> endAfter(main, finished, status), "stop"));
        status.set(run(List.of(words)));
        finished.countDown();
        System.exit(status.get());
    }

    private static void endAfter(Thread main, CountDownLatch finished, AtomicInteger status) {
        if (finished.getCount() == 0) {
            return;
        }
        main.interrupt();
        try {
            if (!finished.await(CLOSING_PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                System.err.println("sluice: gave up waiting for an orderly stop");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        System.out.flush();
        Runtime.getRuntime().halt(status.get());
    }

    private static int run(List<String> words) {
        Path project = Path.of(System.getProperty("sluice.project", "."))
                .toAbsolutePath()
                .normalize();
        Path applications = Path.of(System.getProperty("sluice.applications", project.toString()));
        Screen screen = new Screen(System.out, Boolean.getBoolean("sluice.terminal"));
        try {
            return switch (Invocation.parse(words)) {
                case Invocation.Demo demo -> new Demo(project, applications, screen).run(demo.exit()) ? DONE : FAILED;
                case Invocation.Up up -> {
                    new Up(project, applications, screen).run(up.data(), up.port());
                    yield DONE;
                }
            };
        } catch (UsageException e) {
            System.err.println("sluice: " + e.getMessage());
            return NOT_UNDERSTOOD;
        } catch (RuntimeException e) {
            boolean stoppedBySignal = Thread.currentThread().isInterrupted();
            if (!stoppedBySignal) {
                System.err.println("sluice: " + e.getMessage());
            }
            return FAILED;
        }
    }
}
