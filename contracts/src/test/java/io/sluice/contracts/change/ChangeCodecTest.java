package io.sluice.contracts.change;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.change.ChangeEncoder.Column;
import io.sluice.contracts.change.ChangeEncoder.JsonType;
import io.sluice.contracts.change.ChangeRecord.Heartbeat;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.TransactionEnd;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.task.TableName;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ChangeCodecTest {

    private static final TableName NAME = new TableName("public", "Ord\"ers");
    private static final ChangePosition POSITION = new ChangePosition(new Lsn(-5), 4_294_967_295L, 7);

    private final ChangeEncoder encoder = new ChangeEncoder("shop");
    private final ChangeEncoder.Table table = encoder.table(
            NAME,
            List.of(
                    new Column("id", JsonType.INTEGER, true),
                    new Column("note", JsonType.TEXT, false),
                    new Column("open", JsonType.BOOLEAN, false)));
    private final ByteSink sink = new ByteSink(16);

    @Property
    void everyTextComesBackAsItWas(@ForAll String text) {
        // A lone surrogate cannot come from PostgreSQL: it is not UTF-8.
        String storable = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
        sink.clear();
        encoder.row(
                sink,
                Operation.INSERT,
                table,
                POSITION,
                1,
                2,
                null,
                false,
                new @Nullable String[] {"-12", storable, "t"},
                false);
        RowChange change = (RowChange) decoded();
        assertThat(change.after()).isNotNull();
        assertThat(change.after().value("note")).isEqualTo(storable);
        assertThat(change.after().value("id")).isEqualTo("-12");
        assertThat(change.after().value("open")).isEqualTo("true");
    }

    @Test
    void aRowChangeKeepsTableKeyAndPosition() {
        encoder.row(
                sink,
                Operation.UPDATE,
                table,
                POSITION,
                11,
                12,
                new @Nullable String[] {"1", null, null},
                true,
                new @Nullable String[] {"2", ChangeEncoder.UNCHANGED, null},
                false);
        RowChange change = (RowChange) decoded();
        assertThat(change.operation()).isEqualTo(Operation.UPDATE);
        assertThat(change.table()).isEqualTo(NAME);
        assertThat(change.key()).containsExactly("id");
        assertThat(change.position()).isEqualTo(POSITION);
        assertThat(change.commitMillis()).isEqualTo(11);
        assertThat(change.before().columns().names()).containsExactly("id");
        assertThat(change.after().columns().names()).containsExactly("id", "open");
        assertThat(change.after().value("open")).isNull();
    }

    @Test
    void aRecordMaySayWhichColumnsTheTableHas() {
        @Nullable String[] row = {"2", ChangeEncoder.UNCHANGED, "t"};
        encoder.row(sink, Operation.UPDATE, table, POSITION, 11, 12, null, false, row, true);
        RowChange change = (RowChange) decoded();
        assertThat(change.described()).isEqualTo(new Columns(List.of("id", "note", "open")));
        assertThat(change.key()).containsExactly("id");
        assertThat(change.after().columns().names()).containsExactly("id", "open");
        sink.clear();
        encoder.row(sink, Operation.UPDATE, table, POSITION, 11, 12, null, false, row, false);
        assertThat(((RowChange) decoded()).described()).isNull();
    }

    @Test
    void aDescriptionMayHaveTheNumbersOfTheColumns() {
        ChangeEncoder.Table numbered = encoder.table(
                NAME,
                List.of(
                        new ChangeEncoder.Column("id", ChangeEncoder.JsonType.INTEGER, true, 23, 1),
                        new ChangeEncoder.Column("note", ChangeEncoder.JsonType.TEXT, false, 25, 4)));
        encoder.row(sink, Operation.INSERT, numbered, POSITION, 11, 12, null, false, new String[] {"2", "x"}, true);
        RowChange change = (RowChange) decoded();
        assertThat(change.described().names()).containsExactly("id", "note");
        assertThat(change.described().numbers()).containsExactly(1, 4);
        assertThat(change.after().columns().numbers()).isEmpty();
    }

    @Test
    void theOtherKindsComeBack() {
        encoder.truncate(sink, table, POSITION, 3, 4);
        assertThat(decoded()).isEqualTo(new Truncate(NAME, POSITION, 3));
        sink.clear();
        encoder.tooLarge(sink, table, POSITION, 3, 4, 17_000_000);
        assertThat(decoded()).isEqualTo(new ChangeRecord.TooLarge(NAME, POSITION, 3, 17_000_000));
        sink.clear();
        encoder.transactionEnd(sink, POSITION, new Lsn(99), 5);
        assertThat(decoded()).isEqualTo(new TransactionEnd(POSITION, new Lsn(99), 5));
        sink.clear();
        encoder.heartbeat(sink, new Lsn(77), 6, -8, 7);
        assertThat(decoded()).isEqualTo(new Heartbeat(new ChangePosition(new Lsn(77), 0, 0), 6, -8));
    }

    @Test
    void aCommandThatChangedTheStructureComesBack() {
        SourceTable before = new SourceTable(
                "public",
                "orders",
                List.of(new SourceTable.Column(1, "id", "bigint", true, null, "a", null, null, "7")),
                List.of(new SourceTable.Constraint("orders_pkey", "p", "PRIMARY KEY (id)")),
                List.of(new SourceTable.Index("by_id", "CREATE INDEX by_id ON public.orders USING btree (id)")),
                16_385L);
        SourceObject table = new SourceObject(
                "table", "public", "orders", false, before, before, null, List.of(), List.of("a \"label\""));
        DdlContent content = new DdlContent("ALTER TABLE", "ALTER TABLE \"x\" …", List.of(table), null);
        encoder.ddl(sink, POSITION, content.write(), 8, 9);
        assertThat(decoded())
                .isEqualTo(new ChangeRecord.Ddl(POSITION, 8, content.tag(), content.statement(), List.of(table), null));
    }

    @Test
    void theRecordKeyHoldsTheKeyColumnsOnly() {
        encoder.key(sink, table, new @Nullable String[] {"5", "x", "f"});
        assertThat(text()).isEqualTo("{\"schema\":\"public\",\"table\":\"Ord\\\"ers\",\"key\":{\"id\":5}}");
    }

    @Test
    void anLsnReadsAsPostgresqlWritesIt() {
        assertThat(Lsn.parse("16/B374D848").toString()).isEqualTo("16/B374D848");
        assertThat(Lsn.parse("FFFFFFFF/FFFFFFFF").isAfter(Lsn.parse("0/1"))).isTrue();
    }

    private String text() {
        return new String(sink.copyOf(0, sink.size()), StandardCharsets.UTF_8);
    }

    private ChangeRecord decoded() {
        return new ChangeDecoder().decode(sink.copyOf(0, sink.size()));
    }
}
