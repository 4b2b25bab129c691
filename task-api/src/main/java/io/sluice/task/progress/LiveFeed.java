package io.sluice.task.progress;

import io.sluice.task.life.Retry;
import io.sluice.task.life.TaskError;
import io.sluice.task.life.TaskState;
import io.sluice.task.life.TaskStatus;
import io.sluice.task.task.TaskHistory;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * What one reader of a live stream has been told, and so what is new to it: history lines one by one, of everything else
 * the newest. For one thread.
 */
final class LiveFeed {

    private long lastLine;
    private @Nullable StateView state;
    private @Nullable ProgressView progress;
    private @Nullable LagView lag;

    /** @param lastLine the newest line that the reader has */
    LiveFeed(long lastLine) {
        this.lastLine = lastLine;
    }

    long lastLine() {
        return lastLine;
    }

    List<LiveEvent> news(Look look) {
        List<LiveEvent> news = new ArrayList<>();
        for (TaskHistory.Item line : look.lines()) {
            lastLine = line.id();
            news.add(new LiveEvent("event", lastLine, line));
        }
        if (!look.state().equals(state)) {
            state = look.state();
            news.add(new LiveEvent("state", lastLine, state));
        }
        if (!look.progress().equals(progress)) {
            progress = look.progress();
            news.add(new LiveEvent("progress", lastLine, progress));
        }
        if (!look.lag().equals(lag)) {
            lag = look.lag();
            news.add(new LiveEvent("lag", lastLine, lag));
        }
        return news;
    }

    /**
     * A task as it is now.
     *
     * @param lines of the history that the reader does not have, oldest first
     */
    record Look(List<TaskHistory.Item> lines, StateView state, ProgressView progress, LagView lag) {}

    /** Where the task is. */
    @Schema(name = "LiveState")
    record StateView(
            TaskState state,
            long generation,
            boolean resetting,
            @Nullable TaskError error,
            @Nullable Retry retrying) {

        static StateView of(TaskStatus status) {
            return new StateView(
                    status.state(), status.generation(), status.resetting(), status.error(), status.retrying());
        }
    }
}
