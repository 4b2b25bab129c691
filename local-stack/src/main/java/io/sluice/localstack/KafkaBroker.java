package io.sluice.localstack;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * The child JVM of {@link KafkaServer}: formats the directory if it is new, starts broker and controller, and writes its process id
 * into a file when it takes clients. SIGTERM shuts it down in order.
 */
final class KafkaBroker {
    private KafkaBroker() {}

    /** Arguments: the properties file of the broker, the file to write when ready. */
    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of(arguments[0]))) {
            properties.load(reader);
        }
        try {
            formatIfNew(properties);
            KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(properties), Time.SYSTEM);
            Runtime.getRuntime().addShutdownHook(new Thread(server::shutdown, "shutdown"));
            server.startup();
            announce(Path.of(arguments[1]));
            server.awaitShutdown();
        } catch (Throwable e) {
            // The threads of a half-started server would keep this JVM alive.
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }

    private static void formatIfNew(Properties properties) throws Exception {
        String directory = properties.getProperty("log.dirs");
        if (Files.exists(Path.of(directory, "meta.properties"))) {
            return;
        }
        new Formatter()
                .setClusterId(Uuid.randomUuid().toString())
                .setNodeId(Integer.parseInt(properties.getProperty("node.id")))
                .setReleaseVersion(MetadataVersion.latestProduction())
                .setSupportedFeatures(Feature.PRODUCTION_FEATURES)
                .setControllerListenerName(properties.getProperty("controller.listener.names"))
                .setMetadataLogDirectory(directory)
                .setDirectories(List.of(directory))
                .run();
    }

    private static void announce(Path readyFile) throws IOException {
        Path partial = readyFile.resolveSibling(readyFile.getFileName() + ".new");
        Files.writeString(partial, Long.toString(ProcessHandle.current().pid()));
        Files.move(partial, readyFile, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
