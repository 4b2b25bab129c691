package io.sluice.apply.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PieceSizeTest {

    private static final long PAGE = 8_192;
    private static final double FREE = Double.POSITIVE_INFINITY;

    @Test
    void aPieceIsAHundredthOfTheTableWithinBounds() {
        PieceSize size = new PieceSize();
        assertThat(size.next(1_000_000 * PAGE, 4, FREE)).isEqualTo(256 * PAGE);
        size.took(1_000 * PAGE, Duration.ofSeconds(1));
        // A million pages at a thousand a second by four workers: 250 s, of which a hundredth is 2.5 s.
        assertThat(size.next(1_000_000 * PAGE, 4, FREE)).isEqualTo(2_500 * PAGE);
        assertThat(size.next(1_000 * PAGE, 4, FREE)).isEqualTo(150 * PAGE);
        assertThat(size.next(1_000_000_000 * PAGE, 4, FREE)).isEqualTo(4_000 * PAGE);
        // 400 pages a second for all: a hundred for each, for four seconds.
        assertThat(size.next(1_000_000 * PAGE, 4, 400 * PAGE)).isEqualTo(400 * PAGE);
    }

    @Test
    void ofASmallTableNotAllIsUnderWayAtOnce() {
        PieceSize size = new PieceSize();
        size.took(1_000 * PAGE, Duration.ofMillis(10));
        assertThat(size.next(40_000 * PAGE, 4, FREE)).isEqualTo(625 * PAGE);
        assertThat(size.next(1_000 * PAGE, 4, FREE)).isEqualTo(256 * PAGE);
    }

    /** 20,000 documents of 2.5 MB have 175 pages of the heap, and all else is beside it. */
    @Test
    void aTableOfLargeValuesIsCutByWhatItsPagesStandFor() {
        long pages = 175;
        TableCopy table = copy(new SourcePart(
                new TableName("public", "doc"),
                2,
                3,
                pages,
                50L << 30,
                false,
                SourcePart.Pieces.RANGES,
                "",
                List.of()));
        WorkQueue queue = new WorkQueue(copied -> List.of());
        queue.addAll(List.of(table));
        queue.pace(4, FREE);
        List<PageRange> pieces = new ArrayList<>();
        while (table.hasPages()) {
            Work.CopyPiece piece = (Work.CopyPiece) queue.take();
            pieces.add(piece.range());
            // 285 MB a page, at 300 MB a second.
            queue.done(
                    piece,
                    Duration.ofSeconds(
                            Math.min(piece.range().to(), pages) - piece.range().from()));
        }
        assertThat(pieces).hasSizeGreaterThan(40);
        assertThat(pieces.getFirst()).isEqualTo(new PageRange(0, 1));
        assertThat(pieces.getLast().to()).isEqualTo(PageRange.END);
        assertThat(PageRange.without(pieces)).isEmpty();
    }

    private static TableCopy copy(SourcePart part) {
        TableDefinition definition = new TableDefinition(
                part.name(),
                part.oid(),
                TableDefinition.Kind.TABLE,
                false,
                TableDefinition.ReplicaIdentity.DEFAULT,
                0,
                part.bytes(),
                part.pages(),
                List.of(),
                List.of(),
                List.of());
        return new TableCopy(
                List.of(new SourceTable(definition, TableMapping.unchanged(part.name()), List.of(part), null, null)),
                true,
                false,
                false,
                null,
                List.of());
    }
}
