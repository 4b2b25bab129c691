package io.sluice.apply.compare;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.apply.SharedServers;
import io.sluice.contracts.errand.ObjectDifference;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableChoice.Columns;
import io.sluice.contracts.task.TableChoice.Distribution;
import io.sluice.contracts.task.TableName;
import io.sluice.localstack.CitusGuard;
import io.sluice.localstack.PostgresServer;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Definitions where the target spreads rows by a column: a PostgreSQL that tells what Citus tells of that. */
class DistributedObjectsIT {

    private static final Distribution BY_TENANT = new Distribution(Distribution.Kind.HASH, List.of("tenant"));

    private static final List<TableChoice> CHOICES = List.of(
            choice("country", null, new Distribution(Distribution.Kind.REPLICATION, List.of())),
            choice("event", null, BY_TENANT),
            choice("item", null, null),
            choice("orders", new Columns(List.of(), Map.of("tenant", "shop")), BY_TENANT),
            choice("visit", null, null));

    private static final List<TableName> TABLES =
            CHOICES.stream().map(one -> ComparedSides.table(one.table())).toList();

    /** The statistics speak for other columns than those that were chosen. */
    private static final String[] SOURCE = {
        "CREATE TABLE country (code text PRIMARY KEY, name text CONSTRAINT one_name UNIQUE)",
        """
        CREATE TABLE orders (tenant int, id int, country text CONSTRAINT known REFERENCES country, number int,
            PRIMARY KEY (tenant, id), CONSTRAINT per_tenant UNIQUE (tenant, number), CONSTRAINT anywhere UNIQUE (id, number))""",
        "INSERT INTO orders SELECT n % 3, n, NULL, n FROM generate_series(1, 300) n",
        "CREATE TABLE item (a int, b int, c int, PRIMARY KEY (a, b), CONSTRAINT by_a UNIQUE (a, c), CONSTRAINT by_b UNIQUE (b, c))",
        "INSERT INTO item SELECT n, n % 2, n FROM generate_series(1, 300) n",
        "CREATE TABLE visit (who text, n int)",
        "CREATE TABLE event (tenant int, id int, PRIMARY KEY (tenant, id)) PARTITION BY RANGE (tenant)",
        "CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (1) TO (1000)",
        "ALTER TABLE event_1 ADD CONSTRAINT of_the_partition UNIQUE (id)",
        "ANALYZE"
    };

    private static final String[] SHAPES = {
        "CREATE TABLE country (code text, name text)",
        "CREATE TABLE orders (shop int, id int, country text, number int)",
        "CREATE TABLE item (a int, b int, c int)",
        "CREATE TABLE visit (who text, n int)",
        "CREATE TABLE event (tenant int, id int) PARTITION BY RANGE (tenant)",
        "CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (1) TO (1000)"
    };

    private static final String[] KEYS = {
        "ALTER TABLE country ADD PRIMARY KEY (code)",
        "ALTER TABLE country ADD CONSTRAINT one_name UNIQUE (name)",
        "ALTER TABLE orders ADD PRIMARY KEY (shop, id)",
        "ALTER TABLE orders ADD CONSTRAINT known FOREIGN KEY (country) REFERENCES country",
        "ALTER TABLE item ADD PRIMARY KEY (a, b)",
        "ALTER TABLE event ADD PRIMARY KEY (tenant, id)"
    };

    private static final PostgresServer server = SharedServers.postgres();

    private static TableChoice choice(String table, @Nullable Columns columns, @Nullable Distribution distribution) {
        return new TableChoice("public", table, null, null, columns, null, distribution);
    }

    private static ComparedSides sides(String... distributedAndKeys) {
        ComparedSides sides = new ComparedSides(server, CHOICES, TABLES).with(Dialect.CITUS);
        sides.onSource(SOURCE);
        CitusGuard.install(server, sides.targetName());
        sides.onTarget(
                Stream.of(SHAPES, distributedAndKeys, KEYS).flatMap(Stream::of).toArray(String[]::new));
        return sides;
    }

    /** Where nobody has decided, what the target has is right. */
    @Test
    void bothSidesAreJudgedByTheDistributionThatWasChosenOrIsThere() {
        ComparedSides sides = sides(
                "SELECT create_reference_table('country')",
                "SELECT create_distributed_table('orders', 'shop')",
                "SELECT create_distributed_table('item', 'b')",
                "SELECT create_distributed_table('visit', 'who')",
                "SELECT create_distributed_table('event', 'tenant')",
                "ALTER TABLE orders ADD CONSTRAINT per_tenant UNIQUE (shop, number)",
                "ALTER TABLE item ADD CONSTRAINT by_b UNIQUE (b, c)");
        assertThat(ObjectComparisonIT.found(sides, Phase.RUN)).isEmpty();

        sides.onTarget(
                "ALTER TABLE orders DROP CONSTRAINT per_tenant",
                "ALTER TABLE country DROP CONSTRAINT one_name",
                "ALTER TABLE item DROP CONSTRAINT by_b");
        assertThat(ObjectComparisonIT.found(sides, Phase.RUN).stream()
                        .filter(one -> one.contains("ADD CONSTRAINT"))
                        .toList())
                .containsExactlyInAnyOrder(
                        "MISSING CONSTRAINT: ALTER TABLE public.country ADD CONSTRAINT one_name UNIQUE",
                        "MISSING CONSTRAINT: ALTER TABLE public.item ADD CONSTRAINT by_b UNIQUE",
                        "MISSING CONSTRAINT: ALTER TABLE public.orders ADD CONSTRAINT per_tenant UNIQUE");
    }

    @Test
    void aTableThatIsDistributedInAnotherWayThanWasChosenDiffers() {
        ComparedSides sides = sides(
                "SELECT create_distributed_table('orders', 'id')",
                "SELECT create_distributed_table('item', 'a')",
                "ALTER TABLE item ADD CONSTRAINT by_a UNIQUE (a, c)",
                "SELECT create_reference_table('visit')",
                "SELECT create_distributed_table('event', 'id')");
        assertThat(ObjectComparisonIT.compare(sides, Phase.RUN))
                .filteredOn(one -> "distribution".equals(one.attribute()))
                .containsExactlyInAnyOrder(
                        differing("country", "REPLICATION", "NONE"),
                        differing("event", "HASH (tenant)", "HASH (id)"),
                        differing("orders", "HASH (shop)", "HASH (id)"));
    }

    private static ObjectDifference differing(String table, String wanted, String found) {
        return new ObjectDifference(
                "TABLE",
                "CREATE TABLE public." + table,
                ObjectDifference.Kind.DIFFERING,
                "distribution",
                wanted,
                found);
    }
}
