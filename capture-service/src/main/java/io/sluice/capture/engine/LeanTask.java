package io.sluice.capture.engine;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;
import org.jspecify.annotations.Nullable;

/**
 * The source task that the engine polls. A source record of it carries a {@link Chunk}, not one change: what Debezium's own
 * connector does for each change (schemas, structs, source info, a queue) costs most of its time. Made by class name.
 */
public final class LeanTask extends SourceTask {

    private static final Map<String, ?> NOWHERE = Map.of();

    private @Nullable StreamSession session;
    private @Nullable StreamReader reader;

    @Override
    public void start(Map<String, String> properties) {
        session = StreamSession.load(properties.get(DebeziumKeys.SESSION));
        try {
            reader = new StreamReader(session);
            session.streaming.complete(null);
        } catch (SQLException e) {
            throw new ConnectException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectException(e);
        }
    }

    @Override
    public @Nullable List<SourceRecord> poll() throws InterruptedException {
        if (session == null || reader == null || session.stopping()) {
            Thread.sleep(1);
            return null;
        }
        try {
            Chunk chunk = reader.read();
            return chunk == null ? null : List.of(new SourceRecord(NOWHERE, NOWHERE, "changes", null, chunk));
        } catch (SQLException e) {
            throw new ConnectException(e);
        }
    }

    @Override
    public void stop() {
        if (reader != null) {
            reader.close();
            reader = null;
        }
    }

    @Override
    public String version() {
        return "1";
    }
}
