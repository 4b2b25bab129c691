package io.sluice.e2e;

import io.sluice.localstack.ServiceProcess;
import java.util.List;

/**
 * What a service says about itself in Prometheus' text form.
 *
 * @param lines without comments; empty when the service does not answer
 */
record Metrics(List<String> lines) {

    static Metrics of(ServiceProcess service) {
        try {
            Api.Answer answer = new Api(service.url(), "").get("/q/metrics");
            return new Metrics(
                    answer.text().lines().filter(line -> !line.startsWith("#")).toList());
        } catch (Api.NoAnswerException away) {
            return new Metrics(List.of());
        }
    }

    boolean has(String name, String taskId) {
        return lines.stream().anyMatch(line -> line.startsWith(name + "{") && line.contains(taskId));
    }

    /** The sum of a metric over those of its lines that hold this text. */
    double sum(String name, String label) {
        return lines.stream()
                .filter(line -> line.startsWith(name + "{") && line.contains(label))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
