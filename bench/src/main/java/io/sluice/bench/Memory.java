package io.sluice.bench;

import io.sluice.localstack.ServiceProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The most heap and memory that services have used, looked at once a second from a thread of its own. Thread-safe. */
final class Memory implements AutoCloseable {

    /** In megabytes. */
    record Most(long heap, long resident) {}

    private static final Duration EVERY = Duration.ofSeconds(1);

    private final List<ServiceProcess> services;
    private final Map<String, Long> heap = new ConcurrentHashMap<>();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Thread thread;

    Memory(List<ServiceProcess> services) {
        this.services = services;
        this.thread = Thread.ofPlatform().name("memory").daemon().start(this::watch);
    }

    private void watch() {
        try {
            while (true) {
                for (ServiceProcess service : services) {
                    heap.merge(service.name(), heapOf(service), Math::max);
                }
                Thread.sleep(EVERY);
            }
        } catch (InterruptedException over) {
            Thread.currentThread().interrupt();
        }
    }

    /** The bytes of the heap in use now, garbage included; 0 when the service does not answer. */
    private long heapOf(ServiceProcess service) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(service.url() + "/q/metrics"))
                .timeout(EVERY)
                .build();
        try {
            return http.send(request, BodyHandlers.ofLines())
                    .body()
                    .filter(line -> line.startsWith("jvm_memory_used_bytes{") && line.contains("area=\"heap\""))
                    .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                    .sum();
        } catch (IOException away) {
            return 0;
        }
    }

    /** By the service's name. */
    Map<String, Most> most() {
        Map<String, Most> most = new LinkedHashMap<>();
        for (ServiceProcess service : services) {
            most.put(
                    service.name(), new Most(heap.getOrDefault(service.name(), 0L) >> 20, mostResident(service.pid())));
        }
        return most;
    }

    /** The most memory that a process has had resident, in megabytes; 0 where the system does not tell. */
    static long mostResident(long process) {
        try {
            return Files.readAllLines(Path.of("/proc", Long.toString(process), "status")).stream()
                    .filter(line -> line.toUpperCase(Locale.ROOT).startsWith("VMHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
