package io.sluice.localstack;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * One instance of a service in its own JVM of 256 MB heap, on a port of 127.0.0.1 that stays the same over restarts. Thread-safe.
 */
public final class ServiceProcess implements AutoCloseable {
    private static final Duration START_PATIENCE = Duration.ofMinutes(4);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(20);
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(2);

    private final HttpClient http;
    private final String scheme;
    private final String name;
    private final Path jar;
    private final int port;
    private final int plainPort;
    private final Map<String, String> environment;
    private final Path logFile;
    private @Nullable ChildProcess process;

    /**
     * @param name for messages, such as {@code capture-service-2}
     * @param jar the quarkus-run.jar
     * @param environment added to this JVM's own; address and port are set here
     */
    public ServiceProcess(String name, Path jar, int port, Map<String, String> environment, Path logFile) {
        this(name, jar, port, environment, logFile, null);
    }

    /** @param tls trusts the certificate that the environment gives to the service, which then speaks HTTPS only; null for HTTP */
    ServiceProcess(
            String name, Path jar, int port, Map<String, String> environment, Path logFile, @Nullable SSLContext tls) {
        HttpClient.Builder client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PROBE_TIMEOUT);
        this.http = tls == null ? client.build() : client.sslContext(tls).build();
        this.scheme = tls == null ? "http" : "https";
        this.name = name;
        this.jar = jar;
        this.port = port;
        this.environment = new HashMap<>(environment);
        this.environment.put("QUARKUS_HTTP_HOST", "127.0.0.1");
        this.plainPort = tls == null ? port : Ports.free();
        this.environment.put("QUARKUS_HTTP_PORT", Integer.toString(plainPort));
        if (tls != null) {
            this.environment.put("QUARKUS_HTTP_SSL_PORT", Integer.toString(port));
            this.environment.put("QUARKUS_HTTP_INSECURE_REQUESTS", "disabled");
        }
        this.logFile = logFile;
    }

    /** Starts the service and returns when it says that it is ready; throws with the end of its log when it does not within 4 min. */
    public ServiceProcess start() {
        launch();
        awaitReady();
        return this;
    }

    /** Starts the service and returns at once, so that several can start side by side. */
    public synchronized void launch() {
        if (isAlive()) {
            throw new IllegalStateException(name + " runs already");
        }
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                // As in the images; with so small a heap G1 costs a quarter more processor time.
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-jar",
                jar.toString());
        process = ChildProcess.start(name, command, environment, logFile, "TERM");
    }

    /** Environment variables that are added, or set anew, from the next start on. */
    public synchronized void change(Map<String, String> settings) {
        environment.putAll(settings);
    }

    public void awaitReady() {
        running().awaitReady(this::isReady, START_PATIENCE);
    }

    /** SIGTERM, and SIGKILL when it has not ended 20 s later. */
    public synchronized void stop() {
        ChildProcess running = process;
        if (running != null) {
            running.signal("TERM");
            if (!running.awaitExit(STOP_PATIENCE)) {
                running.kill();
            }
        }
    }

    /** SIGKILL; returns when the process is gone. */
    public synchronized void kill() {
        if (process != null) {
            process.kill();
        }
    }

    /** Asks the process to end (SIGTERM) without waiting for it. */
    synchronized void askToStop() {
        if (process != null) {
            process.signal("TERM");
        }
    }

    public synchronized boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** Whether {@code /q/health/ready} answers 200 now. */
    public boolean isReady() {
        HttpRequest probe = HttpRequest.newBuilder(URI.create(url() + "/q/health/ready"))
                .timeout(PROBE_TIMEOUT)
                .build();
        try {
            return http.send(probe, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + name, e);
        }
    }

    /** The process id of the running or last process. */
    public long pid() {
        return running().pid();
    }

    public String name() {
        return name;
    }

    public int port() {
        return port;
    }

    /** Where it would listen for plain HTTP; with TLS another one than {@link #port}, and nobody is to listen there. */
    public int plainPort() {
        return plainPort;
    }

    public String url() {
        return scheme + "://127.0.0.1:" + port;
    }

    public Path logFile() {
        return logFile;
    }

    @Override
    public void close() {
        stop();
    }

    private synchronized ChildProcess running() {
        if (process == null) {
            throw new IllegalStateException(name + " was not started");
        }
        return process;
    }
}
