package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.TransactionEnd;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.Operation;
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

    @BeforeEach
    void start() {
        task = new TestingTask(
                List.of("orders", "lines", "whole", "by_index", "keyless", "Odd \"name\""),
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
                "CREATE TABLE other (id int PRIMARY KEY)");
        task.start();
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
                "INSERT INTO orders (id, extra) VALUES (3, 8)");
        List<ChangeRecord> records = topic.readTransaction();
        assertThat(columns(records.get(0))).containsExactly("id", "note", "big", "open");
        assertThat(columns(records.get(1))).containsExactly("id", "note", "big", "open", "extra");
        assertThat(columns(records.get(2))).containsExactly("id", "big", "open", "extra");
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
