package io.sluice.localstack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaServerIT {
    private static final TopicPartition PARTITION = new TopicPartition("numbers", 0);

    @Test
    void keepsCommittedTransactionsWhenKilledAndRestarted() throws Exception {
        try (KafkaServer server = KafkaServer.startTemporary()) {
            createTopic(server);
            sendInOneTransaction(server, 0, 100);

            server.kill();
            assertThat(server.isRunning()).isFalse();
            server.start();
            sendInOneTransaction(server, 100, 200);
            server.restart();

            assertThat(readCommitted(server, 200))
                    .containsExactlyElementsOf(
                            IntStream.range(0, 200).mapToObj(Integer::toString).toList());
        }
    }

    @Test
    void goesOnInADirectoryWithSpacesAndEndsTheBrokerThatWasLeftThere(@TempDir Path parent) throws Exception {
        Path directory = parent.resolve("a directory");
        int port = Ports.free();
        KafkaServer lost = KafkaServer.in(directory, port, Map.of()).start();
        createTopic(lost);
        sendInOneTransaction(lost, 0, 10);

        try (KafkaServer next = KafkaServer.in(directory, port, Map.of()).start()) {
            assertThat(lost.isRunning()).isFalse();
            assertThat(readCommitted(next, 10)).hasSize(10);
        }
        assertThat(directory.resolve("data/meta.properties")).exists();
    }

    @Test
    void aTemporaryOneAlsoHasAListenerThatWantsTlsACertificateAndAUser(@TempDir Path directory) throws Exception {
        try (KafkaServer server = KafkaServer.startTemporary()) {
            Map<String, String> secured = server.securedClient();
            try (Admin admin = Admin.create(new HashMap<>(secured))) {
                assertThat(admin.describeCluster().nodes().get()).hasSize(1);
            }
            assertRefused(
                    changed(
                            secured,
                            "sasl.jaas.config",
                            secured.get("sasl.jaas.config").replace(server.securedPassword(), "wrong")),
                    SaslAuthenticationException.class);
            String other = Files.writeString(
                            directory.resolve("other.pem"), new CertificateAuthority("another").certificate())
                    .toString();
            assertRefused(changed(secured, "ssl.truststore.location", other), SslAuthenticationException.class);
            Map<String, String> without = new HashMap<>(secured);
            without.keySet().removeIf(name -> name.startsWith("ssl.keystore."));
            assertRefused(without, SslAuthenticationException.class);
        }
    }

    private static Map<String, String> changed(Map<String, String> settings, String name, String value) {
        Map<String, String> changed = new HashMap<>(settings);
        changed.put(name, value);
        return changed;
    }

    private static void assertRefused(Map<String, String> settings, Class<? extends Exception> how) {
        try (Admin admin = Admin.create(new HashMap<>(settings))) {
            assertThatThrownBy(() -> admin.describeCluster().nodes().get()).hasCauseInstanceOf(how);
        }
    }

    private static void createTopic(KafkaServer server) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", server.bootstrapServers()))) {
            admin.createTopics(List.of(new NewTopic(PARTITION.topic(), 1, (short) 1)))
                    .all()
                    .get();
        }
    }

    private static void sendInOneTransaction(KafkaServer server, int from, int to) {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", server.bootstrapServers(), "transactional.id", "numbers-writer");
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            for (int number = from; number < to; number++) {
                var unused = producer.send(new ProducerRecord<>(PARTITION.topic(), Integer.toString(number)));
            }
            producer.commitTransaction();
        }
    }

    private static List<String> readCommitted(KafkaServer server, int count) {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", server.bootstrapServers(), "isolation.level", "read_committed");
        List<String> values = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(PARTITION));
            consumer.seekToBeginning(List.of(PARTITION));
            long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (values.size() < count && System.nanoTime() < deadline) {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> values.add(record.value()));
            }
        }
        return values;
    }
}
