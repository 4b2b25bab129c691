import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Prints the transactions of a task as they were committed at the source: one line for each, then one for each change. A group
 * of its own remembers where it is, so it goes on after a restart; a transaction whose end has not come is read again.
 */
public class Follow {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] args) throws IOException {
        if (args.length < 2) {
            System.err.println("usage: Follow HOST:PORT TASK [GROUP]");
            System.exit(2);
        }
        Properties config = new Properties();
        config.put("bootstrap.servers", args[0]);
        config.put("group.id", args.length > 2 ? args[2] : "follow-example");
        // Without it, parts of what capture had to begin anew would be seen twice.
        config.put("isolation.level", "read_committed");
        config.put("auto.offset.reset", "earliest");
        config.put("enable.auto.commit", "false");
        try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of("sluice.changes." + args[1]));
            List<JsonNode> open = new ArrayList<>();
            while (true) {
                for (ConsumerRecord<String, String> entry : consumer.poll(Duration.ofSeconds(1))) {
                    JsonNode record = JSON.readTree(entry.value());
                    if (record.path("status").asText().equals("END")) {
                        print(record, open);
                        open.clear();
                    } else if (!isHeartbeat(record)) {
                        open.add(record);
                    }
                }
                System.out.flush();
                if (open.isEmpty()) {
                    consumer.commitSync();
                }
            }
        }
    }

    private static boolean isHeartbeat(JsonNode record) {
        return record.at("/message/prefix").asText().equals("sluice.heartbeat");
    }

    private static void print(JsonNode end, List<JsonNode> changes) {
        System.out.println("transaction " + end.path("id").asText() + " with " + changes.size() + " changes");
        for (JsonNode change : changes) {
            JsonNode source = change.path("source");
            String table = source.path("schema").asText() + "." + source.path("table").asText();
            if (change.at("/message/prefix").asText().equals("sluice.too_large")) {
                System.out.println("  a change of " + table + " that no record can hold: read the table anew");
                continue;
            }
            if (change.path("op").asText().equals("m")) {
                System.out.println("  command " + change.at("/message/content/tag").asText());
                continue;
            }
            System.out.println("  " + change.path("op").asText() + " " + table + " " + change.path("before") + " -> "
                    + change.path("after"));
        }
    }
}
