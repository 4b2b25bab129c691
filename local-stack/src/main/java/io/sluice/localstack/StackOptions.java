package io.sluice.localstack;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a stack is made of.
 *
 * @param applications the project root, or a directory with one folder per application
 * @param ports ports to use as they are; a service that is not named gets its default port if that is free and wanted, else a free one
 * @param defaultPorts whether default ports are tried; tests rather take free ones
 * @param durable whether the configuration database syncs to disk
 * @param captureInstances how many processes of the capture service
 * @param applyInstances how many processes of the apply service
 * @param authority when given, has signed the certificates of Kafka and the services: these speak HTTPS only, and reach Kafka over TLS
 *     with certificate, user and password
 * @param shortSessions whether another process, or the next one, gets the work of a killed one sooner than it would in use
 * @param environment given to every service, over what the stack sets
 */
public record StackOptions(
        Path applications,
        Map<Service, Integer> ports,
        boolean defaultPorts,
        boolean durable,
        int captureInstances,
        int applyInstances,
        @Nullable CertificateAuthority authority,
        boolean shortSessions,
        Map<String, String> environment) {

    public StackOptions {
        applications = applications.toAbsolutePath();
        ports = Map.copyOf(ports);
        environment = Map.copyOf(environment);
        if (captureInstances < 1) {
            throw new IllegalArgumentException("captureInstances: " + captureInstances + " is less than 1");
        }
        if (applyInstances < 1) {
            throw new IllegalArgumentException("applyInstances: " + applyInstances + " is less than 1");
        }
    }

    /** For a user: default ports where they are free, one process per service, durable. */
    public static StackOptions forUse(Path applications) {
        return new StackOptions(applications, Map.of(), true, true, 1, 1, null, false, Map.of());
    }

    /** For a test: free ports, one process per service, nothing synced to disk. */
    public static StackOptions forTest(Path applications) {
        return new StackOptions(applications, Map.of(), false, false, 1, 1, null, false, Map.of());
    }

    public StackOptions withPort(Service service, int port) {
        Map<Service, Integer> changed = new HashMap<>(ports);
        changed.put(service, port);
        return new StackOptions(
                applications,
                changed,
                defaultPorts,
                durable,
                captureInstances,
                applyInstances,
                authority,
                shortSessions,
                environment);
    }

    public StackOptions withInstances(int capture, int apply) {
        return new StackOptions(
                applications, ports, defaultPorts, durable, capture, apply, authority, shortSessions, environment);
    }

    public StackOptions withDurable(boolean value) {
        return new StackOptions(
                applications,
                ports,
                defaultPorts,
                value,
                captureInstances,
                applyInstances,
                authority,
                shortSessions,
                environment);
    }

    public StackOptions withTls(CertificateAuthority signs) {
        return new StackOptions(
                applications,
                ports,
                defaultPorts,
                durable,
                captureInstances,
                applyInstances,
                signs,
                shortSessions,
                environment);
    }

    /** Where processes are killed all the time. */
    public StackOptions withShortSessions() {
        return new StackOptions(
                applications,
                ports,
                defaultPorts,
                durable,
                captureInstances,
                applyInstances,
                authority,
                true,
                environment);
    }

    public StackOptions withEnvironment(String name, String value) {
        Map<String, String> changed = new HashMap<>(environment);
        changed.put(name, value);
        return new StackOptions(
                applications,
                ports,
                defaultPorts,
                durable,
                captureInstances,
                applyInstances,
                authority,
                shortSessions,
                changed);
    }

    /** The port for the first instance of a service. */
    int port(Service service) {
        Integer chosen = ports.get(service);
        if (chosen != null) {
            return chosen;
        }
        return defaultPorts ? Ports.freeOr(service.defaultPort()) : Ports.free();
    }
}
