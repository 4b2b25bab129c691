package io.sluice.capture.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.util.List;
import org.junit.jupiter.api.Test;

class PositionFilterTest {

    @Test
    void anEmptyTopicTakesEverything() {
        PositionFilter filter = new PositionFilter(null, false);
        assertThat(filter.passes(at(1, 1))).isTrue();
        assertThat(filter.passes(at(1, 2))).isTrue();
        assertThat(filter.passes(at(5, 0))).isTrue();
    }

    @Test
    void whatIsThereAlreadyIsLeftOutAlsoInTheMiddleOfATransaction() {
        PositionFilter filter = new PositionFilter(at(20, 2), true);
        assertThat(filter.passes(at(10, 1))).isFalse();
        assertThat(filter.passes(at(15, 0))).isFalse();
        assertThat(filter.passes(at(20, 1))).isFalse();
        assertThat(filter.passes(at(20, 2))).isFalse();
        assertThat(filter.passes(at(20, 3))).isTrue();
        assertThat(filter.passes(at(30, 1))).isTrue();
    }

    @Test
    void positionsAreUnsigned() {
        PositionFilter filter = new PositionFilter(at(Long.MAX_VALUE, 1), false);
        assertThat(filter.passes(at(Long.MIN_VALUE, 1))).isTrue();
    }

    @Test
    void aStreamThatGoesBackIsRefused() {
        PositionFilter filter = new PositionFilter(at(20, 2), false);
        assertThat(filter.passes(at(30, 1))).isTrue();
        assertThatThrownBy(() -> filter.passes(at(20, 3)))
                .isInstanceOf(SluiceException.class)
                .hasMessageContaining("went back");
        assertThatThrownBy(() -> filter.passes(at(30, 1))).isInstanceOf(SluiceException.class);
    }

    @Test
    void aSourceThatHasSomethingElseWhereTheTopicEndsIsNotGoneOnFrom() {
        for (ChangePosition other : List.of(at(15, 1), at(20, 1), at(20, 0))) {
            PositionFilter filter = new PositionFilter(at(20, 2), true);
            assertThat(filter.passes(other)).isFalse();
            assertThatThrownBy(() -> filter.passes(at(20, 3)))
                    .isInstanceOfSatisfying(
                            SluiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SLOT_LOST));
        }
        PositionFilter filter = new PositionFilter(at(20, 2), true);
        assertThat(filter.passes(new ChangePosition(new Lsn(20), 8, 2))).isFalse();
        assertThatThrownBy(() -> filter.passes(at(30, 1))).hasMessageContaining("lacks changes");
    }

    private static ChangePosition at(long lsn, long order) {
        return new ChangePosition(new Lsn(lsn), order == 0 ? 0 : 7, order);
    }
}
