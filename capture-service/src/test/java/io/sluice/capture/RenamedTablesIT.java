package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.capture.slot.Selection;
import io.sluice.contracts.Topics;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.change.SourceTable;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tables that get other names while commands are captured: each change has the name that its table has by then. */
class RenamedTablesIT extends StreamScenario {

    private static final String[] SWAP = {
        "ALTER TABLE orders RENAME TO passing",
        "ALTER TABLE lines RENAME TO orders",
        "ALTER TABLE passing RENAME TO lines"
    };

    @BeforeEach
    void start() {
        stream(new TestingTask(
                        List.of("orders", "lines"),
                        "CREATE TABLE orders (id bigint PRIMARY KEY)",
                        "CREATE TABLE lines (id bigint PRIMARY KEY)",
                        "CREATE SCHEMA old")
                .withDdl());
    }

    @Test
    void changesHaveTheNameOfTheirTime() {
        task.transaction(
                "INSERT INTO orders VALUES (1)",
                "ALTER TABLE orders RENAME TO orders_2",
                "INSERT INTO orders_2 VALUES (2)",
                "ALTER TABLE orders_2 SET SCHEMA old",
                "INSERT INTO old.orders_2 VALUES (3)",
                "INSERT INTO lines VALUES (1)");
        assertThat(topic.readTransaction())
                .extracting(RenamedTablesIT::words)
                .containsExactly(
                        "public.orders",
                        "1: public.orders to public.orders_2",
                        "public.orders_2",
                        "2: public.orders_2 to old.orders_2",
                        "old.orders_2",
                        "public.lines",
                        "end");
        task.sql("ALTER TABLE old.orders_2 ADD COLUMN note text");
        assertThat(topic.readTransaction())
                .extracting(RenamedTablesIT::words)
                .containsExactly("null: old.orders_2 to old.orders_2", "end");
    }

    /** Some servers do not describe a table anew when its schema is renamed. */
    @Test
    void aSchemaThatIsRenamedRenamesItsTables() {
        task.sql("INSERT INTO orders VALUES (1)");
        topic.readTransaction();
        task.transaction(
                "INSERT INTO orders VALUES (2)",
                "ALTER SCHEMA public RENAME TO app",
                "INSERT INTO app.orders VALUES (3)");
        List<ChangeRecord> records = topic.readTransaction();
        assertThat(words(records.getFirst())).isEqualTo("public.orders");
        List<SourceObject> objects = ((Ddl) records.get(1)).objects();
        assertThat(objects).extracting(SourceObject::rename).containsExactly(null, 1L, 2L);
        assertThat(renaming(objects.getLast())).startsWith("2: public.").contains(" to app.");
        assertThat(words(records.get(2))).isEqualTo("app.orders");
        task.sql("INSERT INTO app.orders VALUES (4)", "INSERT INTO app.lines VALUES (4)");
        assertThat(words(topic.readTransaction().getFirst())).isEqualTo("app.orders");
        assertThat(words(topic.readTransaction().getFirst())).isEqualTo("app.lines");
    }

    @Test
    void tablesMaySwapTheirNames() {
        task.transaction(
                "INSERT INTO orders VALUES (1)",
                SWAP[0],
                SWAP[1],
                SWAP[2],
                "INSERT INTO orders VALUES (2)",
                "INSERT INTO lines VALUES (2)");
        assertThat(topic.readTransaction())
                .extracting(RenamedTablesIT::words)
                .containsExactly(
                        "public.orders",
                        "1: public.orders to public.passing",
                        "2: public.lines to public.orders",
                        "3: public.passing to public.lines",
                        "public.orders",
                        "public.lines",
                        "end");
    }

    /** The order may know of some of them by then. */
    @Test
    void aRestartGoesOnWhateverTheOrderCallsThem() {
        run.stop();
        task.sql("INSERT INTO orders VALUES (1)", SWAP[0], SWAP[1], SWAP[2], "INSERT INTO orders VALUES (2)");
        TestingRun second = task.start();
        assertThat(words(topic.readTransaction().getFirst())).isEqualTo("public.orders");
        for (int i = 0; i < SWAP.length; i++) {
            topic.readTransaction();
        }
        assertThat(words(topic.readTransaction().getFirst())).isEqualTo("public.orders");
        second.stop();
        task.sql("ALTER TABLE lines RENAME TO lines_2", "INSERT INTO lines_2 VALUES (3)");
        new TestingRun(task.run(new Selection(7, List.of(name("orders"), name("lines")), 3, List.of())));
        assertThat(words(topic.readTransaction().getFirst())).isEqualTo("4: public.lines to public.lines_2");
        assertThat(words(topic.readTransaction().getFirst())).isEqualTo("public.lines_2");
    }

    /** Where nobody is told, the changes would be nobody's. */
    @Test
    void aRenamingThatIsNotToldStopsTheTaskBeforeTheFirstChange() {
        String triggers = "ALTER EVENT TRIGGER " + Topics.slot(task.id) + "_end ";
        task.sql(
                triggers + "DISABLE",
                "ALTER TABLE orders RENAME TO untold",
                triggers + "ENABLE ALWAYS",
                "INSERT INTO untold VALUES (1)");
        SluiceException failure = run.failure();
        assertThat(failure.code()).isEqualTo(ErrorCode.SCHEMA_CHANGED);
        assertThat(failure).hasMessageContaining("public.untold");
    }

    /** What came in between is in the topic under a name that nobody knew then. */
    @Test
    void aRenamingThatIsToldLaterIsNotTakenForTheFirstOne() {
        String triggers = "ALTER EVENT TRIGGER " + Topics.slot(task.id) + "_end ";
        task.sql(
                triggers + "DISABLE",
                "ALTER TABLE orders RENAME TO late",
                triggers + "ENABLE ALWAYS",
                "INSERT INTO late VALUES (1)",
                "ALTER TABLE late RENAME TO orders",
                "ALTER TABLE orders RENAME TO late");
        assertThat(run.failure().code()).isEqualTo(ErrorCode.SCHEMA_CHANGED);
        assertThat(task.begin().failure()).hasMessageContaining("public.late").hasMessageContaining("\"*\"");
    }

    /** Neither is taken for the other one, whatever the order says. */
    @Test
    void aTableThatIsDroppedUnderItsNewNameLeavesTheOldOneToAnother() {
        task.transaction(
                "ALTER TABLE orders RENAME TO before",
                "ALTER TABLE lines RENAME TO orders",
                "DROP TABLE before",
                "INSERT INTO orders VALUES (1)");
        assertThat(words(topic.readTransaction().get(3))).isEqualTo("public.orders");
        run.stop();
        TestingRun second = task.start();
        task.sql("INSERT INTO orders VALUES (2)");
        assertThat(words(topic.readTransaction().getFirst())).isEqualTo("public.orders");
        second.stop();
        TestingRun third =
                new TestingRun(task.run(new Selection(7, List.of(name("before"), name("orders")), 2, List.of())));
        third.awaitCapturing();
        task.sql("INSERT INTO orders VALUES (3)");
        assertThat(words(topic.readTransaction().getFirst())).isEqualTo("public.orders");
        third.stop();
    }

    private static TableName name(String table) {
        return new TableName("public", table);
    }

    private static String words(ChangeRecord record) {
        return switch (record) {
            case RowChange row -> row.table().toString();
            case Ddl ddl -> {
                assertThat(ddl.error()).isNull();
                yield ddl.objects().isEmpty()
                        ? ddl.tag()
                        : renaming(ddl.objects().getLast());
            }
            default -> "end";
        };
    }

    private static String renaming(SourceObject object) {
        SourceTable before = object.before();
        SourceTable after = object.after();
        return before == null || after == null
                ? object.type()
                : object.rename() + ": " + before.schema() + '.' + before.name() + " to " + after.schema() + '.'
                        + after.name();
    }
}
