package io.sluice.localstack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * All of Sluice on this machine: the configuration PostgreSQL, Kafka and the services, each a child process that can be reached, killed
 * and started again. What must survive is in the state directory. Starting and closing are for one thread; the parts are thread-safe.
 */
public final class SluiceStack implements AutoCloseable {
    private static final String SERVICE_ROLE = "sluice";
    private static final int KAFKA_DEFAULT_PORT = 9092;
    private static final String CERTIFICATE = "services.crt";
    private static final String CERTIFICATE_KEY = "services.key";

    private final StateDirectory state;
    private final StackOptions options;
    private final String adminToken;
    private final String masterKey;
    private final PostgresServer configurationServer;
    private final KafkaServer kafka;
    private final @Nullable SSLContext tls;
    private final ServiceProcess taskApi;
    private final List<ServiceProcess> moreTaskApis = new ArrayList<>();
    private final ServiceProcess notifier;
    private final List<ServiceProcess> captures = new ArrayList<>();
    private final List<ServiceProcess> applies = new ArrayList<>();

    /** Nothing is started yet. The stack does not own the state directory. */
    public SluiceStack(StateDirectory state, StackOptions options, String adminToken) {
        this.state = state;
        this.options = options;
        this.adminToken = adminToken;
        this.masterKey =
                Optional.ofNullable(System.getenv("SLUICE_MASTER_KEY")).orElseGet(() -> state.key("master-key"));
        this.configurationServer = PostgresServer.builder()
                .directory(state.path().resolve("configuration"))
                .password(state.token("database-password"))
                .fsync(options.durable())
                .build();
        int kafkaPort = options.defaultPorts() ? Ports.freeOr(KAFKA_DEFAULT_PORT) : Ports.free();
        Path kafkaDirectory = state.path().resolve("kafka");
        CertificateAuthority authority = options.authority();
        if (authority == null) {
            this.tls = null;
            this.kafka = KafkaServer.in(kafkaDirectory, kafkaPort, Map.of());
        } else {
            this.tls = authority.trusting();
            this.kafka = KafkaServer.securedIn(kafkaDirectory, kafkaPort, authority);
            CertificateAuthority.Issued certificate = authority.issue("services", "127.0.0.1");
            write(CERTIFICATE, certificate.certificate());
            write(CERTIFICATE_KEY, certificate.key());
        }
        this.taskApi = service(Service.TASK_API, 1, database("sluice_tasks"));
        int notifierPort = options.port(Service.NOTIFIER);
        Map<String, String> notifierEnvironment = database("sluice_notifier");
        notifierEnvironment.put("SLUICE_WEBHOOK_ALLOWED_ADDRESSES", "127.0.0.0/8,::1/128");
        notifierEnvironment.put(
                "SLUICE_NOTIFIER_BASE_URL", (tls == null ? "http" : "https") + "://127.0.0.1:" + notifierPort);
        this.notifier = service(Service.NOTIFIER, 1, notifierPort, notifierEnvironment);
        for (int instance = 1; instance <= options.captureInstances(); instance++) {
            captures.add(service(Service.CAPTURE, instance, Map.of()));
        }
        for (int instance = 1; instance <= options.applyInstances(); instance++) {
            applies.add(service(Service.APPLY, instance, Map.of()));
        }
    }

    /** Starts everything and returns when every service is ready. */
    public SluiceStack start() {
        startServers();
        services().forEach(ServiceProcess::launch);
        services().forEach(ServiceProcess::awaitReady);
        return this;
    }

    /** Stops all services and starts them again, with further environment variables, while Kafka and the database go on. */
    public void restartServices(Map<String, String> settings) {
        services().forEach(ServiceProcess::askToStop);
        services().forEach(ServiceProcess::stop);
        services().forEach(service -> service.change(settings));
        services().forEach(ServiceProcess::launch);
        services().forEach(ServiceProcess::awaitReady);
    }

    /** Starts again, from now until the returned object is closed, whatever part ends by itself. Close it before the stack. */
    public Supervisor supervise(Consumer<String> account) {
        return Supervisor.start(this, account);
    }

    private void startServers() {
        kafka.start();
        configurationServer.start();
        configurationServer.execute("postgres", """
                DO $$ BEGIN
                    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '%1$s') THEN
                        CREATE ROLE %1$s LOGIN PASSWORD '%2$s';
                    END IF;
                END $$""".formatted(SERVICE_ROLE, servicePassword()));
        for (String database : List.of("sluice_tasks", "sluice_notifier")) {
            if (!configurationServer.hasDatabase(database)) {
                configurationServer.execute(
                        "postgres", "CREATE DATABASE %s OWNER %s".formatted(database, SERVICE_ROLE));
            }
        }
    }

    /** One more process of the task API, on the same database, started. */
    public ServiceProcess addTaskApi() {
        ServiceProcess added = service(Service.TASK_API, moreTaskApis.size() + 2, database("sluice_tasks"));
        moreTaskApis.add(added);
        return added.start();
    }

    /** One more process of the capture service, started. */
    public ServiceProcess addCapture() {
        ServiceProcess added = service(Service.CAPTURE, captures.size() + 1, Map.of());
        captures.add(added);
        return added.start();
    }

    /** One more process of the apply service, started. */
    public ServiceProcess addApply() {
        ServiceProcess added = service(Service.APPLY, applies.size() + 1, Map.of());
        applies.add(added);
        return added.start();
    }

    /**
     * One more process of a service, neither started nor one of {@link #services}: to try settings that may not work.
     *
     * @param settings over those of the other processes
     */
    public ServiceProcess another(Service service, String name, Map<String, String> settings) {
        Map<String, String> environment = switch (service) {
            case TASK_API -> database("sluice_tasks");
            case NOTIFIER -> database("sluice_notifier");
            case CAPTURE, APPLY -> Map.of();
        };
        environment = environment(service, environment);
        environment.putAll(settings);
        return process(service, name, Ports.free(), environment);
    }

    public ServiceProcess taskApi() {
        return taskApi;
    }

    public ServiceProcess notifier() {
        return notifier;
    }

    public List<ServiceProcess> captures() {
        return List.copyOf(captures);
    }

    public List<ServiceProcess> applies() {
        return List.copyOf(applies);
    }

    public List<ServiceProcess> services() {
        return Stream.of(
                        Stream.of(taskApi),
                        moreTaskApis.stream(),
                        captures.stream(),
                        applies.stream(),
                        Stream.of(notifier))
                .flatMap(processes -> processes)
                .toList();
    }

    public KafkaServer kafka() {
        return kafka;
    }

    public PostgresServer configurationServer() {
        return configurationServer;
    }

    public String adminToken() {
        return adminToken;
    }

    /** One sentence for each default port that was taken by something else. */
    public List<String> portsNotAsUsual() {
        List<String> sentences = new ArrayList<>();
        Map.of(
                        Service.TASK_API,
                        taskApi,
                        Service.CAPTURE,
                        captures.getFirst(),
                        Service.APPLY,
                        applies.getFirst(),
                        Service.NOTIFIER,
                        notifier)
                .forEach((service, process) -> {
                    if (process.port() != service.defaultPort()
                            && !options.ports().containsKey(service)) {
                        sentences.add("port %d is taken, so %s listens on %d"
                                .formatted(service.defaultPort(), process.name(), process.port()));
                    }
                });
        if (kafka.port() != KAFKA_DEFAULT_PORT) {
            sentences.add("port %d is taken, so Kafka listens on %d".formatted(KAFKA_DEFAULT_PORT, kafka.port()));
        }
        return sentences.stream().sorted().toList();
    }

    /** The log of every process. */
    public List<Path> logFiles() {
        return Stream.concat(
                        services().stream().map(ServiceProcess::logFile),
                        Stream.of(kafka.logFile(), configurationServer.logFile()))
                .toList();
    }

    /** Stops the services side by side, then Kafka and the configuration database. The state stays. */
    @Override
    public void close() {
        services().forEach(ServiceProcess::askToStop);
        services().forEach(ServiceProcess::stop);
        kafka.close();
        configurationServer.close();
    }

    private String servicePassword() {
        return state.token("service-password");
    }

    private void write(String file, String text) {
        try {
            Files.writeString(state.path().resolve(file), text);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }

    private static String variable(String setting) {
        return setting.toUpperCase(Locale.ROOT).replace('.', '_');
    }

    private Map<String, String> database(String name) {
        Map<String, String> environment = new HashMap<>();
        environment.put("QUARKUS_DATASOURCE_JDBC_URL", configurationServer.jdbcUrl(name));
        environment.put("QUARKUS_DATASOURCE_USERNAME", SERVICE_ROLE);
        environment.put("QUARKUS_DATASOURCE_PASSWORD", servicePassword());
        return environment;
    }

    private ServiceProcess service(Service service, int instance, Map<String, String> own) {
        return service(service, instance, instance == 1 ? options.port(service) : Ports.free(), own);
    }

    private ServiceProcess service(Service service, int instance, int port, Map<String, String> own) {
        String name = instance == 1 ? service.module() : service.module() + "-" + instance;
        return process(service, name, port, environment(service, own));
    }

    private ServiceProcess process(Service service, String name, int port, Map<String, String> environment) {
        Path log = state.path().resolve("logs").resolve(name + ".log");
        return new ServiceProcess(name, service.jar(options.applications()), port, environment, log, tls);
    }

    private Map<String, String> environment(Service service, Map<String, String> own) {
        Map<String, String> environment = new HashMap<>(own);
        if (tls != null) {
            environment.put(
                    "QUARKUS_HTTP_SSL_CERTIFICATE_FILES",
                    state.path().resolve(CERTIFICATE).toString());
            environment.put(
                    "QUARKUS_HTTP_SSL_CERTIFICATE_KEY_FILES",
                    state.path().resolve(CERTIFICATE_KEY).toString());
            kafka.securedClient().forEach((key, value) -> environment.put(variable("kafka." + key), value));
        } else {
            environment.put("KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers());
        }
        if (options.shortSessions()) {
            // What a dead process had is given to another one when its session is over.
            String channel = "mp.messaging.incoming." + service.channel();
            environment.put(variable(channel + ".session.timeout.ms"), "5000");
            environment.put(variable(channel + ".heartbeat.interval.ms"), "1000");
        }
        environment.put("SLUICE_MASTER_KEY", masterKey);
        environment.put("SLUICE_ADMIN_TOKEN", adminToken);
        environment.putAll(options.environment());
        return environment;
    }
}
