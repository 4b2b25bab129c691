package io.sluice.apply.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PageRangeTest {

    @Test
    void whatIsLeftAndWhatIsDoneMakeTheWholeHeap() {
        assertThat(PageRange.without(List.of())).containsExactly(new PageRange(0, PageRange.END));
        assertThat(PageRange.without(List.of(new PageRange(20, 30), new PageRange(0, 10))))
                .containsExactly(new PageRange(10, 20), new PageRange(30, PageRange.END));
        assertThat(PageRange.without(List.of(new PageRange(10, PageRange.END), new PageRange(0, 10))))
                .isEmpty();
    }

    @Test
    void firstAndLastRangesHaveNoOuterBound() {
        assertThat(new PageRange(0, PageRange.END).condition()).isEmpty();
        assertThat(new PageRange(0, 5).condition()).isEqualTo("ctid < '(5,0)'::tid");
        assertThat(new PageRange(5, PageRange.END).condition()).isEqualTo("ctid >= '(5,0)'::tid");
    }
}
