package io.sluice.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** "Changing the master key" of docs/security.md, step by step, under a task that streams; on a Sluice of its own. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class KeyRotationIT {

    private static final Pattern SEALED = Pattern.compile("\\bv[12]:[A-Za-z0-9+/:._-]{8}");

    @Test
    void aTaskStreamsOnWhileTheMasterKeyChangesAndOnceTheOldOneIsGone() throws Exception {
        try (Sluice sluice = Sluice.start();
                Webhook webhook = Webhook.start()) {
            String before = "2025:" + sluice.secrets().get("the master key");
            String after = "2026:" + newKey();
            Pair pair = WorkloadDatabase.create(sluice, "key_rotation");
            String signing = webhook.subscribe(sluice, "rotation");
            String token = issuedToken(sluice);
            try (Workload workload = Workload.start(pair)) {
                Task task = Task.started(pair, Shapes.SCHEMA);
                task.awaitStreaming();

                task = restarted(sluice, task, before + "," + after);
                task = restarted(sluice, task, after + "," + before);
                JsonNode subscriptions =
                        sluice.notifier().post("/api/v1/secrets/reencrypt").expect(200);
                JsonNode tasks =
                        sluice.tasks().post("/api/v1/secrets/reencrypt").expect(200);
                for (JsonNode done : List.of(subscriptions, tasks)) {
                    assertThat(done.path("reencrypted").asInt())
                            .as(done.toString())
                            .isEqualTo(1);
                    assertThat(done.path("unreadable")).as(done.toString()).isEmpty();
                }
                task.awaitZeroLag();
                awaitCompacted(sluice, List.of("sluice.tasks", "sluice.tokens"));
                task = restarted(sluice, task, after);

                workload.bigTransaction(20_000);
                task.awaitApplied(workload.stop());
                pair.assertEqual(Shapes.SCHEMA);
                for (String service : List.of(
                        sluice.stack().taskApi().url() + "/api/v1/tasks",
                        sluice.stack().notifier().url() + "/api/v1/topics")) {
                    new Api(service, token).get("").expect(200);
                }
                int known = webhook.messages().size();
                sluice.notifier().post("/api/v1/topics/rotation/test").expect(202);
                await("a message").until(() -> webhook.messages().size() > known);
                assertThat(webhook.messages().getLast().isSignedWith(signing)).isTrue();
                task.end();
            }
        }
    }

    /** All services with these keys, and the task as far as the source. */
    private static Task restarted(Sluice sluice, Task task, String keys) {
        sluice.restart(Map.of("SLUICE_MASTER_KEYS", keys, "SLUICE_MASTER_KEY", ""));
        Task same = task.through(sluice.tasks());
        same.awaitZeroLag();
        assertThat(same.state()).isEqualTo("INCREMENTAL_SYNC");
        return same;
    }

    private static String newKey() {
        byte[] key = new byte[32];
        new SecureRandom().nextBytes(key);
        return Base64.getEncoder().encodeToString(key);
    }

    private static String issuedToken(Sluice sluice) {
        ObjectNode wanted = Api.JSON.createObjectNode().put("name", "rotation").put("role", "viewer");
        wanted.putArray("projects").add("*");
        return sluice.tasks()
                .post("/api/v1/tokens", wanted)
                .expect(201)
                .required("token")
                .asText();
    }

    /** What takes a day is asked of Kafka at once; the newest part of a log is left alone until another one is begun. */
    private static void awaitCompacted(Sluice sluice, List<String> topics) throws Exception {
        Map<String, Object> kafka =
                Map.of("bootstrap.servers", sluice.stack().kafka().bootstrapServers());
        Map<ConfigResource, Collection<AlterConfigOp>> atOnce = new HashMap<>();
        for (String topic : topics) {
            atOnce.put(
                    new ConfigResource(ConfigResource.Type.TOPIC, topic),
                    List.of(
                            set("segment.ms", "100"),
                            set("min.cleanable.dirty.ratio", "0.001"),
                            set("max.compaction.lag.ms", "1000")));
        }
        // Of every broker: how long its cleaner rests when it has found nothing to do.
        atOnce.put(new ConfigResource(ConfigResource.Type.BROKER, ""), List.of(set("log.cleaner.backoff.ms", "500")));
        try (Admin admin = Admin.create(kafka);
                KafkaProducer<byte[], byte[]> producer =
                        new KafkaProducer<>(kafka, new ByteArraySerializer(), new ByteArraySerializer())) {
            admin.incrementalAlterConfigs(atOnce).all().get();
            for (String topic : topics) {
                await(topic + " holds nothing of the old key")
                        .atMost(Duration.ofMinutes(3))
                        .pollInterval(Duration.ofSeconds(1))
                        .until(() -> {
                            beginSegments(producer, topics);
                            return keys(sluice, topic).stream().allMatch(key -> key.startsWith("v2:2026:"));
                        });
            }
        }
    }

    private static AlterConfigOp set(String name, String value) {
        return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    }

    private static void beginSegments(KafkaProducer<byte[], byte[]> producer, List<String> topics) throws Exception {
        for (String topic : topics) {
            for (PartitionInfo partition : producer.partitionsFor(topic)) {
                byte[] nobody = "of no task".getBytes(UTF_8);
                producer.send(new ProducerRecord<>(topic, partition.partition(), nobody, null))
                        .get();
            }
        }
    }

    private static List<String> keys(Sluice sluice, String topic) {
        List<String> found = new ArrayList<>();
        Topics.read(sluice, topic, "read_uncommitted", entry -> {
            if (entry.value() != null) {
                Matcher sealed = SEALED.matcher(new String(entry.value(), UTF_8));
                while (sealed.find()) {
                    found.add(sealed.group());
                }
            }
        });
        return found;
    }
}
