package io.sluice.task.progress;

import io.quarkus.runtime.ShutdownEvent;
import io.sluice.contracts.Json;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.TaskReport;
import io.sluice.contracts.report.TaskReport.Service;
import io.smallrye.reactive.messaging.annotations.Blocking;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jboss.logging.Logger;

/**
 * Reads {@code sluice.reports}. An offset is committed only after every report up to it is in the database. A report
 * that cannot be folded is tried again until it can: passing over one could leave a task in a wrong state for ever.
 * Only one that is no report at all is passed over.
 */
@ApplicationScoped
class ReportConsumer {

    private static final Logger LOG = Logger.getLogger(ReportConsumer.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    private final ReportFolder folder;
    private volatile boolean stopping;

    ReportConsumer(ReportFolder folder) {
        this.folder = folder;
    }

    void stop(@Observes ShutdownEvent stopped) {
        stopping = true;
    }

    @Incoming("reports")
    @Blocking
    void take(List<String> batch) throws InterruptedException {
        for (TaskReport report : newest(parse(batch))) {
            fold(report);
        }
    }

    private static List<TaskReport> parse(List<String> batch) {
        List<TaskReport> reports = new ArrayList<>();
        for (String json : batch) {
            try {
                reports.add(Json.read(json, TaskReport.class));
            } catch (SluiceException e) {
                LOG.errorf("Passed over a record of sluice.reports: %s", e.getMessage());
            }
        }
        return reports;
    }

    /** Of the positions only the last of each service and task, everything else whole; in order. */
    static List<TaskReport> newest(List<TaskReport> reports) {
        record Origin(String taskId, Service service) {}
        Set<Origin> seen = new HashSet<>();
        List<TaskReport> newest = new ArrayList<>();
        for (TaskReport report : reports.reversed()) {
            boolean position =
                    report.fact() instanceof Fact.CapturePosition || report.fact() instanceof Fact.ApplyPosition;
            if (!position || seen.add(new Origin(report.taskId(), report.service()))) {
                newest.add(report);
            }
        }
        return newest.reversed();
    }

    private void fold(TaskReport report) throws InterruptedException {
        Duration pause = FIRST_PAUSE;
        while (true) {
            try {
                folder.fold(report);
                return;
            } catch (RuntimeException e) {
                if (stopping) {
                    throw e;
                }
                LOG.warnf(e, "A report about task %s is tried again in %s", report.taskId(), pause);
                Thread.sleep(pause);
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            }
        }
    }
}
