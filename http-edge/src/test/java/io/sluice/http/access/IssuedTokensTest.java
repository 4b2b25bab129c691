package io.sluice.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.oidc.OIDCException;
import io.quarkus.security.AuthenticationFailedException;
import io.sluice.contracts.error.ErrorCode;
import java.net.ConnectException;
import org.junit.jupiter.api.Test;

class IssuedTokensTest {

    @Test
    void aTokenIsInvalidOnlyWhenItsIssuerCouldBeAsked() {
        assertThat(code(new AuthenticationFailedException(new IllegalArgumentException("signature"))))
                .isEqualTo(ErrorCode.UNAUTHENTICATED);
        assertThat(code(new AuthenticationFailedException(new OIDCException("not yet"))))
                .isEqualTo(ErrorCode.ISSUER_UNAVAILABLE);
        assertThat(code(new AuthenticationFailedException(new RuntimeException(new ConnectException("refused")))))
                .isEqualTo(ErrorCode.ISSUER_UNAVAILABLE);
        assertThat(code(new OIDCException("away"))).isEqualTo(ErrorCode.ISSUER_UNAVAILABLE);
        assertThat(ErrorCode.ISSUER_UNAVAILABLE.httpStatus()).isEqualTo(503);
    }

    @Test
    void onlyWhatLooksLikeATokenOfAnIssuerMayBeOne() {
        assertThat(IssuedTokens.mayBe("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"))
                .isTrue();
        assertThat(IssuedTokens.mayBe("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0")).isFalse();
        assertThat(IssuedTokens.mayBe("a.b.c")).isFalse();
    }

    private static ErrorCode code(Throwable failure) {
        return IssuedTokens.explain(failure).code();
    }
}
