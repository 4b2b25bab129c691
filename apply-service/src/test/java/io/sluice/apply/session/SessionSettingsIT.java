package io.sluice.apply.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.apply.compare.ComparedSides;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.localstack.PostgresServer;
import io.sluice.postgres.Connections;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.TimeZone;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What values look like, and how long a session may live, does not depend on who set up the machines. */
class SessionSettingsIT {

    private final TimeZone before = TimeZone.getDefault();

    @AfterEach
    void reset() {
        TimeZone.setDefault(before);
    }

    @Test
    void neitherTheDatabaseNorTheMachineOfTheServiceCounts() throws Exception {
        TimeZone.setDefault(TimeZone.getTimeZone("Europe/Berlin"));
        try (PostgresServer server = PostgresServer.startTemporary()) {
            ComparedSides sides = new ComparedSides(
                    server, List.of(TableChoice.unchanged(new TablePattern("public", "*"))), List.of());
            for (String setting : List.of(
                    "TimeZone = 'Asia/Tokyo'",
                    "xmloption = document",
                    "transaction_timeout = '1min'",
                    "idle_session_timeout = '1min'",
                    "DateStyle = 'SQL, DMY'",
                    "statement_timeout = '1min'")) {
                sides.onTarget("ALTER DATABASE " + sides.targetName() + " SET " + setting);
            }
            try (Connections target = sides.target();
                    Connection connection = target.open();
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("""
                            SELECT string_agg(name || '=' || setting, ' ' ORDER BY lower(name)) FROM pg_settings
                            WHERE name IN ('TimeZone', 'xmloption', 'transaction_timeout', 'idle_session_timeout',
                                           'statement_timeout', 'lc_monetary', 'DateStyle')""")) {
                row.next();
                assertThat(row.getString(1).split(" (?=\\w+=)"))
                        .containsExactly(
                                "DateStyle=ISO, MDY",
                                "idle_session_timeout=0",
                                "lc_monetary=C",
                                "statement_timeout=0",
                                "TimeZone=UTC",
                                "transaction_timeout=0",
                                "xmloption=content");
            }
        }
    }
}
