package io.sluice.task.progress;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.runtime.ShutdownEvent;
import io.sluice.contracts.access.Role;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.http.access.Caller;
import io.sluice.http.access.CurrentCaller;
import io.sluice.task.progress.LiveFeed.Moment;
import io.sluice.task.task.TaskHistory;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseEventSink;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * {@code /api/v1/tasks/{id}/stream}. Each stream has a thread that waits for what {@link LiveTasks} sees, and for its
 * reader: nothing piles up for one that is slow.
 */
@Path("/api/v1/tasks")
@Singleton
@Tag(name = "Tasks")
@RunOnVirtualThread
public class StreamResource {

    private static final Logger LOG = Logger.getLogger(StreamResource.class);

    /** Rights may have changed at their issuer, and the task may have moved to another project. */
    private static final Duration LONGEST = Duration.ofMinutes(5);

    /** A token that was revoked must not go on reading. */
    private static final Duration BETWEEN_RENEWALS = Duration.ofSeconds(5);

    private final ProgressService progress;
    private final LiveTasks live;
    private final CurrentCaller callers;
    private final ObjectMapper mapper;
    private final StreamConfig config;
    private final Semaphore free;
    private volatile boolean stopping;

    StreamResource(
            ProgressService progress, LiveTasks live, CurrentCaller callers, ObjectMapper mapper, StreamConfig config) {
        this.progress = progress;
        this.live = live;
        this.callers = callers;
        this.mapper = mapper;
        this.config = config;
        this.free = new Semaphore(config.limit());
    }

    void stop(@Observes ShutdownEvent stopped) {
        stopping = true;
    }

    @GET
    @Path("{id}/stream")
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @Operation(
            summary = "The task live: history, state, progress and lag as server-sent events",
            description =
                    "event: a new line of the history; state: the task's state, its error and what is retried;"
                            + " progress: totals of the load and the tables at work; lag: as in /lag. Each message has the id"
                            + " of the newest history line before it; a reconnect with Last-Event-ID begins with the lines that"
                            + " were missed. A comment comes every 15 s. The stream ends when the task is deleted, when the token is revoked or"
                            + " expires or the task moves to a project that it does not open, and after five minutes, so that the right to read is looked at again: clients reconnect.")
    @APIResponse(responseCode = "200", description = "text/event-stream")
    @APIResponse(responseCode = "404", description = "TASK_NOT_FOUND")
    @APIResponse(responseCode = "429", description = "TOO_MANY_STREAMS")
    public void stream(
            String id,
            @Parameter(description = "sent by browsers when they reconnect") @HeaderParam("Last-Event-ID") @Nullable
                    String lastEventId,
            @Context SseEventSink sink,
            @Context Sse sse) {
        LiveFeed feed = new LiveFeed(progress.lastLine(id, lastEventId));
        if (!free.tryAcquire()) {
            throw new SluiceException(
                    ErrorCode.TOO_MANY_STREAMS,
                    "This instance has " + config.limit() + " open streams already; close one, or raise"
                            + " sluice.stream.limit.");
        }
        boolean begun = false;
        try {
            Reader reader = new Reader(callers.get(), callers.renewal());
            // With it goes the head of the answer. Left to the framework that is written when this method is over,
            // at the same time as the first message by the thread below, and whoever comes second is refused.
            Optional<CompletionStage<?>> sent = handOver(sink, comment(sse, "begins"));
            if (sent.isPresent()) {
                begin(id, feed, reader, sink, sse);
                begun = true;
            }
        } finally {
            if (!begun) {
                free.release();
            }
        }
    }

    /** In a thread of its own, which gives the permit back. */
    private void begin(String id, LiveFeed feed, Reader reader, SseEventSink sink, Sse sse) {
        Thread.ofVirtual().name("stream-" + id).start(() -> {
            try (sink;
                    LiveTasks.Reading reading = live.join(id)) {
                write(id, feed, reading, reader, sink, sse);
            } catch (SluiceException e) {
                LOG.infof("The stream of task %s ended: %s", id, e.getMessage());
            } catch (TimeoutException e) {
                LOG.infof("A reader of the stream of task %s is too slow and was cut off", id);
            } catch (ExecutionException e) {
                LOG.debugf("A reader of the stream of task %s has gone: %s", id, e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException | JsonProcessingException e) {
                LOG.warnf(e, "The stream of task %s ended with an error", id);
            } finally {
                free.release();
            }
        });
    }

    /** @throws SluiceException when the caller's token is no longer good, or the task is no longer his to see */
    private void write(String id, LiveFeed feed, LiveTasks.Reading reading, Reader reader, SseEventSink sink, Sse sse)
            throws InterruptedException, ExecutionException, TimeoutException, JsonProcessingException {
        long lastSent = System.nanoTime();
        long end = lastSent + LONGEST.toNanos();
        long renewed = lastSent;
        while (System.nanoTime() - end < 0 && !sink.isClosed() && !stopping && !reading.over()) {
            Optional<Moment> moment = reading.next();
            if (moment.isPresent()) {
                reader.requireSees(moment.get());
                long newest = moment.get().newestLine();
                List<TaskHistory.Item> lines = progress.lines(id, feed.lastLine(), newest);
                while (!lines.isEmpty()) {
                    for (LiveEvent event : feed.history(lines)) {
                        send(sink, message(sse, event));
                    }
                    lines = progress.lines(id, feed.lastLine(), newest);
                }
                for (LiveEvent event : feed.news(moment.get())) {
                    send(sink, message(sse, event));
                }
                lastSent = System.nanoTime();
            }
            if (System.nanoTime() - lastSent >= config.heartbeat().toNanos()) {
                send(sink, comment(sse, "alive"));
                lastSent = System.nanoTime();
            }
            if (System.nanoTime() - renewed >= BETWEEN_RENEWALS.toNanos()) {
                reader.renew();
                renewed = System.nanoTime();
            }
        }
    }

    /** Who reads a stream, and may lose the right to while it goes on. For one thread. */
    private static final class Reader {

        private final Supplier<Caller> renewal;
        private Caller caller;

        Reader(Caller caller, Supplier<Caller> renewal) {
            this.caller = caller;
            this.renewal = renewal;
        }

        void renew() {
            caller = renewal.get();
        }

        void requireSees(Moment moment) {
            if (!caller.grants().allows(Role.VIEWER, moment.project())) {
                throw new SluiceException(
                        ErrorCode.TASK_NOT_FOUND,
                        "It has moved to the project " + moment.project() + ", which " + caller.name()
                                + " may not see.");
            }
        }
    }

    private static OutboundSseEvent comment(Sse sse, String text) {
        return sse.newEventBuilder().comment(text).build();
    }

    private OutboundSseEvent message(Sse sse, LiveEvent event) throws JsonProcessingException {
        return sse.newEventBuilder()
                .name(event.name())
                .id(Long.toString(event.lastLine()))
                .data(String.class, mapper.writeValueAsString(event.data()))
                .build();
    }

    private void send(SseEventSink sink, OutboundSseEvent event)
            throws InterruptedException, ExecutionException, TimeoutException {
        Optional<CompletionStage<?>> sent = handOver(sink, event);
        if (sent.isPresent()) {
            sent.get().toCompletableFuture().get(config.patience().toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** Empty when the reader has gone since it was looked at. */
    private static Optional<CompletionStage<?>> handOver(SseEventSink sink, OutboundSseEvent event) {
        try {
            return Optional.of(sink.send(event));
        } catch (IllegalStateException e) {
            if (sink.isClosed()) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
