package io.sluice.capture;

import static io.sluice.capture.SubscribedTopic.readUntil;
import static io.sluice.capture.SubscribedTopic.tree;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.capture.SubscribedTopic.Read;
import io.sluice.contracts.Topics;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In a table without a key each row that comes twice, or not at all, shows. */
class SnapshotKilledIT {

    @TempDir
    private Path directory;

    @Test
    void whoFollowsTheDocumentationHasEachRowOnceThoughCaptureWasKilledWithinASnapshot() throws Exception {
        try (TestingTask task = new TestingTask(
                        List.of("item"),
                        "CREATE TABLE item (v int, pad text)",
                        "ALTER TABLE item REPLICA IDENTITY FULL",
                        "INSERT INTO item SELECT i / 2, repeat('x', 300) FROM generate_series(1, 60000) i");
                Connection connection = task.connect();
                Statement open = connection.createStatement()) {
            task.start();
            String broken;
            try (CaptureProcess process = CaptureProcess.snapshot(task, directory.resolve("capture.log"))) {
                broken = readUntil(Topics.snapshots(task.id), Read::isRow)
                        .getLast()
                        .snapshot();
                task.sql("INSERT INTO item VALUES (-1), (-1)", "DELETE FROM item WHERE v = 7");
                assertThat(process.isAlive()).isTrue();
                process.kill();
            }
            connection.setAutoCommit(false);
            open.execute("INSERT INTO item VALUES (-2), (-2)");
            open.execute("DELETE FROM item WHERE v = 8");
            TestingSnapshot.run(task).join();
            connection.commit();
            task.sql("DELETE FROM item WHERE v = 9", "INSERT INTO item VALUES (-3)");

            List<Read> records = new ArrayList<>(readUntil(Topics.snapshots(task.id), record -> record.is("END")));
            String whole = records.getLast().snapshot();
            assertThat(whole).isNotEqualTo(broken);
            assertThat(records.stream().map(Read::snapshot).distinct()).containsExactly(broken, whole);
            int[] ended = {0};
            records.addAll(readUntil(Topics.changes(task.id), record -> record.is("END") && ++ended[0] == 5));
            JsonNode copy = tree(ExamplesIT.copy(records.stream()
                            .map(record -> record.value().toString())
                            .toList())
                    .getBytes(UTF_8));
            JsonNode source =
                    tree(task.query("SELECT json_agg(v ORDER BY v) FROM item").getBytes(UTF_8));
            assertThat(StreamSupport.stream(copy.path("public.item").spliterator(), false)
                            .map(row -> row.path("v").asInt())
                            .sorted()
                            .toList()
                            .equals(StreamSupport.stream(source.spliterator(), false)
                                    .map(JsonNode::asInt)
                                    .toList()))
                    .isTrue();
        }
    }
}
