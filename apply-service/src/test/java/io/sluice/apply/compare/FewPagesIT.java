package io.sluice.apply.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.localstack.PostgresServer;
import java.util.List;
import org.junit.jupiter.api.Test;

class FewPagesIT {

    private static final String READ =
            "SELECT heap_blks_read + heap_blks_hit FROM pg_statio_user_tables WHERE relname = 'big'";

    /** Keys of several lengths: their order is not that of their texts. */
    @Test
    void fewRowsThatDifferAreFoundWithoutReadingTheTableAgain() {
        try (PostgresServer server = PostgresServer.startTemporary()) {
            TableName table = ComparedSides.table("big");
            ComparedSides sides = new ComparedSides(
                    server, List.of(TableChoice.unchanged(new TablePattern("public", "*"))), List.of(table));
            sides.onBoth(
                    "CREATE TABLE big (id bigint PRIMARY KEY, v text NOT NULL) WITH (autovacuum_enabled = false)",
                    "INSERT INTO big SELECT i, repeat(md5(i::text), 3) FROM generate_series(1, 300000) i",
                    "VACUUM ANALYZE big");
            sides.onTarget("UPDATE big SET v = 'other' WHERE id IN (95000, 205000)");
            long pages = number(server, sides, "SELECT pg_relation_size('big') / 8192");
            long before = number(server, sides, READ);

            assertThat(sides.content(false, table).changed()).isEqualTo(2);

            await().until(() -> number(server, sides, READ) - before >= pages);
            assertThat(number(server, sides, READ) - before).isLessThan(pages * 5 / 4);
        }
    }

    private static long number(PostgresServer server, ComparedSides sides, String sql) {
        return Long.parseLong(
                ComparedSides.values(server, sides.sourceName(), sql).getFirst());
    }
}
