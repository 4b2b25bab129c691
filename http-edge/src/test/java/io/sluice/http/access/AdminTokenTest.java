package io.sluice.http.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdminTokenTest {

    @ParameterizedTest
    @CsvSource({
        "'', SLUICE_ADMIN_TOKEN is not set",
        "'   ', SLUICE_ADMIN_TOKEN is not set",
        "fifteen-letters, has 15 characters; at least 16",
        "slc_of-more-than-sixteen-letters, begins with slc_"
    })
    void oneThatCouldBeGuessedIsRefused(String token, String why) {
        assertThatThrownBy(new AdminToken(Optional.of(token))::requireStrong)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(why)
                .hasMessageContaining("openssl rand -hex 32");
        assertThatThrownBy(new AdminToken(Optional.empty())::requireStrong).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void oneThatIsLongEnoughIsTheOnlyOneThatMatches() {
        AdminToken token = new AdminToken(Optional.of(" sixteen-letters! "));

        token.requireStrong();

        assertThat(token.matches("sixteen-letters!")).isTrue();
        assertThat(token.matches("sixteen-letters")).isFalse();
        assertThat(token.matches("")).isFalse();
    }
}
