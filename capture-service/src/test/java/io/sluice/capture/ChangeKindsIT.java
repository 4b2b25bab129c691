package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.TransactionEnd;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ChangeKindsIT {

    private static final String LARGE = "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 400) AS i)";

    private TestingTask task;
    private TopicReader topic;
    private TestingRun run;

    @BeforeEach
    void start() {
        task = new TestingTask(
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
                "CREATE TABLE other (id int PRIMARY KEY)");
        run = task.start();
        topic = new TopicReader(task.id);
    }

    @AfterEach
    void end() {
        topic.close();
        task.close();
    }

    @Test
    void insertUpdateAndDeleteComeAsOneTransactionEach() {
        task.sql("INSERT INTO orders VALUES (1, 'a', NULL)");
        RowChange insert = onlyChange();
        assertThat(insert.operation()).isEqualTo(Operation.INSERT);
        assertThat(insert.table()).isEqualTo(new TableName("public", "orders"));
        assertThat(insert.key()).containsExactly("id");
        assertThat(insert.before()).isNull();
        assertThat(after(insert, "id")).isEqualTo("1");
        assertThat(after(insert, "note")).isEqualTo("a");
        assertThat(after(insert, "big")).isNull();
        assertThat(after(insert, "open")).isEqualTo("true");

        task.sql("UPDATE orders SET note = 'b' WHERE id = 1");
        RowChange update = onlyChange();
        assertThat(update.operation()).isEqualTo(Operation.UPDATE);
        assertThat(update.before()).isNull();
        assertThat(after(update, "note")).isEqualTo("b");

        task.sql("DELETE FROM orders WHERE id = 1");
        RowChange delete = onlyChange();
        assertThat(delete.operation()).isEqualTo(Operation.DELETE);
        assertThat(delete.before().columns().names()).containsExactly("id");
        assertThat(delete.before().value("id")).isEqualTo("1");
        assertThat(delete.after()).isNull();
    }

    @Test
    void aChangedKeyBringsTheOldOne() {
        task.sql("INSERT INTO lines VALUES (1, 1, 5)");
        onlyChange();
        task.sql("UPDATE lines SET line = 2 WHERE line = 1");
        RowChange update = onlyChange();
        assertThat(update.key()).containsExactly("order_id", "line");
        assertThat(update.before().columns().names()).containsExactly("order_id", "line");
        assertThat(update.before().value("line")).isEqualTo("1");
        assertThat(after(update, "line")).isEqualTo("2");
        assertThat(after(update, "amount")).isEqualTo("5");
    }

    @Test
    void anUnchangedLargeValueIsLeftOut() {
        task.sql("INSERT INTO orders VALUES (1, 'a', " + LARGE + ")");
        assertThat(after(onlyChange(), "big")).hasSize(400 * 32);
        task.sql("UPDATE orders SET note = 'b'");
        assertThat(onlyChange().after().columns().names()).containsExactly("id", "note", "open");
        task.sql("UPDATE orders SET big = 'small'");
        assertThat(after(onlyChange(), "big")).isEqualTo("small");
    }

    @Test
    void aFullIdentityBringsTheWholeOldRowAndFillsUnchangedValues() {
        task.sql("INSERT INTO whole VALUES (1, 'a', " + LARGE + ")");
        onlyChange();
        task.sql("UPDATE whole SET note = 'b'");
        RowChange update = onlyChange();
        assertThat(update.key()).containsExactly("id");
        assertThat(update.before().value("note")).isEqualTo("a");
        assertThat(update.before().value("big")).hasSize(400 * 32);
        assertThat(after(update, "big")).hasSize(400 * 32);
    }

    @Test
    void theKeyIsThatOfTheReplicaIdentityIndex() {
        task.sql("INSERT INTO by_index VALUES (1, 'x', 'a')", "DELETE FROM by_index");
        assertThat(onlyChange().key()).containsExactly("code");
        assertThat(onlyChange().before().columns().names()).containsExactly("code");
    }

    @Test
    void aTableWithoutKeyComesWithoutOne() {
        task.sql("INSERT INTO keyless VALUES (1, 'x')", "DELETE FROM keyless");
        assertThat(onlyChange().key()).isEmpty();
        RowChange delete = onlyChange();
        assertThat(delete.key()).isEmpty();
        assertThat(delete.before().columns().names()).containsExactly("a", "b");
    }

    @Test
    void aDeferrableKeyIsNone() {
        task.sql("INSERT INTO later VALUES (1, 'a'), (2, 'b')");
        topic.readTransaction();
        // In between two rows have the key 2.
        task.sql("UPDATE later SET id = id + 1");
        List<ChangeRecord> records = topic.readTransaction();
        assertThat(records).hasSize(3);
        RowChange first = (RowChange) records.getFirst();
        assertThat(first.key()).isEmpty();
        assertThat(first.before().columns().names()).containsExactly("id", "note");
        assertThat(first.before().value("id")).isEqualTo("1");
        assertThat(after(first, "id")).isEqualTo("2");
    }

    @Test
    void aGeneratedColumnIsLeftOut() {
        task.sql("INSERT INTO computed (id) VALUES (4)", "UPDATE computed SET id = 5");
        RowChange insert = onlyChange();
        assertThat(insert.after().columns().names()).containsExactly("id");
        assertThat(insert.described().names()).containsExactly("id");
        RowChange update = onlyChange();
        assertThat(update.before().columns().names()).containsExactly("id");
        assertThat(update.described()).isNull();
    }

    @Test
    void rowsOfPartitionsComeUnderTheirRoot() {
        TableName root = new TableName("public", "parted");
        task.transaction(
                "INSERT INTO parted VALUES (1, 1, 'a'), (2, 15, 'b'), (3, 25, 'c')",
                // From one partition to another.
                "UPDATE parted SET part = 16 WHERE id = 1",
                "UPDATE parted_reordered SET note = 'd' WHERE id = 3",
                "UPDATE parted SET id = 4 WHERE id = 2",
                "DELETE FROM parted WHERE id = 4");
        List<ChangeRecord> records = topic.readTransaction();
        List<RowChange> changes = records.stream()
                .filter(RowChange.class::isInstance)
                .map(RowChange.class::cast)
                .toList();
        assertThat(changes).extracting(RowChange::table).containsOnly(root);
        assertThat(changes).extracting(RowChange::key).containsOnly(List.of("id", "part"));
        assertThat(changes)
                .extracting(RowChange::operation)
                .containsExactly(
                        Operation.INSERT,
                        Operation.INSERT,
                        Operation.INSERT,
                        Operation.DELETE,
                        Operation.INSERT,
                        Operation.UPDATE,
                        Operation.UPDATE,
                        Operation.DELETE);
        assertThat(changes.get(2).after().columns().names()).containsExactly("id", "part", "note");
        assertThat(changes.get(3).before().value("part")).isEqualTo("1");
        assertThat(after(changes.get(4), "part")).isEqualTo("16");
        assertThat(after(changes.get(5), "note")).isEqualTo("d");
        assertThat(changes.get(6).before().value("id")).isEqualTo("2");

        task.sql(
                "CREATE TABLE more (part int NOT NULL, id int NOT NULL, note text, PRIMARY KEY (id, part))",
                "INSERT INTO more VALUES (35, 8, 'was there')",
                "ALTER TABLE parted ATTACH PARTITION more FOR VALUES FROM (30) TO (40)",
                "INSERT INTO more VALUES (35, 9, 'e')",
                "ALTER TABLE parted DETACH PARTITION more",
                "INSERT INTO more VALUES (35, 10, 'f')",
                "TRUNCATE parted");
        RowChange attached = onlyChange();
        assertThat(attached.table()).isEqualTo(root);
        assertThat(after(attached, "id")).isEqualTo("9");
        assertThat(topic.readTransaction().getFirst()).isInstanceOf(Truncate.class);
    }

    @Test
    void aPartitionWithAnotherIdentityIsNamed() {
        task.sql("CREATE UNIQUE INDEX other_identity ON parted_1 (note, part)");
        task.sql(
                "ALTER TABLE parted_1 ALTER note SET NOT NULL",
                "ALTER TABLE parted_1 REPLICA IDENTITY USING INDEX other_identity",
                "INSERT INTO parted VALUES (1, 1, 'a')",
                "UPDATE parted SET note = 'b' WHERE id = 1");
        SluiceException failure = run.failure();
        assertThat(failure.code()).isEqualTo(ErrorCode.TABLE_UNSUPPORTED);
        assertThat(failure).hasMessageContaining("public.parted").hasMessageContaining("REPLICA IDENTITY");
    }

    @Test
    void aParentComesWithoutItsChildrenAndWhatHasNoLogIsLeftOut() {
        task.transaction(
                "INSERT INTO child VALUES (1)",
                "INSERT INTO unlogged VALUES (1)",
                "INSERT INTO parent VALUES (2)",
                "UPDATE parent SET id = id + 10");
        List<ChangeRecord> records = topic.readTransaction();
        assertThat(ids(records)).containsExactly("2", "12");
    }

    @Test
    void aKeyThatWasMadeLaterIsNotThatOfEarlierChanges() {
        run.stop();
        task.sql(
                "INSERT INTO keyless VALUES (1, 'x'), (1, 'y')",
                "DELETE FROM keyless WHERE b = 'x'",
                "ALTER TABLE keyless ADD PRIMARY KEY (a)");
        task.start();
        for (ChangeRecord record : topic.readTransaction().subList(0, 2)) {
            assertThat(((RowChange) record).key()).isEmpty();
        }
        assertThat(onlyChange().key()).isEmpty();
        task.sql("INSERT INTO keyless VALUES (2, 'z')");
        onlyChange();
        task.sql("INSERT INTO keyless VALUES (3, 'z')");
        assertThat(onlyChange().key()).containsExactly("a");
    }

    @Test
    void oneTruncateOfSeveralTablesIsOneRecordForEach() {
        task.transaction(
                "INSERT INTO orders VALUES (1)", "TRUNCATE orders, lines, other", "INSERT INTO orders VALUES (2)");
        List<ChangeRecord> records = topic.readTransaction();
        assertThat(records).hasSize(5);
        assertThat(records.subList(1, 3))
                .extracting(record -> ((Truncate) record).table().table())
                .containsExactlyInAnyOrder("orders", "lines");
        assertThat(records).extracting(record -> record.position().order()).containsExactly(1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void aTransactionOverSeveralTablesKeepsItsOrderAndEnds() {
        task.transaction(
                "INSERT INTO orders VALUES (1)",
                "INSERT INTO lines VALUES (1, 1, 1), (1, 2, 2)",
                "INSERT INTO other VALUES (1)",
                "UPDATE orders SET note = 'x'",
                "DELETE FROM lines WHERE line = 1");
        List<ChangeRecord> records = topic.readTransaction();
        assertThat(records.subList(0, 5))
                .extracting(record -> ((RowChange) record).table().table())
                .containsExactly("orders", "lines", "lines", "orders", "lines");
        TransactionEnd end = (TransactionEnd) records.getLast();
        assertThat(records)
                .extracting(record -> record.position().commitLsn())
                .containsOnly(end.position().commitLsn());
        assertThat(records)
                .extracting(record -> record.position().xid())
                .containsOnly(end.position().xid());
        assertThat(end.endLsn().isAfter(end.position().commitLsn())).isTrue();
        // The stream's ids are those of the source without its epoch.
        long next = Long.parseLong(task.query("SELECT pg_snapshot_xmax(pg_current_snapshot())"));
        assertThat(next).isGreaterThan(1L << 32);
        assertThat(end.position().xid()).isBetween(3L, next - (1L << 32));
    }

    @Test
    void whatWasRolledBackIsNotThere() {
        task.sql("BEGIN; INSERT INTO orders VALUES (1); ROLLBACK");
        task.transaction(
                "INSERT INTO orders VALUES (2)",
                "SAVEPOINT a",
                "INSERT INTO orders VALUES (3)",
                "ROLLBACK TO SAVEPOINT a",
                "SAVEPOINT b",
                "INSERT INTO orders VALUES (4)",
                "RELEASE SAVEPOINT b");
        assertThat(topic.readTransaction())
                .filteredOn(RowChange.class::isInstance)
                .extracting(record -> after((RowChange) record, "id"))
                .containsExactly("2", "4");
    }

    @Test
    void transactionsComeInTheOrderOfTheirCommits() throws Exception {
        try (var first = task.connect();
                var second = task.connect();
                var one = first.createStatement();
                var two = second.createStatement()) {
            first.setAutoCommit(false);
            second.setAutoCommit(false);
            one.execute("INSERT INTO orders VALUES (1)");
            two.execute("INSERT INTO orders VALUES (2)");
            two.execute("INSERT INTO orders VALUES (3)");
            one.execute("INSERT INTO orders VALUES (4)");
            second.commit();
            first.commit();
        }
        assertThat(ids(topic.readTransaction())).containsExactly("2", "3");
        assertThat(ids(topic.readTransaction())).containsExactly("1", "4");
    }

    @Test
    void aColumnAddedInTheMiddleIsThereFromThenOn() {
        task.transaction(
                "INSERT INTO orders (id) VALUES (1)",
                "ALTER TABLE orders ADD COLUMN extra int",
                "INSERT INTO orders (id, extra) VALUES (2, 7)",
                "ALTER TABLE orders DROP COLUMN note",
                "UPDATE orders SET extra = 9 WHERE id = 2",
                "INSERT INTO orders (id, extra) VALUES (3, 8)");
        List<ChangeRecord> records = topic.readTransaction();
        assertThat(((RowChange) records.get(0)).described().names()).containsExactly("id", "note", "big", "open");
        assertThat(((RowChange) records.get(1)).described().names())
                .containsExactly("id", "note", "big", "open", "extra");
        // A large value could be left out of it, a column that is gone as well: the description tells which.
        assertThat(((RowChange) records.get(2)).described().names()).containsExactly("id", "big", "open", "extra");
        // The catalog is ahead of the first two.
        assertThat(((RowChange) records.get(1)).described().numbers()).isEmpty();
        assertThat(((RowChange) records.get(2)).described().numbers()).containsExactly(1, 3, 4, 5);
        assertThat(((RowChange) records.get(3)).described()).isNull();
        assertThat(columns(records.get(0))).containsExactly("id", "note", "big", "open");
        assertThat(columns(records.get(1))).containsExactly("id", "note", "big", "open", "extra");
        assertThat(columns(records.get(3))).containsExactly("id", "big", "open", "extra");
    }

    @Test
    void namesArePassedOnAsTheyAre() {
        task.sql("INSERT INTO \"Odd \"\"name\"\"\" VALUES (1, '{\"a\": 1}')", "TRUNCATE \"Odd \"\"name\"\"\"");
        RowChange insert = onlyChange();
        assertThat(insert.table()).isEqualTo(new TableName("public", "Odd \"name\""));
        assertThat(insert.key()).containsExactly("Id");
        assertThat(after(insert, "va\"lue")).isEqualTo("{\"a\": 1}");
        assertThat(((Truncate) topic.readTransaction().getFirst()).table().table())
                .isEqualTo("Odd \"name\"");
    }

    private RowChange onlyChange() {
        List<ChangeRecord> records = topic.readTransaction();
        assertThat(records).hasSize(2);
        assertThat(records.getLast()).isInstanceOf(TransactionEnd.class);
        return (RowChange) records.getFirst();
    }

    private static List<String> columns(ChangeRecord record) {
        return ((RowChange) record).after().columns().names();
    }

    private static List<@Nullable String> ids(List<ChangeRecord> records) {
        return records.stream()
                .filter(RowChange.class::isInstance)
                .<@Nullable String>map(record -> after((RowChange) record, "id"))
                .toList();
    }

    private static @Nullable String after(RowChange change, String column) {
        return change.after().value(column);
    }
}
