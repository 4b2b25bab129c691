package io.sluice.localstack.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.localstack.PostgresServer;
import io.sluice.localstack.compare.RowComparison;
import io.sluice.localstack.compare.TableResult;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShopIT {
    @Test
    void isTheSameForTheSameSeedAndChangesUnderTraffic() throws Exception {
        try (PostgresServer server = PostgresServer.startTemporary()) {
            for (String database : List.of("one", "two")) {
                server.createDatabase(database);
                try (Connection connection = server.connect(database)) {
                    new Shop(42).fill(connection);
                }
            }
            List<TableResult> fresh = compare(server);
            assertThat(fresh).hasSize(5).allMatch(TableResult::equal);
            assertThat(fresh.stream().mapToLong(TableResult::sourceRows).sum()).isBetween(290_000L, 310_000L);

            try (ShopTraffic traffic = new ShopTraffic(server, "one", 42).start()) {
                await().atMost(Duration.ofSeconds(60)).until(() -> traffic.committed() > 1_000);
                traffic.pause();
                long committed = traffic.committed();
                assertThat(compare(server)).allMatch(result -> !result.equal());
                assertThat(traffic.committed()).isEqualTo(committed);
                traffic.resume();
                await().atMost(Duration.ofSeconds(60)).until(() -> traffic.committed() > committed);
            }
        }
    }

    private static List<TableResult> compare(PostgresServer server) throws Exception {
        try (Connection source = server.connect("one");
                Connection target = server.connect("two")) {
            return new RowComparison(source, target).compareSchema("public");
        }
    }
}
