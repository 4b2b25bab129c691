package io.sluice.apply.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.apply.TestingContext;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PatienceTest {

    private final Patience patience = new Patience("task", new TestingContext());
    private final AtomicInteger attempts = new AtomicInteger();

    @Test
    void aDatabaseThatIsAwayIsAskedAgain() {
        assertThat(patience.retry(() -> failingBut(2, ErrorCode.CONNECTION_LOST)))
                .isEqualTo(2);
    }

    @Test
    void otherErrorsAreNot() {
        assertThatThrownBy(() -> patience.retry(() -> failingBut(2, ErrorCode.SCHEMA_CHANGED)))
                .isInstanceOf(SluiceException.class);
        assertThat(attempts).hasValue(1);
    }

    private int failingBut(int last, ErrorCode code) {
        if (attempts.incrementAndGet() < last) {
            throw new SluiceException(code, "no");
        }
        return attempts.get();
    }
}
