package io.sluice.apply.cutover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.apply.SharedServers;
import io.sluice.apply.TestingContext;
import io.sluice.apply.compare.ComparedSides;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.error.SluiceException;
import io.sluice.localstack.PostgresServer;
import io.sluice.postgres.Connections;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Which sessions of the source a cutover ends. */
class OldSessionsIT {

    private static final PostgresServer server = SharedServers.postgres();
    private static ComparedSides sides;

    @BeforeAll
    static void start() {
        sides = new ComparedSides(server, List.of(), List.of());
        for (String role : List.of("shop", "reports")) {
            sides.onSource("CREATE ROLE " + role + " LOGIN PASSWORD '" + role + "'");
        }
    }

    private static Connection login(String role) throws SQLException {
        return DriverManager.getConnection(server.jdbcUrl(sides.sourceName()), role, role);
    }

    private static String endSessionsOf(String... roles) {
        try (Connections source = sides.source();
                DatabaseSession session = DatabaseSession.open(source, new TestingContext(), List.of())) {
            OldSessions.requireRoles(session, List.of(roles));
            OldSessions old = OldSessions.of(session, List.of(roles));
            old.end();
            return old.summary();
        }
    }

    @Test
    void onlyThoseOfTheChosenRolesAreEnded() throws SQLException {
        try (Connection shop = login("shop");
                Connection reports = login("reports")) {
            assertThat(endSessionsOf("shop")).isEqualTo("1 sessions ended");
            assertThat(shop.isValid(10)).isFalse();
            assertThat(reports.isValid(10)).isTrue();
            assertThat(endSessionsOf()).isEqualTo("1 sessions ended");
            assertThat(reports.isValid(10)).isFalse();
        }
    }

    @Test
    void aRoleThatIsNotThereOrCannotLogInIsNamed() {
        assertThatThrownBy(() -> endSessionsOf("shop", "shopp"))
                .isInstanceOf(SluiceException.class)
                .hasMessageContaining("ended: shopp.");
        sides.onSource("CREATE ROLE staff");
        assertThatThrownBy(() -> endSessionsOf("staff"))
                .isInstanceOf(SluiceException.class)
                .hasMessageContaining("ended: staff.");
    }
}
