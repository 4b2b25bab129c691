package io.sluice.localstack;

import java.nio.file.Files;
import java.nio.file.Path;

/** The four services: their modules and default ports. */
public enum Service {
    TASK_API("task-api", 8080, "reports"),
    CAPTURE("capture-service", 8081, "orders"),
    APPLY("apply-service", 8082, "orders"),
    NOTIFIER("notifier-service", 8083, "events");

    private final String module;
    private final int defaultPort;
    private final String channel;

    Service(String module, int defaultPort, String channel) {
        this.module = module;
        this.defaultPort = defaultPort;
        this.channel = channel;
    }

    public String module() {
        return module;
    }

    public int defaultPort() {
        return defaultPort;
    }

    /** The channel on which its work comes, which instances share. */
    String channel() {
        return channel;
    }

    /**
     * The service's runnable jar below a directory that holds either one folder per application or the modules as Maven built them.
     *
     * @throws IllegalStateException when it is not there
     */
    Path jar(Path applications) {
        Path assembled = applications.resolve(module).resolve("quarkus-run.jar");
        Path built = applications.resolve(module).resolve("target/quarkus-app/quarkus-run.jar");
        if (Files.exists(assembled)) {
            return assembled;
        }
        if (Files.exists(built)) {
            return built;
        }
        throw new IllegalStateException("%s is not built: %s does not exist".formatted(module, built));
    }
}
