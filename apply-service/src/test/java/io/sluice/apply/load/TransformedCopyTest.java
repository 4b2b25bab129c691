package io.sluice.apply.load;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.transform.RowTransform;
import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TransformedCopyTest {

    private static final TableName DOC = new TableName("public", "doc");
    private static final int MEGABYTE = 1 << 20;

    private long written;
    private int largestPortion;

    @Test
    void theLargestRowIsAShareOfTheHeap() {
        assertThat(TransformedCopy.largestRow(256L << 20, 4)).isEqualTo(8 * MEGABYTE);
        assertThat(TransformedCopy.largestRow(64L << 20, 32)).isEqualTo(MEGABYTE);
        assertThat(TransformedCopy.largestRow(64L << 30, 1)).isEqualTo(32 * MEGABYTE);
    }

    @Test
    void aRowThatIsTooLargeIsRefusedWithTheTableAndTheLimit() {
        TransformedCopy copy = copy("{\"body\": row.body}", MEGABYTE);
        assertThatThrownBy(() -> send(copy, row(MEGABYTE + 1)))
                .isInstanceOfSatisfying(
                        SluiceException.class,
                        refused -> assertThat(refused.code()).isEqualTo(ErrorCode.TRANSFORM_FAILED))
                .hasMessageContaining("A row of table public.doc is larger than 1 MB");
        assertThat(written).isZero();
    }

    @Test
    void whatBecomesTooLargeIsRefused() {
        TransformedCopy copy = copy("{\"body\": row.body + row.body + row.body}", MEGABYTE);
        assertThatThrownBy(() -> send(copy, row(MEGABYTE - 10)))
                .hasMessageContaining("What the transform makes of a row of table public.doc is larger than 2 MB");
    }

    @Test
    void manyRowsThatGrowAreHandedOnOneByOne() throws SQLException {
        String eight = String.join(" + ", Collections.nCopies(8, "row.body"));
        TransformedCopy copy = copy("{\"body\": " + eight + "}", MEGABYTE);
        send(copy, row(20_000).repeat(200));
        assertThat(written).isEqualTo(200 * (2 + 8 * 20_000 + 1));
        assertThat(largestPortion).isLessThan(400_000);
    }

    private void send(TransformedCopy copy, String rows) throws SQLException {
        byte[] all = rows.getBytes(US_ASCII);
        byte[] buffer = new byte[1 << 16];
        for (int from = 0; from < all.length; from += buffer.length) {
            int length = Math.min(buffer.length, all.length - from);
            System.arraycopy(all, from, buffer, 0, length);
            copy.take(buffer, length, (bytes, begin, count) -> {
                written += count;
                largestPortion = Math.max(largestPortion, count);
            });
        }
        copy.end();
    }

    /** The row's place, a number, and a text of so many bytes. */
    private static String row(int size) {
        return "(0,1)\t7\t" + "x".repeat(size) + "\n";
    }

    private static TransformedCopy copy(String expression, int largestRow) {
        TableMapping mapping = new TableMapping(DOC, DOC, Set.of(), Map.of(), NameCase.SOURCE, null, null, expression);
        SourcePart part = new SourcePart(DOC, 1, 2, 10, 81_920, false, SourcePart.Pieces.RANGES, "", List.of());
        TableDefinition definition = new TableDefinition(
                DOC,
                1,
                TableDefinition.Kind.TABLE,
                false,
                TableDefinition.ReplicaIdentity.DEFAULT,
                0,
                part.bytes(),
                part.pages(),
                List.of(column("id", "integer"), column("body", "text")),
                List.of("id"),
                List.of("id"));
        RowTransform transform = Objects.requireNonNull(RowTransform.of(mapping));
        return new TransformedCopy(
                new SourceTable(definition, mapping, List.of(part), null, transform), part, transform, largestRow);
    }

    private static ColumnDefinition column(String name, String type) {
        return new ColumnDefinition(
                name, type, type, true, type, false, null, ColumnDefinition.Identity.NONE, null, null, "=");
    }
}
