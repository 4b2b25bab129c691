package io.sluice.apply.load;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ColumnWatchTest {

    @Test
    void columnsAreToldByNumberAndName() {
        assertThat(ColumnWatch.numbered("1 id 23;3 \"a; \"\"5\"\" b 7;\" 25;12 ünï 1043;13 \"x\ny\" 25;"))
                .containsExactly("1 id", "3 a; \"5\" b 7;", "12 ünï", "13 x\ny");
        assertThat(ColumnWatch.numbered("")).isEmpty();
    }
}
