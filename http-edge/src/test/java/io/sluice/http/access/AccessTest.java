package io.sluice.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AccessTest {

    @ParameterizedTest
    @CsvSource({
        "/q/health/ready, true",
        "/api/v1/confirmations/abc, true",
        "/api/v1/about, true",
        "/api/v1/about/more, false",
        "/api/v1/confirmations, false",
        "/api/v1/tasks, false",
        "/api/v1/tasks/q/x, false",
        "/, false",
        "/qq, false",
        "/api;a=b/v1/tasks, false",
        "/q/x;/../../api/v1/tasks, false",
        "/api/v1/confirmations/..;/tasks, false"
    })
    void onlyListedPathsArePublic(String path, boolean expected) {
        AccessPolicy policy = new AccessPolicy(List.of("/api/v1/confirmations/*", "/api/v1/about"));

        assertThat(policy.isPublic(path)).isEqualTo(expected);
    }

    @Test
    void onlyTheTokenItselfMatches() {
        AdminToken token = new AdminToken(Optional.of(" secret \n"));

        assertThat(token.matches("secret")).isTrue();
        assertThat(token.matches("Secret")).isFalse();
        assertThat(token.matches("secret2")).isFalse();
        assertThat(token.matches("")).isFalse();
    }

    @Test
    void withoutATokenNothingMatches() {
        for (Optional<String> none : List.of(Optional.<String>empty(), Optional.of(""), Optional.of("  "))) {
            assertThat(new AdminToken(none).matches("")).isFalse();
        }
    }
}
