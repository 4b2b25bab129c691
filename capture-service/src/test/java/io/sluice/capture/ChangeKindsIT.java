package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.TransactionEnd;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.task.TableName;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What each kind of change becomes, and transactions as a whole. */
class ChangeKindsIT extends ChangeScenario {

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
}
