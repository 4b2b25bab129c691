package io.sluice.contracts.change;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.change.ChangeEncoder.Column;
import io.sluice.contracts.change.ChangeEncoder.JsonType;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.TransactionEnd;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is read quickly is what a parser reads. */
class QuickDecoderTest {

    private static final List<String> TEXTS = List.of(
            "",
            "plain",
            "with \"quotes\", \\ and },{\"after\":null",
            "line\nline\r\ttab",
            "\u0001\u001f",
            "größe 漢字 \uD83D\uDE00",
            "\uFFFD",
            ",\"txId\":1",
            "x".repeat(3_000) + "\\" + "y".repeat(700));

    private final ChangeEncoder encoder = new ChangeEncoder("shop");
    private final ByteSink sink = new ByteSink(16);

    /** A table with its columns, and rows of it at random. */
    private static final class Shaped {
        private final ChangeEncoder.Table table;
        private final List<Column> columns;

        Shaped(ChangeEncoder encoder, Random random, int number) {
            columns = IntStream.range(0, 1 + random.nextInt(6))
                    .mapToObj(place -> new Column(
                            place == 0 ? "id" : one(random, TEXTS) + place,
                            one(random, List.of(JsonType.values())),
                            place == 0,
                            place,
                            place + 1))
                    .toList();
            table = encoder.table(new TableName("s" + number % 3, "table \"" + number), columns);
        }

        @Nullable
        String[] row(Random random) {
            return columns.stream()
                    .map(column -> random.nextInt(8) == 0
                            ? null
                            : random.nextInt(8) == 0 && !column.key() ? ChangeEncoder.UNCHANGED : value(column, random))
                    .toArray(String[]::new);
        }

        private static String value(Column column, Random random) {
            return switch (column.type()) {
                case INTEGER -> Long.toString(random.nextLong() >> random.nextInt(64));
                case BOOLEAN -> random.nextBoolean() ? "t" : "f";
                case TEXT -> one(random, TEXTS);
            };
        }
    }

    private static <T> T one(Random random, List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    @Property(tries = 200)
    void everyRecordIsReadAsAParserReadsIt(@ForAll long seed) {
        Random random = new Random(seed);
        ChangeDecoder decoder = new ChangeDecoder();
        ChangeDecoder parser = new ChangeDecoder();
        List<Shaped> tables = IntStream.range(0, 1 + random.nextInt(5))
                .mapToObj(number -> new Shaped(encoder, random, number))
                .toList();
        for (int i = 0; i < 40; i++) {
            byte[] record = record(tables.get(random.nextInt(tables.size())), random);
            assertThat(decoder.decode(record)).isEqualTo(parser.parse(record));
            byte[] damaged = record.clone();
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            assertThat(read(() -> decoder.decode(damaged)))
                    .as(() -> new String(damaged, StandardCharsets.UTF_8))
                    .isEqualTo(read(() -> parser.parse(damaged)));
        }
    }

    private byte[] record(Shaped shaped, Random random) {
        sink.clear();
        ChangePosition position = new ChangePosition(
                new Lsn(random.nextLong() >>> random.nextInt(64)), random.nextInt(), 1 + random.nextInt(9));
        if (random.nextInt(6) == 0) {
            encoder.transactionEnd(sink, position, new Lsn(random.nextLong() >>> 1), random.nextInt(1_000_000));
        } else {
            Operation operation = one(random, List.of(Operation.values()));
            @Nullable String[] before = operation == Operation.INSERT ? null : shaped.row(random);
            @Nullable String[] after = operation == Operation.DELETE ? null : shaped.row(random);
            encoder.row(
                    sink,
                    operation,
                    shaped.table,
                    position,
                    1_795_257_600_000L,
                    7,
                    before,
                    random.nextBoolean(),
                    after,
                    random.nextBoolean());
        }
        return sink.copyOf(0, sink.size());
    }

    private static List<Object> read(java.util.function.Supplier<ChangeRecord> reading) {
        List<Object> result = new ArrayList<>();
        try {
            result.add(reading.get());
        } catch (SluiceException e) {
            result.add(e.code());
        }
        return result;
    }

    @Test
    void theSecondRowOfAShapeNeedsNoParser() {
        Random random = new Random(1);
        Shaped shaped = new Shaped(encoder, random, 1);
        QuickDecoder quick = new QuickDecoder();
        ChangePosition position = new ChangePosition(new Lsn(5), 6, 7);
        @Nullable
        String[] row = shaped.columns.stream()
                .map(column -> Shaped.value(column, random))
                .toArray(String[]::new);
        encoder.row(sink, Operation.INSERT, shaped.table, position, 1, 2, null, false, row);
        byte[] record = sink.copyOf(0, sink.size());
        assertThat(quick.decode(record)).isNull();
        quick.learn(record, (RowChange) new ChangeDecoder().parse(record));
        assertThat(quick.decode(record)).isInstanceOf(RowChange.class);
        sink.clear();
        encoder.transactionEnd(sink, position, new Lsn(9), 3);
        assertThat(quick.decode(sink.copyOf(0, sink.size()))).isInstanceOf(TransactionEnd.class);
    }

    /** What comes behind may say something else of the table: it is not what the encoder writes, and nothing is learnt. */
    @Test
    void aRecordOfAnotherFormTeachesNothing() {
        String odd =
                "{\"op\":\"c\",\"source\":{\"connector\":\"sluice\",\"db\":\"shop\",\"schema\":\"public\",\"table\":\"a\","
                        + "\"key\":[\"id\"],\"txId\":1,\"lsn\":2,\"table\":\"b\",\"ts_ms\":3},\"transaction\":{\"id\":\"1:2\","
                        + "\"total_order\":1},\"before\":null,\"after\":{\"id\":1},\"ts_ms\":4}";
        ChangeDecoder decoder = new ChangeDecoder();
        decoder.decode(odd.getBytes(StandardCharsets.UTF_8));
        ChangeEncoder.Table table =
                encoder.table(new TableName("public", "a"), List.of(new Column("id", JsonType.INTEGER, true)));
        encoder.row(
                sink,
                Operation.INSERT,
                table,
                new ChangePosition(new Lsn(2), 1, 1),
                3,
                4,
                null,
                false,
                new @Nullable String[] {"1"});
        RowChange change = (RowChange) decoder.decode(sink.copyOf(0, sink.size()));
        assertThat(change.table()).isEqualTo(new TableName("public", "a"));
    }
}
