package io.sluice.task.precheck;

import io.sluice.task.precheck.check.Group;
import io.sluice.task.precheck.check.Item;
import io.sluice.task.precheck.check.Result;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A precheck as users read it.
 *
 * @param progressPercent items that are done of all, 0-100
 * @param passRatePercent items that passed of those that are done, 0-100
 * @param problem why it ended before its time; null when it did not
 * @param outdated the task was changed since, so that a start will not rely on it
 */
@Schema(name = "Precheck")
record PrecheckView(
        PrecheckState state,
        int progressPercent,
        int passRatePercent,
        Instant startedAt,
        @Nullable Instant finishedAt,
        boolean outdated,
        @Nullable String problem,
        List<Line> items) {

    static PrecheckView of(Precheck precheck, boolean outdated) {
        int done = precheck.items().size();
        long passed = precheck.items().stream()
                .filter(item -> item.result() == Result.PASSED)
                .count();
        return new PrecheckView(
                precheck.abandoned() ? PrecheckState.FAILED : precheck.state(),
                precheck.total() == 0 ? 0 : done * 100 / precheck.total(),
                done == 0 ? 0 : (int) (passed * 100 / done),
                precheck.startedAt(),
                precheck.finishedAt(),
                outdated,
                precheck.abandoned() ? "The service that ran this precheck ended before it did: run it again." : null,
                precheck.items().stream()
                        .map(item -> Line.of(item, precheck.confirmed().contains(item.key())))
                        .toList());
    }

    /**
     * One check.
     *
     * @param key stable; what to confirm by
     * @param fix what to paste, SQL as a rule; empty when nothing can be pasted
     * @param objects the names of what is meant, the first 100
     * @param objectCount how many are meant
     * @param confirmed a user has read this warning
     */
    @Schema(name = "PrecheckItem")
    record Line(
            String key,
            Group group,
            Result result,
            String reason,
            String fix,
            List<String> objects,
            int objectCount,
            boolean confirmed) {

        static Line of(Item item, boolean confirmed) {
            return new Line(
                    item.key(),
                    item.group(),
                    item.result(),
                    item.reason(),
                    item.fix(),
                    item.objects(),
                    item.objectCount(),
                    confirmed);
        }
    }
}
