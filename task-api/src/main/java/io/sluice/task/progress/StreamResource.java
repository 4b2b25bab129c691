package io.sluice.task.progress;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.runtime.ShutdownEvent;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.task.progress.LiveFeed.Look;
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
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * {@code /api/v1/tasks/{id}/stream}. Each stream has a thread that looks at the database once a second, so it shows what
 * any instance has written, and waits for its reader: nothing piles up for one that is slow.
 */
@Path("/api/v1/tasks")
@Singleton
@Tag(name = "Tasks")
@RunOnVirtualThread
public class StreamResource {

    private static final Logger LOG = Logger.getLogger(StreamResource.class);
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    /** A token that was revoked must not go on reading. */
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private final ProgressService progress;
    private final ObjectMapper mapper;
    private final StreamConfig config;
    private final Semaphore free;
    private final CountDownLatch stopping = new CountDownLatch(1);

    StreamResource(ProgressService progress, ObjectMapper mapper, StreamConfig config) {
        this.progress = progress;
        this.mapper = mapper;
        this.config = config;
        this.free = new Semaphore(config.limit());
    }

    void stop(@Observes ShutdownEvent stopped) {
        stopping.countDown();
    }

    @GET
    @Path("{id}/stream")
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @Operation(
            summary = "The task live: history, state, progress and lag as server-sent events",
            description = "event: a new line of the history; state: the task's state, its error and what is retried;"
                    + " progress: totals of the load and the tables at work; lag: as in /lag. Each message has the id"
                    + " of the newest history line before it; a reconnect with Last-Event-ID begins with the lines that"
                    + " were missed. A comment comes every 15 s. The stream ends when the task is deleted, and after five minutes, so"
                    + " that the right to read is looked at again: clients reconnect.")
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
        Thread.ofVirtual().name("stream-" + id).start(() -> {
            try (sink) {
                write(id, feed, sink, sse);
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

    private void write(String id, LiveFeed feed, SseEventSink sink, Sse sse)
            throws InterruptedException, ExecutionException, TimeoutException, JsonProcessingException {
        long lastSent = System.nanoTime();
        long end = lastSent + LONGEST.toNanos();
        do {
            Optional<Look> look = progress.look(id, feed.lastLine());
            if (look.isEmpty()) {
                return;
            }
            for (LiveEvent event : feed.news(look.get())) {
                send(sink, message(sse, event));
                lastSent = System.nanoTime();
            }
            if (System.nanoTime() - lastSent >= config.heartbeat().toNanos()) {
                send(sink, sse.newEventBuilder().comment("alive").build());
                lastSent = System.nanoTime();
            }
        } while (System.nanoTime() - end < 0
                && !sink.isClosed()
                && !stopping.await(BETWEEN_LOOKS.toMillis(), TimeUnit.MILLISECONDS));
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
        sink.send(event).toCompletableFuture().get(config.patience().toMillis(), TimeUnit.MILLISECONDS);
    }
}
