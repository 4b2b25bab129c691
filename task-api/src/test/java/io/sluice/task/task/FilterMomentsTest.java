package io.sluice.task.task;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FilterMomentsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "at > 'now'|at > 'zzqx'",
                "at > ' NOW '::timestamptz AND a|at > ' zzqx '::timestamptz AND a",
                "d IN ('Today 10:00', 'x', 'tomorrow')|d IN ('zzqx 10:00', 'x', 'zzqx')",
                "r && '[yesterday,today)'|r && '[zzqx,zzqx)'",
                "a = 'it''s' AND d = 'now()'|a = 'it''s' AND d = 'zzqx()'",
                "\"it's\" > 'today10:00'|\"it's\" > 'zzqx10:00'"
            })
    void wordsInStringsAreReplaced(String filter, String replaced) {
        assertThat(FilterMoments.replaced(filter)).isEqualTo(replaced);
    }

    @ParameterizedTest
    @ValueSource(strings = {"now > 'know' OR \"today\" = '2026-01-01'", "a = 'nowadays' OR \"it's now\" = ''"})
    void whatIsNoSuchWordStays(String filter) {
        assertThat(FilterMoments.replaced(filter)).isEqualTo(filter);
    }
}
