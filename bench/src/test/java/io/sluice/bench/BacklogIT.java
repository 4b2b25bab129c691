package io.sluice.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.localstack.PostgresServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class BacklogIT {
    private static final double SCALE = 0.002;
    private static PostgresServer server;

    @BeforeAll
    static void start() {
        server = PostgresServer.startTemporary();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** What rates are computed from. */
    @Test
    void changesAsManyRowsAsItSaysInEachTurnAndMarksItsEndLast() {
        for (Backlog backlog : Backlog.all()) {
            String name = backlog.tables().getFirst();
            server.createDatabase(name);
            server.execute(name, backlog.ddl().toArray(String[]::new));
            server.execute(name, "SELECT pg_create_logical_replication_slot('" + name + "', 'test_decoding')");
            for (int turn = 1; turn <= 2; turn++) {
                assertThat(Watch.ask(server, name, backlog.arrived(turn)))
                        .as(name)
                        .isEqualTo("f");

                backlog.write(server, name, turn, SCALE);

                assertThat(Watch.ask(server, name, backlog.arrived(turn)))
                        .as(name)
                        .isEqualTo("t");
                // Only what is flushed can be decoded, and commits do not wait for that here.
                server.execute(name, "CHECKPOINT");
                String decoded = Watch.ask(server, name, """
                        SELECT concat_ws(' ', count(*) FILTER (WHERE data LIKE 'table %%'),
                            sum((data LIKE '%%id[bigint]:%d %%')::int))
                        FROM pg_logical_slot_get_changes('%s', NULL, NULL)""".formatted(backlog.mark(turn), name));
                assertThat(decoded)
                        .as(name)
                        .isEqualTo(
                                backlog.changes(SCALE) + " " + backlog.tables().size());
            }
        }
    }

    @Test
    void aRowThatIsMissingOrOtherShowsInTheSums() {
        Backlog backlog = Backlog.many();
        server.createDatabase("sums");
        server.execute("sums", backlog.ddl().toArray(String[]::new));
        backlog.write(server, "sums", 1, SCALE);
        String all = Watch.ask(server, "sums", backlog.sums());
        server.execute("sums", "UPDATE many_7 SET amount = amount + 1 WHERE id = (SELECT max(id) FROM many_7)");
        String other = Watch.ask(server, "sums", backlog.sums());
        server.execute("sums", "DELETE FROM many_3 WHERE id = (SELECT max(id) FROM many_3)");

        assertThat(other).isNotEqualTo(all);
        assertThat(Watch.ask(server, "sums", backlog.sums()))
                .isNotEqualTo(other)
                .contains("many_19");
    }
}
