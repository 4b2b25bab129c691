package io.sluice.apply.ddl;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PassingErrorsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {"08006", "57P01", "53300", "55P03", "40P01", "40001", "57014", "53200", "53100", "58030", "25006"
            })
    void theSameStatementMayWorkALittleLater(String state) {
        assertThat(PassingErrors.passes(new SQLException("busy", state))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"2BP01", "42P07", "42501", "23505", "22003", "428C9", "0A000", "55006"})
    void orNot(String state) {
        assertThat(PassingErrors.passes(new SQLException("refused", state))).isFalse();
    }
}
