package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.TransactionEnd;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;

/** A task over tables of every kind, and the records that its changes become. */
abstract class ChangeScenario extends StreamScenario {

    static final String LARGE = "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 400) AS i)";

    @BeforeEach
    void start() {
        stream(new TestingTask(
                List.of(
                        "orders",
                        "lines",
                        "whole",
                        "by_index",
                        "keyless",
                        "Odd \"name\"",
                        "later",
                        "computed",
                        "parted",
                        "parent",
                        "unlogged",
                        "outside"),
                "CREATE TABLE orders (id bigint PRIMARY KEY, note text, big text, open boolean DEFAULT true)",
                "ALTER TABLE orders ALTER COLUMN big SET STORAGE EXTERNAL",
                "CREATE TABLE lines (order_id int, line smallint, amount numeric, PRIMARY KEY (order_id, line))",
                "CREATE TABLE whole (id int PRIMARY KEY, note text, big text)",
                "ALTER TABLE whole REPLICA IDENTITY FULL",
                "ALTER TABLE whole ALTER COLUMN big SET STORAGE EXTERNAL",
                "CREATE TABLE by_index (id int PRIMARY KEY, code text NOT NULL UNIQUE, note text)",
                "ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_code_key",
                "CREATE TABLE keyless (a int, b text)",
                "ALTER TABLE keyless REPLICA IDENTITY FULL",
                "CREATE TABLE \"Odd \"\"name\"\"\" (\"Id\" int PRIMARY KEY, \"va\"\"lue\" jsonb DEFAULT '{}')",
                "CREATE TABLE later (id int PRIMARY KEY DEFERRABLE, note text)",
                "ALTER TABLE later REPLICA IDENTITY FULL",
                "CREATE TABLE computed (id int, twice int GENERATED ALWAYS AS (id * 2) STORED)",
                "ALTER TABLE computed REPLICA IDENTITY FULL",
                "CREATE TABLE parted (id int, part int, note text, PRIMARY KEY (id, part)) PARTITION BY RANGE (part)",
                "CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10)",
                "CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10) TO (20) PARTITION BY LIST (part)",
                "CREATE TABLE parted_2a PARTITION OF parted_2 DEFAULT",
                "CREATE TABLE parted_reordered (note text, part int, gone int, id int, PRIMARY KEY (id, part))",
                "ALTER TABLE parted_reordered DROP gone",
                "ALTER TABLE parted ATTACH PARTITION parted_reordered FOR VALUES FROM (20) TO (30)",
                "CREATE TABLE parent (id int PRIMARY KEY)",
                "CREATE TABLE child () INHERITS (parent)",
                "CREATE UNLOGGED TABLE unlogged (id int PRIMARY KEY)",
                "CREATE EXTENSION file_fdw",
                "CREATE SERVER files FOREIGN DATA WRAPPER file_fdw",
                "CREATE FOREIGN TABLE outside (line text) SERVER files OPTIONS (filename '/dev/null')",
                "CREATE TABLE other (id int PRIMARY KEY)"));
    }

    RowChange onlyChange() {
        List<ChangeRecord> records = topic.readTransaction();
        assertThat(records).hasSize(2);
        assertThat(records.getLast()).isInstanceOf(TransactionEnd.class);
        return (RowChange) records.getFirst();
    }

    static List<String> columns(ChangeRecord record) {
        return ((RowChange) record).after().columns().names();
    }

    static List<@Nullable String> ids(List<ChangeRecord> records) {
        return records.stream()
                .filter(RowChange.class::isInstance)
                .<@Nullable String>map(record -> after((RowChange) record, "id"))
                .toList();
    }

    static @Nullable String after(RowChange change, String column) {
        return change.after().value(column);
    }
}
