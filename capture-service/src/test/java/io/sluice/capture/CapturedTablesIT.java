package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What tables of each kind bring: identities, partitions, children, generated columns, odd names. */
class CapturedTablesIT extends ChangeScenario {

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
    void namesArePassedOnAsTheyAre() {
        task.sql("INSERT INTO \"Odd \"\"name\"\"\" VALUES (1, '{\"a\": 1}')", "TRUNCATE \"Odd \"\"name\"\"\"");
        RowChange insert = onlyChange();
        assertThat(insert.table()).isEqualTo(new TableName("public", "Odd \"name\""));
        assertThat(insert.key()).containsExactly("Id");
        assertThat(after(insert, "va\"lue")).isEqualTo("{\"a\": 1}");
        assertThat(((Truncate) topic.readTransaction().getFirst()).table().table())
                .isEqualTo("Odd \"name\"");
    }
}
