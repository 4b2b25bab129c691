package io.sluice.capture.snapshot;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.change.ByteSink;
import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.ChangeEncoder.Column;
import io.sluice.contracts.change.ChangeEncoder.JsonType;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.task.TableName;
import java.util.List;
import org.junit.jupiter.api.Test;

class CopiedRowTest {

    private final ChangeEncoder encoder = new ChangeEncoder("shop");
    private final ChangeEncoder.Table table = encoder.table(
            new TableName("public", "t"),
            List.of(
                    new Column("a", JsonType.TEXT, true),
                    new Column("b", JsonType.TEXT, false),
                    new Column("c", JsonType.INTEGER, false)));
    private final CopiedRow row = new CopiedRow(3);

    @Test
    void valuesAreWhatTheyWereBeforeCopyEscapedThem() {
        assertThat(after("x\t\\N\t7\n")).isEqualTo("{\"a\":\"x\",\"b\":null,\"c\":7}");
        assertThat(after("\t\\\\N\t\\N\n")).isEqualTo("{\"a\":\"\",\"b\":\"\\\\N\",\"c\":null}");
        assertThat(after("a\\tb\\nc\\\\\tü\\b\\f\\r\\v\t-1\n"))
                .isEqualTo("{\"a\":\"a\\tb\\nc\\\\\",\"b\":\"ü\\u0008\\u000c\\r\\u000b\",\"c\":-1}");
        // One after the other, in the same places.
        assertThat(after("x\ty\t1\n")).isEqualTo("{\"a\":\"x\",\"b\":\"y\",\"c\":1}");
    }

    @Test
    void anotherNumberOfColumnsIsNoRow() {
        assertThatThrownBy(() -> after("a\tb\n")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> after("a\tb\t1\t2\n")).isInstanceOf(IllegalArgumentException.class);
    }

    private String after(String line) {
        ByteSink sink = new ByteSink(16);
        encoder.snapshotRow(sink, table, "1-a", new Lsn(1), 2, 3, row.take(line.getBytes(UTF_8)), false);
        String text = new String(sink.copyOf(0, sink.size()), UTF_8);
        return text.substring(text.indexOf("\"after\":") + 8, text.lastIndexOf(",\"ts_ms\""));
    }
}
