package io.sluice.capture;

import io.sluice.capture.ddl.DdlCapture;
import io.sluice.capture.publish.ChangeTopic;
import io.sluice.capture.slot.Publication;
import io.sluice.capture.slot.ReplicationSlot;
import io.sluice.capture.slot.StartGate;
import io.sluice.contracts.KafkaAccess;
import io.sluice.contracts.Topics;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact.Leftover;
import io.sluice.contracts.task.Credentials;
import io.sluice.contracts.task.Endpoint;
import io.sluice.postgres.CleanUpSql;
import io.sluice.postgres.Connections;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Removes what capture keeps for a task. What cannot be removed is named, with the SQL that does it: a slot that is left
 * behind fills the source's disk.
 */
public final class CaptureCleaner {

    private static final int ATTEMPTS = 3;
    private static final Duration BETWEEN_ATTEMPTS = Duration.ofSeconds(1);

    /** Somebody waits for a deletion. */
    private static final Duration LOGIN = Duration.ofSeconds(5);

    private final String taskId;
    private final Endpoint source;
    private final Credentials credentials;
    private final KafkaAccess kafka;
    private final boolean ddl;

    /** @param ddl the task may have event triggers */
    public CaptureCleaner(String taskId, Endpoint source, Credentials credentials, KafkaAccess kafka, boolean ddl) {
        this.taskId = taskId;
        this.source = source;
        this.credentials = credentials;
        this.kafka = kafka;
        this.ddl = ddl;
    }

    /** Slot and publication. */
    public List<Leftover> cleanSource() throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try (Connections connections = new Connections("source", source, credentials, "sluice-capture");
                    Connection connection = connections.openWritable(LOGIN)) {
                return clean(connection);
            } catch (SluiceException e) {
                if (attempt == ATTEMPTS || e.code().retry() != ErrorCode.Retry.CONNECTION) {
                    return unreachable(String.valueOf(e.getMessage()));
                }
            } catch (SQLException e) {
                return unreachable(String.valueOf(e.getMessage()));
            }
            Thread.sleep(BETWEEN_ATTEMPTS);
        }
    }

    /** The change topic, and that of snapshots. */
    public List<Leftover> cleanTopic() throws InterruptedException {
        List<Leftover> leftovers = new ArrayList<>();
        for (ChangeTopic topic : List.of(new ChangeTopic(kafka, taskId), ChangeTopic.ofSnapshots(kafka, taskId))) {
            Leftover left = tried("topic " + topic.name(), null, topic::delete);
            if (left != null) {
                leftovers.add(left);
            }
        }
        return leftovers;
    }

    private List<Leftover> clean(Connection connection) throws InterruptedException {
        ReplicationSlot slot = new ReplicationSlot(connection, taskId);
        Publication publication = new Publication(connection, taskId);
        List<Leftover> leftovers = new ArrayList<>();
        Leftover left = tried(slotName(), slot.dropSql(), () -> {
            // Another instance may still be making it.
            new StartGate(connection, taskId).enter();
            slot.drop();
        });
        if (left != null) {
            leftovers.add(left);
        }
        left = tried(publicationName(), publication.dropSql(), publication::drop);
        if (left != null) {
            leftovers.add(left);
        }
        DdlCapture triggers = new DdlCapture(connection, taskId);
        if (triggers.installed()) {
            left = tried(triggersName(), triggers.removeSql(), triggers::remove);
            if (left != null) {
                leftovers.add(left);
            }
        }
        return leftovers;
    }

    private List<Leftover> unreachable(String reason) {
        List<Leftover> leftovers = new ArrayList<>(List.of(
                new Leftover(slotName(), reason, CleanUpSql.dropSlot(Topics.slot(taskId))),
                new Leftover(publicationName(), reason, CleanUpSql.dropPublication(Topics.publication(taskId)))));
        if (ddl) {
            leftovers.add(new Leftover(triggersName(), reason, CleanUpSql.removeDdlCapture(Topics.slot(taskId))));
        }
        return leftovers;
    }

    private String slotName() {
        return "replication slot " + Topics.slot(taskId);
    }

    private String triggersName() {
        return "event triggers " + Topics.slot(taskId) + "_…";
    }

    private String publicationName() {
        return "publication " + Topics.publication(taskId);
    }

    /** One thing to remove. */
    @FunctionalInterface
    private interface Removal {
        void run() throws InterruptedException;
    }

    private static @Nullable Leftover tried(String what, @Nullable String sql, Removal removal)
            throws InterruptedException {
        try {
            removal.run();
            return null;
        } catch (SluiceException e) {
            if (e.code() == ErrorCode.CONNECTION_LOST) {
                throw e;
            }
            return new Leftover(what, String.valueOf(e.getMessage()), sql);
        }
    }
}
