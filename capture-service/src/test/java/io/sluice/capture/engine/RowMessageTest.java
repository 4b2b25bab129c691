package io.sluice.capture.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.change.ByteSink;
import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.ChangeEncoder.Column;
import io.sluice.contracts.change.ChangeEncoder.JsonType;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.change.TupleData;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Messages as PostgreSQL's manual writes them down; real ones are read in the integration tests. */
class RowMessageTest {

    private static final TableName NAME = new TableName("public", "orders");
    private static final String UNCHANGED = "unchanged";
    private static final Relation TABLE = new Relation(
            1,
            NAME,
            'd',
            List.of(
                    new Relation.Column("id", true, 20),
                    new Relation.Column("note", false, 25),
                    new Relation.Column("open", false, 16)));

    private final ByteBuffer buffer = ByteBuffer.allocate(200);
    private final RowMessage row = new RowMessage();

    @Test
    void anInsertHasANewRow() {
        begin('I');
        tuple('N', "7", "a \"word\"\n\u0001 \\ ü€😀", "t");
        read();
        assertThat(row.operation()).isEqualTo(Operation.INSERT);
        assertThat(row.before()).isNull();
        assertThat(json(row.after()))
                .isEqualTo("{\"id\":7,\"note\":\"a \\\"word\\\"\\n\\u0001 \\\\ ü€😀\",\"open\":true}");
        assertThat(row.newest()).isSameAs(row.naming());
    }

    @Test
    void anUpdateMayBringItsOldKey() {
        begin('U');
        tuple('K', "7", null, null);
        tuple('N', "8", UNCHANGED, "f");
        read();
        assertThat(row.operation()).isEqualTo(Operation.UPDATE);
        assertThat(row.oldImageIsKey()).isTrue();
        assertThat(row.oldImageIsWhole()).isFalse();
        assertThat(json(row.naming())).startsWith("{\"id\":7,");
        assertThat(json(row.newest())).isEqualTo("{\"id\":8,\"open\":false}");
    }

    @Test
    void anUpdateWithoutAnOldImageIsNamedByTheNewOne() {
        begin('U');
        tuple('N', "8", "", null);
        read();
        assertThat(row.before()).isNull();
        assertThat(json(row.naming())).isEqualTo("{\"id\":8,\"note\":\"\",\"open\":null}");
    }

    @Test
    void aDeleteHasAnOldRowAlone() {
        begin('D');
        tuple('O', "7", "x", null);
        read();
        assertThat(row.operation()).isEqualTo(Operation.DELETE);
        assertThat(row.oldImageIsWhole()).isTrue();
        assertThat(row.after()).isNull();
        assertThat(json(row.newest())).isEqualTo("{\"id\":7,\"note\":\"x\",\"open\":null}");
    }

    @Test
    void otherThanTheDescriptionSaysIsAnError() {
        begin('I');
        tuple('N', "7", "x");
        assertThatThrownBy(this::read)
                .isInstanceOf(SluiceException.class)
                .hasMessageContaining("public.orders came with 2 values for 3 columns");
    }

    @Test
    void aValueThatIsNotTextIsAnError() {
        begin('I');
        buffer.put((byte) 'N').putShort((short) 3).put((byte) 'b').putInt(1).put((byte) 0);
        assertThatThrownBy(this::read).hasMessageContaining("public.orders came in an unknown form: b");
    }

    private void begin(char type) {
        // Something before it: a message is a part of what was received.
        buffer.putLong(0).put((byte) type).putInt(TABLE.oid());
    }

    @SuppressWarnings("ReferenceEquality")
    private void tuple(char kind, @Nullable String... values) {
        buffer.put((byte) kind).putShort((short) values.length);
        for (String value : values) {
            if (value == null) {
                buffer.put((byte) 'n');
            } else if (value == UNCHANGED) {
                buffer.put((byte) 'u');
            } else {
                byte[] bytes = value.getBytes(UTF_8);
                buffer.put((byte) 't').putInt(bytes.length).put(bytes);
            }
        }
    }

    private void read() {
        row.read(buffer.flip().position(Long.BYTES).slice(), TABLE);
    }

    private static String json(@Nullable TupleData image) {
        assertThat(image).isNotNull();
        ChangeEncoder encoder = new ChangeEncoder("shop");
        ChangeEncoder.Table table = encoder.table(
                NAME,
                List.of(
                        new Column("id", JsonType.INTEGER, true),
                        new Column("note", JsonType.TEXT, true),
                        new Column("open", JsonType.BOOLEAN, true)));
        ByteSink sink = new ByteSink(16);
        encoder.key(sink, table, image);
        String key = new String(sink.copyOf(0, sink.size()), UTF_8);
        return key.substring(key.indexOf("\"key\":") + 6, key.length() - 1);
    }
}
