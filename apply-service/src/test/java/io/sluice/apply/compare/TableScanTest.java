package io.sluice.apply.compare;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.task.TableName;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How much of a table is read at once. */
class TableScanTest {

    @Test
    void aTableWithoutStatisticsIsReadInSmallPartsUnderALimit() {
        assertThat(TableScan.pagesAtOnce(table(0), 1_000L)).isEqualTo(10);
        assertThat(TableScan.pagesAtOnce(table(0), 1L)).isEqualTo(1);
        assertThat(TableScan.pagesAtOnce(table(0), null)).isEqualTo(16_384);
    }

    @Test
    void whatIsReadAtOnceIsASecondsWorth() {
        assertThat(TableScan.pagesAtOnce(table(2_000_000), 5_000L)).isEqualTo(250);
        assertThat(TableScan.pagesAtOnce(table(1), 5_000L)).isEqualTo(16_384);
    }

    private static Relation table(long rows) {
        return new Relation(
                new TableName("public", "t"),
                List.of(),
                List.of(),
                null,
                rows,
                800_000_000,
                100_000,
                Relation.Cut.PAGES,
                false);
    }
}
