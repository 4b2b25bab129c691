package io.sluice.localstack.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TaskWatchTest {
    @Test
    void readsAnLsn() {
        assertThat(TaskWatch.parseLsn("0/16B3748")).isEqualTo(0x16B3748L);
        assertThat(TaskWatch.parseLsn("2/FFFFFFFF")).isEqualTo(0x2FFFFFFFFL);
        assertThatThrownBy(() -> TaskWatch.parseLsn("16B3748")).hasMessageContaining("16B3748");
    }
}
