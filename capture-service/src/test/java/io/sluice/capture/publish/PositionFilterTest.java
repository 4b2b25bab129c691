package io.sluice.capture.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.SluiceException;
import org.junit.jupiter.api.Test;

class PositionFilterTest {

    @Test
    void anEmptyTopicTakesEverything() {
        PositionFilter filter = new PositionFilter(null);
        assertThat(filter.passes(at(1, 1))).isTrue();
        assertThat(filter.passes(at(1, 2))).isTrue();
        assertThat(filter.passes(at(5, 0))).isTrue();
    }

    @Test
    void whatIsThereAlreadyIsLeftOutAlsoInTheMiddleOfATransaction() {
        PositionFilter filter = new PositionFilter(at(20, 2));
        assertThat(filter.passes(at(10, 1))).isFalse();
        assertThat(filter.passes(at(15, 0))).isFalse();
        assertThat(filter.passes(at(20, 1))).isFalse();
        assertThat(filter.passes(at(20, 2))).isFalse();
        assertThat(filter.passes(at(20, 3))).isTrue();
        assertThat(filter.passes(at(30, 1))).isTrue();
    }

    @Test
    void positionsAreUnsigned() {
        PositionFilter filter = new PositionFilter(at(Long.MAX_VALUE, 1));
        assertThat(filter.passes(at(Long.MIN_VALUE, 1))).isTrue();
    }

    @Test
    void aStreamThatGoesBackIsRefused() {
        PositionFilter filter = new PositionFilter(at(20, 2));
        assertThat(filter.passes(at(30, 1))).isTrue();
        assertThatThrownBy(() -> filter.passes(at(20, 3)))
                .isInstanceOf(SluiceException.class)
                .hasMessageContaining("went back");
        assertThatThrownBy(() -> filter.passes(at(30, 1))).isInstanceOf(SluiceException.class);
    }

    private static ChangePosition at(long lsn, long order) {
        return new ChangePosition(new Lsn(lsn), order == 0 ? 0 : 7, order);
    }
}
