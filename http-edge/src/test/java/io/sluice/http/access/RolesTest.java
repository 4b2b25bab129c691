package io.sluice.http.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sluice.contracts.access.ApiToken;
import io.sluice.contracts.access.Grants;
import io.sluice.contracts.access.Role;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RolesTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    /** Things are named after their project; {@code none} is not there. */
    private static Optional<ProjectPaths.Owned> owned(List<String> segments) {
        if (!"things".equals(segments.getFirst())) {
            return Optional.empty();
        }
        String id = segments.get(1);
        return Optional.of(new ProjectPaths.Owned(
                "none".equals(id) ? Optional.empty() : Optional.of(id),
                new SluiceException(ErrorCode.TASK_NOT_FOUND, "not there")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        viewer   | a   | VIEWER   | things/a     |
        viewer   | a   | OPERATOR | things/a     | FORBIDDEN
        viewer   | a   | VIEWER   | things/b     | TASK_NOT_FOUND
        viewer   | a   | OPERATOR | things/b     | TASK_NOT_FOUND
        viewer   | a   | VIEWER   | things/none  | TASK_NOT_FOUND
        viewer   | *   | VIEWER   | things/b     |
        viewer   | *   | OPERATOR | things/b     | FORBIDDEN
        viewer   | a   | VIEWER   | others       |
        viewer   | a   | OPERATOR | others       | FORBIDDEN
        operator | a,b | OPERATOR | things/b/run |
        operator | a   | OPERATOR | things/b/run | TASK_NOT_FOUND
        operator | a   | OPERATOR | others       |
        operator | *   | ADMIN    | others       | FORBIDDEN
        admin    | a   | OPERATOR | things/a     |
        admin    | a   | ADMIN    | others       | FORBIDDEN
        admin    | a   | ADMIN    | things/a     | FORBIDDEN
        admin    | *   | ADMIN    | others       |
        admin    | *   | OPERATOR | things/none  |
        """)
    void aRoleCountsWhereItIsGranted(
            String role, String projects, Role needed, String path, @Nullable ErrorCode refused) {
        RoleFilter filter = new RoleFilter(null, null, RolesTest::owned);
        Caller caller = new Caller("ci", Grants.of(Role.of(role), List.of(projects.split(","))));

        SluiceException refusal = catchThrowableOfType(
                SluiceException.class, () -> filter.check(caller, needed, Arrays.asList(path.split("/"))));

        assertThat(refusal == null ? null : refusal.code()).isEqualTo(refused);
        if (refused == ErrorCode.FORBIDDEN) {
            assertThat(refusal).hasMessageContaining(needed.label()).hasMessageContaining("ci has " + role);
        }
    }

    @Test
    void theHighestGrantCounts() {
        Grants grants = Grants.everywhere(Role.OPERATOR).and(Role.VIEWER, "a").and(Role.ADMIN, "b");

        assertThat(grants.on("a")).contains(Role.OPERATOR);
        assertThat(grants.on("b")).contains(Role.ADMIN);
        assertThat(grants.on("c")).contains(Role.OPERATOR);
        assertThat(grants.visibleProjects()).isEmpty();
        assertThat(Grants.NONE.visibleProjects())
                .hasValueSatisfying(none -> assertThat(none).isEmpty());
    }

    @Test
    void onlyAKnownTokenThatStillHoldsAdmits() {
        String good = ApiToken.generate();
        String expired = ApiToken.generate();
        String revoked = ApiToken.generate();
        ApiTokens tokens = new ApiTokens(
                hash -> List.of(
                                token("good", good, NOW.plusSeconds(1), null),
                                token("old", expired, NOW, null),
                                token("lost", revoked, NOW.plusSeconds(60), NOW.minusSeconds(60)))
                        .stream()
                        .filter(token -> token.hash().equals(hash))
                        .findFirst(),
                Clock.fixed(NOW, ZoneOffset.UTC));

        assertThat(tokens.admit(good)).isEqualTo(new Caller("good", Grants.everywhere(Role.VIEWER)));
        assertThat(refusal(tokens, expired)).contains("old expired at " + NOW);
        assertThat(refusal(tokens, revoked)).contains("lost was revoked");
        assertThat(refusal(tokens, good + "x")).contains("not valid");
        assertThat(good).startsWith("slc_").hasSize(47).isNotEqualTo(expired);
    }

    private static String refusal(ApiTokens tokens, String text) {
        SluiceException refusal = catchThrowableOfType(SluiceException.class, () -> tokens.admit(text));
        assertThat(refusal.code()).isEqualTo(ErrorCode.UNAUTHENTICATED);
        assertThat(refusal.getMessage()).doesNotContain(text);
        return refusal.getMessage();
    }

    private static ApiToken token(String name, String text, Instant expiresAt, @Nullable Instant revokedAt) {
        return new ApiToken("1", name, ApiToken.hash(text), Role.VIEWER, List.of("*"), expiresAt, revokedAt);
    }
}
