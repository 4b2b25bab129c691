package io.sluice.localstack.launch;

import io.sluice.localstack.AdminToken;
import io.sluice.localstack.Cleanup;
import io.sluice.localstack.Ports;
import io.sluice.localstack.Screen;
import io.sluice.localstack.Service;
import io.sluice.localstack.ServiceProcess;
import io.sluice.localstack.SluiceStack;
import io.sluice.localstack.StackOptions;
import io.sluice.localstack.StateDirectory;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** {@code ./sluice up}: the stack without a sample, until a signal comes. */
final class Up {
    private static final String DEFAULT_DATA = ".sluice";

    private final Path project;
    private final Path applications;
    private final Screen screen;

    Up(Path project, Path applications, Screen screen) {
        this.project = project;
        this.applications = applications;
        this.screen = screen;
    }

    /** Returns when the thread is interrupted and everything has been stopped. */
    void run(Optional<Path> data, Optional<Integer> port) {
        try (Cleanup cleanup = new Cleanup()) {
            StateDirectory state = cleanup.add(StateDirectory.lock(data.orElse(project.resolve(DEFAULT_DATA))));
            StackOptions options = StackOptions.forUse(applications);
            if (port.isPresent()) {
                if (!Ports.claim(port.get())) {
                    throw new IllegalStateException(
                            "port %d is taken; choose another with --port, or leave it out".formatted(port.get()));
                }
                options = options.withPort(Service.TASK_API, port.get());
            }
            AdminToken token = AdminToken.of(state.path());
            SluiceStack stack = cleanup.add(new SluiceStack(state, options, token.value()));
            screen.say("Sluice keeps its state in " + state.path());
            screen.say("starting Kafka, the configuration database and the services ...");
            stack.start();
            cleanup.add(stack.supervise(screen::say));
            describe(stack, token);
            screen.say("ready " + stack.taskApi().url());
            new CountDownLatch(1).await();
        } catch (InterruptedException signal) {
            screen.say("stopped");
        }
    }

    private void describe(SluiceStack stack, AdminToken token) {
        for (ServiceProcess service : stack.services()) {
            screen.say("  %-17s %s".formatted(service.name(), service.url()));
        }
        screen.say("  %-17s %s".formatted("Kafka", stack.kafka().bootstrapServers()));
        screen.say("  %-17s %s"
                .formatted("configuration", stack.configurationServer().jdbcUrl("sluice_tasks")));
        screen.say("  %-17s %s/q/swagger-ui".formatted("API", stack.taskApi().url()));
        screen.say("  %-17s %s".formatted("admin token", token.origin()));
        screen.say("  %-17s %s".formatted("logs", stack.taskApi().logFile().getParent()));
        stack.portsNotAsUsual().forEach(screen::say);
    }
}
