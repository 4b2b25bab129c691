package io.sluice.localstack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * A real Kafka on 127.0.0.1: broker and controller (KRaft) in one child JVM, everything with one replica, topics only when somebody
 * creates them. Its directory holds the data ({@code data}) and the log ({@code kafka.log}); a server made again over the same
 * directory goes on with the same data. Thread-safe.
 */
public final class KafkaServer implements AutoCloseable {
    private static final Duration START_PATIENCE = Duration.ofSeconds(90);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(20);
    private static final String PLAIN_LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule required";
    private static final String SECURED_USER = "sluice";
    private static final String SECURED_PASSWORD = "password-on-the-bus";
    private static final Map<String, String> DEFAULTS = Map.ofEntries(
            Map.entry("process.roles", "broker,controller"),
            Map.entry("node.id", "1"),
            Map.entry("controller.listener.names", "CONTROLLER"),
            Map.entry("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"),
            Map.entry("auto.create.topics.enable", "false"),
            Map.entry("offsets.topic.replication.factor", "1"),
            Map.entry("offsets.topic.num.partitions", "4"),
            Map.entry("transaction.state.log.replication.factor", "1"),
            Map.entry("transaction.state.log.min.isr", "1"),
            Map.entry("transaction.state.log.num.partitions", "4"),
            Map.entry("group.initial.rebalance.delay.ms", "0"),
            Map.entry("group.min.session.timeout.ms", "1000"),
            Map.entry("message.max.bytes", Integer.toString(32 << 20)),
            Map.entry("replica.fetch.max.bytes", Integer.toString(32 << 20)),
            Map.entry("log.cleaner.dedupe.buffer.size", Integer.toString(16 << 20)),
            // After a kill the controller lets the broker in again only when the session of the dead one is over.
            Map.entry("broker.session.timeout.ms", "4000"),
            Map.entry("broker.heartbeat.interval.ms", "500"));

    private final Path directory;
    private final boolean temporary;
    private final int port;
    private final Map<String, String> settings;
    /** 0 when there is no such listener. */
    private final int securedPort;
    /** Has signed the certificate of that listener. */
    private final CertificateAuthority authority;

    private @Nullable ChildProcess broker;

    private KafkaServer(
            Path directory,
            boolean temporary,
            int port,
            int controllerPort,
            int securedPort,
            CertificateAuthority authority,
            Map<String, String> overrides) {
        this.directory = directory.toAbsolutePath();
        this.temporary = temporary;
        this.port = port;
        this.settings = new LinkedHashMap<>(DEFAULTS);
        this.settings.put("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
        this.settings.put(
                "listeners", "PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d".formatted(port, controllerPort));
        this.settings.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
        this.settings.put("log.dirs", this.directory.resolve("data").toString());
        this.securedPort = securedPort;
        this.authority = authority;
        if (securedPort != 0) {
            addSecuredListener();
        }
        this.settings.putAll(overrides);
    }

    private void addSecuredListener() {
        settings.merge("listeners", "SECURED://127.0.0.1:" + securedPort, (one, other) -> one + "," + other);
        settings.merge("advertised.listeners", "SECURED://127.0.0.1:" + securedPort, (one, other) -> one + "," + other);
        settings.merge("listener.security.protocol.map", "SECURED:SASL_SSL", (one, other) -> one + "," + other);
        settings.put("inter.broker.listener.name", "PLAINTEXT");
        settings.put("sasl.enabled.mechanisms", "PLAIN");
        settings.put(
                "listener.name.secured.plain.sasl.jaas.config",
                PLAIN_LOGIN + " user_" + SECURED_USER + "=\"" + SECURED_PASSWORD + "\";");
        CertificateAuthority.Issued certificate = authority.issue("kafka", "127.0.0.1");
        settings.put("listener.name.secured.ssl.keystore.type", "PEM");
        settings.put("listener.name.secured.ssl.keystore.certificate.chain", certificate.certificate());
        settings.put("listener.name.secured.ssl.keystore.key", certificate.key());
        settings.put("listener.name.secured.ssl.client.auth", "required");
        // The cheapest for JVMs that live too shortly to compile anything well.
        settings.put("listener.name.secured.ssl.cipher.suites", "TLS_CHACHA20_POLY1305_SHA256");
        settings.put("listener.name.secured.ssl.truststore.type", "PEM");
        settings.put("listener.name.secured.ssl.truststore.certificates", authority.certificate());
    }

    /** A server over a directory that stays, not started yet. */
    public static KafkaServer in(Path directory, int port, Map<String, String> overrides) {
        return new KafkaServer(directory, false, port, Ports.free(), 0, new CertificateAuthority("nobody"), overrides);
    }

    /** The same with a second listener that speaks TLS and wants certificate, user and password: {@link #securedClient}. */
    public static KafkaServer securedIn(Path directory, int port, CertificateAuthority authority) {
        return new KafkaServer(directory, false, port, Ports.free(), Ports.free(), authority, Map.of());
    }

    /** A started server for one test: free ports, its directory deleted by {@link #close}. */
    public static KafkaServer startTemporary() {
        return new KafkaServer(
                        Directories.temporary("kafka"),
                        true,
                        Ports.free(),
                        Ports.free(),
                        Ports.free(),
                        new CertificateAuthority("Kafka"),
                        Map.of())
                .start();
    }

    /** Starts the broker and returns when it takes clients. One that a killed JVM left behind on the directory is stopped first. */
    public synchronized KafkaServer start() {
        if (isRunning()) {
            throw new IllegalStateException("Kafka on port " + port + " runs already");
        }
        long previous = readyPid();
        if (previous != 0) {
            Leftover.endOrIsAnother(previous, readyFile().toString(), "TERM");
        }
        Path properties = writeProperties();
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-Dorg.slf4j.simpleLogger.showDateTime=true",
                "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS",
                KafkaBroker.class.getName(),
                properties.toString(),
                readyFile().toString());
        Map<String, String> environment = Map.of("CLASSPATH", System.getProperty("java.class.path"));
        ChildProcess started = ChildProcess.start("Kafka on port " + port, command, environment, logFile(), "TERM");
        broker = started;
        started.awaitReady(() -> readyPid() == started.pid(), START_PATIENCE);
        return this;
    }

    /** Shuts down in order; SIGKILL after 20 s. */
    public synchronized void stop() {
        ChildProcess running = broker;
        if (running != null) {
            running.signal("TERM");
            if (!running.awaitExit(STOP_PATIENCE)) {
                running.kill();
            }
            broker = null;
        }
    }

    /** SIGKILL; {@link #start} recovers from the logs. */
    public synchronized void kill() {
        if (broker != null) {
            broker.kill();
            broker = null;
        }
    }

    /** Stops and starts on the same port with the same data. */
    public synchronized void restart() {
        stop();
        start();
    }

    public synchronized boolean isRunning() {
        return broker != null && broker.isAlive();
    }

    /** The process id of the running broker. */
    public synchronized long pid() {
        if (broker == null) {
            throw new IllegalStateException("Kafka on port " + port + " does not run");
        }
        return broker.pid();
    }

    public int port() {
        return port;
    }

    /** What clients take as {@code bootstrap.servers}. */
    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    /** Settings of a client that comes over TLS with certificate, user and password; not every server has this second listener. */
    public Map<String, String> securedClient() {
        if (securedPort == 0) {
            throw new IllegalStateException("Kafka on port " + port + " has no listener with TLS");
        }
        return Map.of(
                "bootstrap.servers",
                "127.0.0.1:" + securedPort,
                "security.protocol",
                "SASL_SSL",
                "ssl.truststore.type",
                "PEM",
                "ssl.truststore.location",
                authorityFile().toString(),
                "ssl.keystore.type",
                "PEM",
                "ssl.keystore.location",
                clientFile().toString(),
                "sasl.mechanism",
                "PLAIN",
                "sasl.jaas.config",
                PLAIN_LOGIN + " username=\"" + SECURED_USER + "\" password=\"" + SECURED_PASSWORD + "\";");
    }

    /** The password within {@link #securedClient}. */
    public String securedPassword() {
        return SECURED_PASSWORD;
    }

    public Path logFile() {
        return directory.resolve("kafka.log");
    }

    /** Stops the server; deletes its directory if it was a temporary one. */
    @Override
    public void close() {
        stop();
        if (temporary) {
            Directories.delete(directory);
        }
    }

    private Path authorityFile() {
        return directory.resolve("authority.pem");
    }

    /** Key and certificate of clients. */
    private Path clientFile() {
        return directory.resolve("client.pem");
    }

    private Path readyFile() {
        return directory.resolve("kafka.pid");
    }

    private long readyPid() {
        try {
            return Long.parseLong(Files.readString(readyFile()));
        } catch (NoSuchFileException notReady) {
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + readyFile(), e);
        }
    }

    private Path writeProperties() {
        Path file = directory.resolve("kafka.properties");
        Properties properties = new Properties();
        properties.putAll(settings);
        try {
            Files.createDirectories(directory);
            if (securedPort != 0) {
                Files.writeString(authorityFile(), authority.certificate());
                CertificateAuthority.Issued client = authority.issue(SECURED_USER);
                Files.writeString(clientFile(), client.key() + client.certificate());
            }
            try (Writer writer = Files.newBufferedWriter(file)) {
                properties.store(writer, null);
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }
}
