package io.sluice.contracts.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class ErrorPageTest {

    @Test
    void thePageOfErrorsHasEveryCodeWithItsStatusAndRetries() throws IOException {
        List<String> expected = Arrays.stream(ErrorCode.values())
                .map(code -> "| `%s` | %d | %s |".formatted(code, code.httpStatus(), retried(code)))
                .toList();
        List<String> found = Files.readAllLines(Path.of("..", "docs", "errors.md")).stream()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.substring(0, line.indexOf('|', line.indexOf('|', line.indexOf('|', 1) + 1) + 1) + 1))
                .toList();
        assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
    }

    private static String retried(ErrorCode code) {
        return code.retry() == ErrorCode.Retry.NEVER
                ? "no"
                : code.retry().name().toLowerCase(Locale.ROOT);
    }
}
