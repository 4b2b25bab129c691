package io.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.Json;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whatever was asked, the answer has an end. */
class ProblemTest {

    private static final String INSTANCE = "/api/v1/tasks";

    @Test
    void theFirst200ViolationsAreListedAndAllAreCounted() {
        Problem problem = problem(1000, "is wrong.");

        assertThat(problem.violations()).hasSize(200);
        assertThat(problem.detail()).isEqualTo("Much is wrong. The first 200 of 1000 are listed.");
        assertThat(problem(200, "is wrong.").violations()).hasSize(200);
        assertThat(problem(200, "is wrong.").detail()).isEqualTo("Much is wrong.");
    }

    @Test
    void longOnesAreFewer() {
        Problem problem = problem(200, "x".repeat(10_000));

        assertThat(problem.violations()).hasSizeBetween(10, 11);
        assertThat(problem.detail()).contains(" of 200 are listed.");
    }

    @Test
    void whatWasSentIsNotRepeatedWhole() {
        String sent = "x".repeat(2_000_000);
        Problem problem = Problem.of(
                new SluiceException(sent, List.of(new Violation(sent, ErrorCode.UNKNOWN_FIELD, sent))), sent);

        assertThat(Json.write(problem).length()).isLessThan(100_000);
        assertThat(problem.violations())
                .singleElement()
                .satisfies(violation ->
                        assertThat(violation.message()).startsWith("xxx").endsWith("…"));
    }

    private static Problem problem(int violations, String message) {
        Violation violation = new Violation("a", ErrorCode.VALIDATION_FAILED, message);
        return Problem.of(new SluiceException("Much is wrong.", Collections.nCopies(violations, violation)), INSTANCE);
    }
}
