package io.sluice.capture.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.change.Lsn;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class OpenTransactionTest {

    private static final PublishLimits LIMITS = new PublishLimits(3, 100, Duration.ofNanos(50), Duration.ofMillis(1));

    private static final PublishLimits WIDE =
            new PublishLimits(20_000, 8 << 20, Duration.ofMillis(100), Duration.ofMillis(3));

    private final OpenTransaction transaction = new OpenTransaction(LIMITS);

    @Test
    void isOpenFromItsFirstRecordOn() {
        assertThat(transaction.isOpen()).isFalse();
        assertThat(transaction.isDue(1_000)).isFalse();
        transaction.add(1, true, 5, null, 0);
        assertThat(transaction.isOpen()).isTrue();
        assertThat(transaction.isDue(1)).isFalse();
    }

    @Test
    void isDueByCount() {
        transaction.add(1, true, 5, null, 0);
        transaction.add(1, true, 5, null, 0);
        assertThat(transaction.isDue(0)).isFalse();
        transaction.add(1, true, 5, null, 0);
        assertThat(transaction.isDue(0)).isTrue();
    }

    @Test
    void isDueByBytes() {
        transaction.add(99, true, 5, null, 0);
        assertThat(transaction.isDue(0)).isFalse();
        transaction.add(1, true, 5, null, 0);
        assertThat(transaction.isDue(0)).isTrue();
    }

    @Test
    void isDueByTheAgeOfItsFirstRecord() {
        transaction.add(1, true, 5, null, 10);
        transaction.add(1, true, 5, null, 40);
        assertThat(transaction.isDue(59)).isFalse();
        assertThat(transaction.isDue(60)).isTrue();
    }

    @Test
    void isDueSoonWhereRecordsComeSlowly() {
        OpenTransaction slow = new OpenTransaction(WIDE);
        slow.add(1, true, 5, null, 0);
        slow.add(1, false, 5, null, 4_000_000);
        assertThat(slow.isDue(4_999_999)).isFalse();
        assertThat(slow.isDue(5_000_000)).isTrue();
    }

    @Test
    void isFilledWhileABacklogComes() {
        OpenTransaction fast = new OpenTransaction(WIDE);
        long now = 0;
        for (int i = 0; i < 2_000; i++) {
            now += 40_000;
            fast.add(1, true, 5, null, now);
            assertThat(fast.isDue(now)).isFalse();
        }
        assertThat(fast.isDue(WIDE.age().toNanos() + 40_000)).isTrue();
    }

    @Test
    void commitsThatTakeLongAreFewer() {
        OpenTransaction slow = new OpenTransaction(WIDE);
        slow.add(1, true, 5, null, 0);
        slow.clear(20_000_000);
        slow.add(1, true, 5, null, 0);
        assertThat(slow.isDue(39_000_000)).isFalse();
        assertThat(slow.isDue(40_000_000)).isTrue();
    }

    @Test
    void onlyACompleteSourceTransactionMakesAPositionSafe() {
        transaction.add(1, true, 5, null, 0);
        assertThat(transaction.safe()).isNull();
        transaction.add(1, false, 5, new Lsn(9), 0);
        transaction.add(1, true, 6, null, 0);
        assertThat(transaction.safe()).isEqualTo(new Lsn(9));
        assertThat(transaction.changes()).isEqualTo(2);
        transaction.clear(0);
        assertThat(transaction.isOpen()).isFalse();
        assertThat(transaction.safe()).isNull();
    }

    @Test
    void aLimitOfNothingIsRefused() {
        assertThatThrownBy(() -> new PublishLimits(0, 1, Duration.ZERO, Duration.ZERO))
                .hasMessageContaining("records");
        assertThatThrownBy(() -> new PublishLimits(1, 0, Duration.ZERO, Duration.ZERO))
                .hasMessageContaining("bytes");
    }
}
