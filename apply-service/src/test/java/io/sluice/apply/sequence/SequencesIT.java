package io.sluice.apply.sequence;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.apply.TestingContext;
import io.sluice.apply.compare.ComparedSides;
import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.localstack.PostgresServer;
import io.sluice.postgres.Connections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sequences are found on the target where the structure has made them, whatever becomes of tables and schemas. */
class SequencesIT {

    @Test
    void whereverTheStructureHasMadeThemTheyAreFound() {
        try (PostgresServer server = PostgresServer.startTemporary()) {
            ComparedSides sides = new ComparedSides(
                    server,
                    List.of(
                            new TableChoice("shop", "item", "store", "goods", null, null, null),
                            new TableChoice("old", "*", "new", null, null, null, null)),
                    List.of(new TableName("shop", "item"), new TableName("old", "note")));
            sides.onSource(
                    "CREATE SCHEMA shop",
                    "CREATE SCHEMA old",
                    // No column owns it: it stays with its schema, which no choice of all tables renames.
                    "CREATE SEQUENCE shop.loose",
                    // Of another schema, which one renames.
                    "CREATE SEQUENCE old.far",
                    "CREATE TABLE shop.item (id serial PRIMARY KEY, n bigint DEFAULT nextval('shop.loose'),"
                            + " m bigint DEFAULT nextval('old.far'))",
                    "CREATE TABLE old.note (id serial PRIMARY KEY)",
                    // No table uses it: it goes with its schema, which is chosen as a whole.
                    "CREATE SEQUENCE old.alone",
                    "CREATE SEQUENCE shop.not_chosen",
                    "SELECT setval('old.alone', 15)",
                    "SELECT setval('shop.loose', 11)",
                    "SELECT setval('old.far', 12)",
                    "SELECT setval('shop.item_id_seq', 13)",
                    "SELECT setval('old.note_id_seq', 14)");
            sides.onTarget(
                    "CREATE SCHEMA shop",
                    "CREATE SCHEMA store",
                    "CREATE SCHEMA new",
                    "CREATE SEQUENCE shop.loose",
                    "CREATE SEQUENCE new.far",
                    "CREATE SEQUENCE new.alone",
                    "CREATE TABLE store.goods (id serial PRIMARY KEY, n bigint DEFAULT nextval('shop.loose'),"
                            + " m bigint DEFAULT nextval('new.far'))",
                    "CREATE TABLE new.note (id serial PRIMARY KEY)");
            TaskOrder order = sides.order(Phase.RUN, List.of());
            try (Connections source = sides.source();
                    Connections target = sides.target();
                    DatabaseSession onSource = DatabaseSession.open(source, new TestingContext(), List.of());
                    DatabaseSession onTarget = DatabaseSession.open(target, new TestingContext(), List.of())) {
                Sequences.Result result =
                        new Sequences(order.spec(), order.tables(), 0).move(onSource, onTarget, new Bookkeeping(order));

                assertThat(result).isEqualTo(new Sequences.Result(5, List.of(), List.of()));
            }
            assertThat(ComparedSides.values(
                            server,
                            sides.targetName(),
                            "SELECT concat_ws(' ', (SELECT last_value FROM shop.loose), (SELECT last_value FROM new.far),"
                                    + " (SELECT last_value FROM store.goods_id_seq), (SELECT last_value FROM new.note_id_seq),"
                                    + " (SELECT last_value FROM new.alone))"))
                    .containsExactly("11 12 13 14 15");
        }
    }

    @Test
    void theMarginExhaustsNoneAndOneThatGoesRoundIsWhereItIs() {
        try (PostgresServer server = PostgresServer.startTemporary()) {
            TableName table = ComparedSides.table("item");
            ComparedSides sides = new ComparedSides(
                    server, List.of(TableChoice.unchanged(new TablePattern("public", "*"))), List.of(table));
            sides.onBoth(
                    "CREATE SEQUENCE round MAXVALUE 1000 CYCLE",
                    "CREATE SEQUENCE down INCREMENT -2",
                    "CREATE TABLE item (id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
                            + " r int DEFAULT nextval('round'), d int DEFAULT nextval('down'))");
            sides.onSource("SELECT setval('item_id_seq', 32000), setval('round', 5), setval('down', -7)");
            sides.onTarget("SELECT setval('round', 900)");
            TaskOrder order = sides.order(Phase.RUN, List.of());
            try (Connections source = sides.source();
                    Connections target = sides.target();
                    DatabaseSession onSource = DatabaseSession.open(source, new TestingContext(), List.of());
                    DatabaseSession onTarget = DatabaseSession.open(target, new TestingContext(), List.of())) {
                Sequences.Result result = new Sequences(order.spec(), order.tables(), 1000)
                        .move(onSource, onTarget, new Bookkeeping(order));

                assertThat(result.set()).isEqualTo(3);
                assertThat(result.close()).hasSize(2).allMatch(name -> !name.contains("down"));
            }
            assertThat(ComparedSides.values(
                            server,
                            sides.targetName(),
                            "SELECT concat_ws(' ', nextval('item_id_seq'), nextval('round'), nextval('down'))"))
                    .containsExactly("32001 6 -2009");
        }
    }
}
