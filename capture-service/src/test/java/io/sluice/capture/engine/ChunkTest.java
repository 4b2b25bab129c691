package io.sluice.capture.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.task.TableName;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ChunkTest {

    private final ChangeEncoder encoder = new ChangeEncoder("shop");
    private final ChangeEncoder.Table table = encoder.table(
            new TableName("public", "t"),
            List.of(new ChangeEncoder.Column("id", ChangeEncoder.JsonType.INTEGER, true)));
    private final Chunk chunk = new Chunk();

    @Test
    void recordsComeOutAsTheyWentIn() {
        change(5, 1, "1");
        end(5, 2);
        assertThat(chunk.size()).isEqualTo(2);
        assertThat(new String(chunk.key(0), UTF_8))
                .isEqualTo("{\"schema\":\"public\",\"table\":\"t\",\"key\":{\"id\":1}}");
        assertThat(new String(chunk.value(0), UTF_8))
                .startsWith("{\"op\":\"c\"")
                .endsWith("}");
        assertThat(chunk.position(0)).isEqualTo(new ChangePosition(new Lsn(5), 9, 1));
        assertThat(chunk.isChange(0)).isTrue();
        assertThat(chunk.safeLsn(0)).isNull();
        assertThat(chunk.key(1)).isNull();
        assertThat(new String(chunk.value(1), UTF_8))
                .startsWith("{\"status\":\"END\"")
                .endsWith("}");
        assertThat(chunk.isChange(1)).isFalse();
        assertThat(chunk.safeLsn(1)).isEqualTo(new Lsn(6));
        assertThat(chunk.sourceMillis(1)).isEqualTo(77);
    }

    @Test
    void isFullByCount() {
        for (int i = 0; i < Chunk.MOST_RECORDS; i++) {
            assertThat(chunk.isFull()).isFalse();
            change(5, i, "1");
        }
        assertThat(chunk.isFull()).isTrue();
        chunk.clear();
        assertThat(chunk.isEmpty()).isTrue();
        assertThat(chunk.isFull()).isFalse();
    }

    @Test
    void takesAllRecordsOfOneMessageThoughItIsFull() {
        for (int i = 0; i < Chunk.MOST_RECORDS + 10; i++) {
            change(5, i, Integer.toString(i));
        }
        assertThat(chunk.isFull()).isTrue();
        assertThat(chunk.size()).isEqualTo(Chunk.MOST_RECORDS + 10);
        assertThat(new String(chunk.key(Chunk.MOST_RECORDS + 9), UTF_8)).endsWith("{\"id\":2009}}");
        assertThat(chunk.position(Chunk.MOST_RECORDS).order()).isEqualTo(Chunk.MOST_RECORDS);
    }

    @Test
    void isFullByBytes() {
        change(5, 1, "1".repeat(Chunk.MOST_BYTES));
        assertThat(chunk.isFull()).isTrue();
        assertThat(chunk.size()).isEqualTo(1);
    }

    @Test
    void aReaderWaitsForAChunkThatThePublisherGivesBack() throws InterruptedException {
        ChunkExchange exchange = new ChunkExchange();
        Chunk borrowed = exchange.borrow(Duration.ZERO);
        int lent = 0;
        while (borrowed != null) {
            exchange.hand(borrowed);
            lent++;
            borrowed = exchange.borrow(Duration.ZERO);
        }
        assertThat(lent).isPositive();
        exchange.giveBack(exchange.take(Duration.ZERO));
        assertThat(exchange.borrow(Duration.ZERO)).isNotNull();
    }

    private void change(long lsn, long order, String id) {
        ChangePosition position = new ChangePosition(new Lsn(lsn), 9, order);
        @Nullable String[] row = {id};
        encoder.key(chunk.sink(), table, row);
        chunk.endKey();
        encoder.row(chunk.sink(), Operation.INSERT, table, position, 77, 78, null, false, row);
        chunk.endRecord(position, null, 77);
    }

    private void end(long lsn, long order) {
        ChangePosition position = new ChangePosition(new Lsn(lsn), 9, order);
        chunk.endKey();
        encoder.transactionEnd(chunk.sink(), position, new Lsn(lsn + 1), 77);
        chunk.endRecord(position, new Lsn(lsn + 1), 77);
    }
}
