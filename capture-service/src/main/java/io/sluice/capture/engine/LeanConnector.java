package io.sluice.capture.engine;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.source.SourceConnector;

/** What the engine runs: one {@link LeanTask}. Made by class name. */
public final class LeanConnector extends SourceConnector {

    private Map<String, String> configuration = Map.of();

    @Override
    public void start(Map<String, String> properties) {
        configuration = Map.copyOf(properties);
    }

    @Override
    public Class<? extends Task> taskClass() {
        return LeanTask.class;
    }

    @Override
    public List<Map<String, String>> taskConfigs(int most) {
        return List.of(configuration);
    }

    @Override
    public void stop() {
        // The task holds all there is.
    }

    @Override
    public ConfigDef config() {
        return new ConfigDef();
    }

    @Override
    public String version() {
        return "1";
    }
}
