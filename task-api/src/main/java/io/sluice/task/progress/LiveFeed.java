package io.sluice.task.progress;

import io.sluice.task.life.TaskStatus;
import io.sluice.task.task.StateView;
import io.sluice.task.task.TaskHistory;
import java.util.ArrayList;
import java.util.List;
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

    /** @param lines of the history that the reader does not have, oldest first */
    List<LiveEvent> history(List<TaskHistory.Item> lines) {
        List<LiveEvent> events = new ArrayList<>();
        for (TaskHistory.Item line : lines) {
            lastLine = line.id();
            events.add(new LiveEvent("event", lastLine, line));
        }
        return events;
    }

    /** @param look not older than the history that the reader has been told of */
    List<LiveEvent> news(Moment look) {
        List<LiveEvent> news = new ArrayList<>();
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
     * A task as it was at some moment.
     *
     * @param newestLine of its history; everything else is at least as new
     * @param tables version of what the progress says of them
     */
    record Moment(
            long newestLine,
            String project,
            TaskStatus status,
            StateView state,
            long tables,
            ProgressView progress,
            LagView lag) {}
}
