package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.Topics;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.change.SourceObject.Rewrite;
import io.sluice.contracts.change.SourceTable;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DdlIT extends StreamScenario {

    @BeforeEach
    void start() {
        stream(new TestingTask(
                        List.of("orders", "lines"),
                        "CREATE TABLE orders (id bigint PRIMARY KEY, note text DEFAULT 'none')",
                        "CREATE TABLE lines (id bigint PRIMARY KEY, amount numeric(8,2))",
                        "CREATE TABLE other (id bigint PRIMARY KEY)")
                .withDdl());
    }

    @Test
    void aCommandComesBetweenTheRowsWithWhatItHasChanged() {
        task.transaction(
                "INSERT INTO orders VALUES (1, 'a')",
                "ALTER TABLE orders ADD COLUMN extra int NOT NULL DEFAULT 7, ALTER COLUMN note DROP DEFAULT",
                "UPDATE orders SET extra = 8",
                "ALTER TABLE orders RENAME COLUMN note TO remark",
                "INSERT INTO orders VALUES (2, 'b', 9)");
        List<ChangeRecord> records = topic.readTransaction();
        assertThat(records).hasSize(6);
        assertThat(records).extracting(record -> record.position().order()).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
        Ddl added = (Ddl) records.get(1);
        assertThat(added.tag()).isEqualTo("ALTER TABLE");
        assertThat(added.statement()).contains("ADD COLUMN extra");
        assertThat(added.error()).isNull();
        SourceObject table = added.objects().getFirst();
        assertThat(names(table.before())).containsExactly("id", "note");
        assertThat(table.before().columns().get(1).defaultExpression()).isEqualTo("'none'::text");
        assertThat(names(table.after())).containsExactly("id", "note", "extra");
        assertThat(table.after().columns().get(1).defaultExpression()).isNull();
        assertThat(table.after().columns().get(2))
                .isEqualTo(new SourceTable.Column(3, "extra", "integer", true, "7", "", null, null, "7"));
        assertThat(table.after().constraints())
                .containsExactly(new SourceTable.Constraint("orders_pkey", "p", "PRIMARY KEY (id)"));
        SourceObject renamed = ((Ddl) records.get(3)).objects().getFirst();
        assertThat(renamed.before()).isEqualTo(table.after());
        assertThat(names(renamed.after())).containsExactly("id", "remark", "extra");
        assertThat(((RowChange) records.get(4)).described().names()).containsExactly("id", "remark", "extra");
    }

    /** A change of the catalog that is committed while the triggers are at work changes the order in which the server merges. */
    @Test
    void aCommandComesBeforeTheRowsThatFollowItWhateverOthersCommit() throws InterruptedException {
        AtomicBoolean over = new AtomicBoolean();
        Thread others = Thread.ofPlatform().start(() -> repeat("TRUNCATE other", over));
        try {
            for (int i = 0; i < 100; i++) {
                String column = "c" + i;
                task.transaction(
                        "ALTER TABLE orders ADD COLUMN " + column + " int",
                        "INSERT INTO orders (id, " + column + ") VALUES (" + i + ", 1)",
                        "ALTER TABLE orders DROP COLUMN " + column,
                        "DELETE FROM orders");
                assertThat(topic.readTransaction())
                        .extracting(record -> record.getClass().getSimpleName())
                        .as("transaction " + i)
                        .containsExactly("Ddl", "RowChange", "Ddl", "RowChange", "TransactionEnd");
            }
        } finally {
            over.set(true);
            others.join();
        }
    }

    @Test
    void indexesConstraintsFunctionsDropsAndOtherObjects() {
        task.sql("CREATE INDEX by_note ON orders (lower(note))");
        assertThat(only().after().indexes()).extracting(SourceTable.Index::name).containsExactly("by_note");
        task.sql("ALTER TABLE orders ADD CONSTRAINT positive CHECK (id > 0)");
        assertThat(only().after().constraints())
                .extracting(SourceTable.Constraint::name)
                .contains("positive");
        task.sql("DO $$ BEGIN EXECUTE 'ALTER TABLE orders ALTER note TYPE varchar(40)'; END $$");
        assertThat(only().after().columns().get(1).type()).isEqualTo("character varying(40)");
        task.sql("DROP INDEX by_note");
        assertThat(only().after().indexes()).isEmpty();
        task.sql("ALTER TABLE lines DROP COLUMN amount");
        SourceObject dropped = only();
        assertThat(names(dropped.before())).containsExactly("id", "amount");
        assertThat(names(dropped.after())).containsExactly("id");

        // Neither a table of others nor what leaves a table as it is.
        task.sql(
                "ALTER TABLE other ADD COLUMN v int",
                "COMMENT ON TABLE orders IS 'x'",
                "CREATE TEMP TABLE passing (id int)",
                "ALTER TABLE orders SET (fillfactor = 90)",
                "CREATE VIEW large AS SELECT * FROM orders WHERE id > 100");
        SourceObject view = only();
        assertThat(view.type()).isEqualTo("view");
        assertThat(view.uses()).containsExactly(new SourceObject.Relation("public", "orders"));
        assertThat(view.definition()).contains("id > 100");
        task.sql("CREATE SCHEMA more");
        assertThat(only().name()).isEqualTo("more");
        task.sql("CREATE TYPE mood AS ENUM ('low', 'high')");
        only();
        task.sql("ALTER TYPE mood ADD VALUE 'middle' AFTER 'low'");
        assertThat(only().labels()).containsExactly("low", "middle", "high");
        task.sql("CREATE TABLE made (id int PRIMARY KEY)");
        SourceObject made = only();
        assertThat(made.before()).isNull();
        assertThat(names(made.after())).containsExactly("id");
        task.sql("DROP TABLE lines");
        SourceObject gone = only();
        assertThat(gone.dropped()).isTrue();
        assertThat(names(gone.before())).containsExactly("id");
    }

    /** What a name was before, and what was told of it, no other place of the source knows. */
    @Test
    void whatViewsAndTypesWereIsTold() {
        task.sql("CREATE DOMAIN mark AS text DEFAULT 'a' CONSTRAINT short CHECK (length(VALUE) < 9)");
        assertThat(only().earlier()).isNull();
        task.sql("ALTER DOMAIN mark RENAME CONSTRAINT short TO shorter");
        SourceObject domain = only();
        assertThat(domain.parts().defaultValue()).isEqualTo("'a'::text");
        assertThat(domain.parts().constraints())
                .extracting(SourceTable.Constraint::name)
                .containsExactly("shorter");
        assertThat(domain.earlier().parts().constraints())
                .extracting(SourceTable.Constraint::name)
                .containsExactly("short");
        task.sql("ALTER DOMAIN mark RENAME TO mark2");
        assertThat(only().earlier().name()).isEqualTo("mark");
        task.sql("CREATE TYPE pair AS (a int, b text)");
        only();
        task.sql("ALTER TYPE pair RENAME ATTRIBUTE b TO c");
        SourceObject pair = only();
        assertThat(pair.earlier().parts().attributes())
                .hasToString(
                        "[Attribute[number=1, name=a, type=integer]," + " Attribute[number=2, name=b, type=text]]");
        assertThat(pair.parts().attributes().getLast().name()).isEqualTo("c");
        task.sql("CREATE TYPE span AS RANGE (subtype = float8, multirange_type_name = spans)");
        assertThat(only().definition())
                .isEqualTo("CREATE TYPE public.span AS RANGE (SUBTYPE = double precision,"
                        + " MULTIRANGE_TYPE_NAME = public.spans)");
        task.sql("CREATE VIEW large AS SELECT * FROM orders");
        only();
        task.sql("CREATE SCHEMA more");
        only();
        task.sql("ALTER SCHEMA more RENAME TO less");
        only();
        task.sql("ALTER TABLE large SET SCHEMA less");
        SourceObject view = only();
        assertThat(view.schema() + ' ' + view.earlier().schema()).isEqualTo("less public");
        task.sql("ALTER SCHEMA less RENAME TO more");
        SourceObject moved =
                ((Ddl) topic.readTransaction().getFirst()).objects().getLast();
        assertThat(moved.type() + ' ' + moved.schema() + ' ' + moved.earlier().schema())
                .isEqualTo("view more less");
        task.sql("ALTER VIEW more.large RENAME COLUMN note TO remark");
        SourceObject columns = only();
        assertThat(columns.earlier().parts().attributes())
                .hasToString(
                        "[Attribute[number=1, name=id, type=bigint]," + " Attribute[number=2, name=note, type=text]]");
        assertThat(columns.parts().attributes().getLast().name()).isEqualTo("remark");
        task.sql("ALTER VIEW more.large SET (security_barrier)");
        assertThat(only().options()).containsExactly("security_barrier=true");
        task.sql("CREATE MATERIALIZED VIEW kept AS SELECT 1 AS one FROM more.large");
        assertThat(only().filled()).isTrue();
        task.sql("DROP TYPE pair");
        assertThat(only().earlier().definition()).contains("c text");
        task.sql("DROP TABLE orders CASCADE");
        List<SourceObject> gone = ((Ddl) topic.readTransaction().getFirst()).objects();
        assertThat(gone)
                .extracting(object -> object.type() + ' ' + object.schema() + '.' + object.name())
                .containsExactlyInAnyOrder("materialized view public.kept", "view more.large", "table public.orders");
    }

    /** What only hangs on a type that gets another name, or is dropped, is told of as it is then. */
    @Test
    void whatHangsOnATypeIsKnownByItsNewName() {
        task.sql(
                "CREATE TYPE mood AS ENUM ('low', 'high')",
                "CREATE TYPE couple AS (feeling mood, n int)",
                "ALTER TABLE orders ADD COLUMN feeling mood DEFAULT 'low', ADD COLUMN feelings mood[]",
                "ALTER TYPE mood RENAME TO feeling");
        for (int i = 0; i < 4; i++) {
            topic.readTransaction();
        }
        task.sql("ALTER TABLE orders ALTER id TYPE numeric");
        SourceObject table = only();
        assertThat(table.before().columns().get(2).defaultExpression()).isEqualTo("'low'::public.feeling");
        assertThat(table.before().columns().get(3).type()).isEqualTo("public.feeling[]");
        assertThat(table.after().columns().get(3).type()).isEqualTo("public.feeling[]");
        task.sql("ALTER TABLE orders DROP COLUMN feeling, DROP COLUMN feelings");
        only();
        task.sql("DROP TYPE feeling CASCADE");
        List<SourceObject> objects = ((Ddl) topic.readTransaction().getFirst()).objects();
        assertThat(objects).extracting(SourceObject::name).containsExactlyInAnyOrder("feeling", "couple");
        SourceObject couple = objects.getLast();
        assertThat(couple.losesAttributes()).isTrue();
        assertThat(couple.earlier().definition()).contains("public.feeling");
    }

    /** A command may compute the values of rows anew, of which there is no change of rows. */
    @Test
    void whatBecameOfTheRowsIsTold() {
        task.sql("INSERT INTO lines VALUES (1, 2)");
        topic.readTransaction();
        task.sql("ALTER TABLE lines ALTER amount TYPE numeric(8,2) USING amount * 100");
        SourceObject same = only();
        assertThat(same.rewrites()).containsOnly(Rewrite.ROWS, Rewrite.COMPUTED);
        assertThat(same.after().columns()).isEqualTo(same.before().columns());
        task.sql("ALTER TABLE lines ADD COLUMN a int DEFAULT 1, ALTER amount TYPE numeric(8,2) USING amount * 100");
        assertThat(only().rewrites()).contains(Rewrite.COMPUTED);
        task.sql("ALTER TABLE lines ALTER a DROP DEFAULT, ALTER a TYPE bigint");
        assertThat(only().rewrites()).containsOnly(Rewrite.ROWS, Rewrite.CAST, Rewrite.OTHER_DEFAULTS);
        task.sql("ALTER TABLE lines ADD COLUMN r float8 DEFAULT random()");
        assertThat(only().rewrites()).containsOnly(Rewrite.ROWS);
        // The values stay as they are.
        task.sql("ALTER TABLE lines ALTER amount TYPE numeric(10,2) USING amount");
        assertThat(only().rewrites()).isEmpty();
        task.sql("TRUNCATE lines");
        topic.readTransaction();
        task.sql("ALTER TABLE lines ADD COLUMN b int");
        assertThat(only().rewrites()).isEmpty();
    }

    /** The client's statement does not have it, or what is kept of that has not. */
    @Test
    void whatAFunctionSaysOfTheRowsIsTold() {
        task.sql(
                "ALTER TABLE lines ADD COLUMN b int, ADD COLUMN c text",
                "CREATE FUNCTION hidden() RETURNS void LANGUAGE sql AS 'ALTER TABLE lines ALTER b TYPE int USING b + 1'");
        only();
        task.sql("DO $$ BEGIN ALTER TABLE lines ALTER b TYPE bigint; END $$");
        assertThat(only().rewrites()).containsOnly(Rewrite.ROWS, Rewrite.CAST);
        task.sql("DO $$ BEGIN EXECUTE 'ALTER TABLE lines ALTER b TYPE int us' || 'ing b + 1'; END $$");
        assertThat(only().rewrites()).containsOnly(Rewrite.ROWS, Rewrite.COMPUTED);
        task.sql("SELECT hidden()");
        assertThat(only().rewrites()).contains(Rewrite.COMPUTED);
        task.sql("ALTER TABLE lines /*" + "x".repeat(12_000) + "*/ ALTER b TYPE int USING b * 2");
        assertThat(only().rewrites()).contains(Rewrite.COMPUTED);
        task.sql("SET session_replication_role = replica; ALTER TABLE lines ALTER b TYPE int USING b * 2");
        assertThat(only().rewrites()).contains(Rewrite.COMPUTED);
    }

    @Test
    void theDefaultOfADomainIsTold() {
        task.sql("CREATE DOMAIN mark AS uuid DEFAULT gen_random_uuid()", "CREATE DOMAIN mark2 AS mark");
        topic.readTransaction();
        topic.readTransaction();
        task.sql("ALTER TABLE lines ADD COLUMN m mark2, ADD COLUMN n mark DEFAULT NULL");
        List<SourceTable.Column> columns = only().after().columns();
        assertThat(columns.get(2).typeDefault()).isEqualTo("gen_random_uuid()");
        assertThat(columns.get(2).missing()).isNull();
        assertThat(columns.get(3).typeDefault()).isNull();
    }

    /** The command itself goes on, and the next one tells what it did. */
    @Test
    void whatCouldNotBeToldIsSaid() {
        String shape = "_sluice_ddl." + Topics.slot(task.id) + "_shape";
        String own = task.query("SELECT pg_get_functiondef('" + shape + "(oid)'::regprocedure)");
        task.sql("CREATE OR REPLACE FUNCTION " + shape
                + "(relation oid) RETURNS jsonb LANGUAGE plpgsql AS $$BEGIN RAISE 'no look'; END$$");
        task.sql("ALTER TABLE orders ALTER note SET NOT NULL");
        Ddl untold = (Ddl) topic.readTransaction().getFirst();
        assertThat(untold.error()).isEqualTo("no look");
        assertThat(untold.statement()).contains("SET NOT NULL");
        assertThat(untold.objects()).singleElement().satisfies(object -> {
            assertThat(object.type() + ' ' + object.schema() + '.' + object.name())
                    .isEqualTo("table public.orders");
            assertThat(object.before()).isNull();
            assertThat(object.after()).isNull();
        });
        task.sql("DROP FUNCTION " + shape + "(oid)", String.valueOf(own));
        task.sql("ALTER TABLE orders ADD COLUMN more int");
        SourceObject told = only();
        assertThat(told.before().columns().get(1).notNull()).isFalse();
        assertThat(told.after().columns().get(1).notNull()).isTrue();
    }

    /** Of those from an older version none tells of values that are computed anew. */
    @Test
    void triggersThatAreNotAllThereAreMadeAnew() {
        run.stop();
        task.sql("DROP EVENT TRIGGER " + Topics.slot(task.id) + "_rewrite");
        task.start();
        task.sql("ALTER TABLE lines ALTER amount TYPE numeric(8,2) USING amount * 100");
        assertThat(only().rewrites()).contains(Rewrite.COMPUTED);
    }

    @Test
    void whatWasRolledBackOrForgedIsNotThereAndARestartGoesOn() {
        task.sql("BEGIN; ALTER TABLE orders ADD COLUMN gone int; ROLLBACK");
        task.sql("SELECT pg_logical_emit_message(true, 'sluice.ddl', '{\"task\": \"" + task.id
                + "\", \"secret\": \"guessed\", \"tag\": \"DROP TABLE\", \"objects\": []}')");
        run.stop();
        task.sql("ALTER TABLE orders ADD COLUMN a int");
        task.start();
        assertThat(names(only().after())).containsExactly("id", "note", "a");
        task.sql("ALTER TABLE orders ADD COLUMN b int");
        assertThat(names(only().before())).containsExactly("id", "note", "a");
    }

    @Test
    void aHeartbeatWithinATransactionIsNone() {
        task.transaction(
                "INSERT INTO orders VALUES (1)",
                "SELECT pg_logical_emit_message(true, 'sluice.heartbeat', '" + task.id + " 1')",
                "INSERT INTO orders VALUES (2)");
        assertThat(topic.readTransaction()).hasSize(3);
        task.sql("INSERT INTO orders VALUES (3)");
        assertThat(topic.readTransaction()).hasSize(2);
        assertThat(run.ended()).isFalse();
    }

    @Test
    void commandsOfOthersWorkAndNothingIsLeftInTheEnd() throws Exception {
        String role = "dev_" + task.database;
        task.sql(
                "CREATE ROLE " + role,
                "GRANT CREATE ON SCHEMA public TO " + role,
                "ALTER TABLE lines OWNER TO " + role,
                "SET ROLE " + role + "; ALTER TABLE lines ADD COLUMN b int");
        assertThat(names(only().after())).containsExactly("id", "amount", "b");
        assertThat(task.query("SELECT has_table_privilege('" + role + "', '_sluice_ddl." + Topics.slot(task.id)
                        + "', 'SELECT')"))
                .isEqualTo("f");
        run.stop();
        assertThat(task.cleaner().cleanSource()).isEmpty();
        assertThat(task.query("SELECT count(*) FROM pg_event_trigger")).isEqualTo("0");
        assertThat(task.query("SELECT count(*) FROM pg_namespace WHERE nspname = '_sluice_ddl'"))
                .isEqualTo("0");
        task.sql("ALTER TABLE lines DROP COLUMN b", "DROP OWNED BY " + role, "DROP ROLE " + role);
    }

    private SourceObject only() {
        List<ChangeRecord> records = topic.readTransaction();
        assertThat(records).hasSize(2);
        Ddl ddl = (Ddl) records.getFirst();
        assertThat(ddl.error()).isNull();
        assertThat(ddl.objects()).hasSize(1);
        return ddl.objects().getFirst();
    }

    private static List<String> names(SourceTable table) {
        return table.columns().stream().map(SourceTable.Column::name).toList();
    }

    private void repeat(String sql, AtomicBoolean over) {
        try (Connection connection = task.connect();
                Statement statement = connection.createStatement()) {
            while (!over.get()) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
