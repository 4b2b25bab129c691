package io.sluice.notifier.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.contracts.Json;
import io.sluice.contracts.access.ApiToken;
import io.sluice.contracts.access.Role;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.secret.SecretSeal;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class KnownTokensTest {

    private static final SecretSeal SEAL = new SecretSeal(Base64.getEncoder().encodeToString(new byte[32]));
    private static final String HASH = "0".repeat(64);

    private final KnownTokens tokens = new KnownTokens(SEAL);

    @Test
    void whileTheTopicIsReadAgainNoTokenOpensAnything() {
        take(null);
        assertThatThrownBy(() -> tokens.find(HASH)).isInstanceOf(SluiceException.class);
        tokens.complete();
        assertThat(tokens.find(HASH)).isPresent();
        take(Instant.now());

        // The reader has lost its connection, and begins with what was true before the token was revoked.
        tokens.reading();
        take(null);
        assertThatThrownBy(() -> tokens.find(HASH)).isInstanceOf(SluiceException.class);
        take(Instant.now());
        tokens.complete();
        assertThat(tokens.find(HASH).orElseThrow().revokedAt()).isNotNull();
    }

    private void take(@Nullable Instant revokedAt) {
        ApiToken token = new ApiToken("1", "ci", HASH, Role.ADMIN, List.of("*"), Instant.MAX, revokedAt);
        tokens.take(
                "1",
                SEAL.seal(ApiToken.context("1"), new Secret(Json.write(token))).text());
    }
}
