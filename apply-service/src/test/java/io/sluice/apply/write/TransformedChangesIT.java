package io.sluice.apply.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.apply.SharedServers;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.ChangeChoice.Conflict;
import io.sluice.contracts.task.TableName;
import io.sluice.localstack.PostgresServer;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random changes of tables with transforms, written to a real target: it has what a query of the source's tables, which
 * says in SQL what the expressions say in CEL, finds there.
 */
class TransformedChangesIT {

    private static final List<String> COLUMNS = List.of("id", "n", "name", "secret", "big", "at");

    private final PostgresServer server = SharedServers.postgres();
    private long position;

    static List<Long> seeds() {
        long first = Long.getLong("sluice.seed", System.nanoTime());
        int many = Boolean.getBoolean("sluice.soak") ? 100 : 3;
        return LongStream.range(first, first + many).boxed().toList();
    }

    /** HMAC as in RFC 2104, for keys shorter than a block. */
    private static final String HMAC = """
            CREATE FUNCTION hmac_sha256(message text, key text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE STRICT AS $$
            DECLARE inner_pad bytea := decode(repeat('36', 64), 'hex'); outer_pad bytea := decode(repeat('5c', 64), 'hex');
            BEGIN
                FOR i IN 0 .. length(key) - 1 LOOP
                    inner_pad := set_byte(inner_pad, i, get_byte(inner_pad, i) # ascii(substr(key, i + 1, 1)));
                    outer_pad := set_byte(outer_pad, i, get_byte(outer_pad, i) # ascii(substr(key, i + 1, 1)));
                END LOOP;
                RETURN sha256(outer_pad || sha256(inner_pad || convert_to(message, 'UTF8')));
            END $$""";

    @ParameterizedTest(name = "-Dsluice.seed={0}")
    @MethodSource("seeds")
    void theTargetIsWhatTheExpressionsMakeOfTheSource(long seed) throws SQLException {
        Random random = new Random(seed);
        TestingTarget target =
                target("transformed_" + Long.toUnsignedString(seed), TransformedTable.ALL, Conflict.OVERWRITE);
        Map<TransformedTable, Map<String, Row>> rows = new java.util.LinkedHashMap<>();
        Map<String, String> log = new TreeMap<>();
        TransformedTable.ALL.forEach(table -> rows.put(table, new TreeMap<>()));
        TestingTarget.Write write = target.open();
        for (int run = 0; run < 20; run++) {
            List<ChangeRecord> changes = new ArrayList<>();
            int many = 1 + random.nextInt(random.nextInt(4) == 0 ? 300 : 15);
            for (int i = 0; i < many; i++) {
                TransformedTable table = TransformedTable.ALL.get(random.nextInt(TransformedTable.ALL.size()));
                RowChange change = change(table, rows.get(table), random);
                changes.add(change);
                note(table, change, log);
            }
            write.writer().write(changes, true);
            write.session().connection().commit();
            assertThat(target.list("SELECT message FROM _sluice.exception")).isEmpty();
            if (run % 5 == 4) {
                assertHolds(target, rows, log, seed);
            }
        }
        write.session().close();
    }

    /** What is left of deleted rows, by hand: the expression of this table asks for more than its rows say. */
    private static void note(TransformedTable table, RowChange change, Map<String, String> log) {
        if (!table.name().equals("archive") || change.operation() == Operation.DELETE) {
            return;
        }
        Row after = java.util.Objects.requireNonNull(change.after());
        if (change.before() != null) {
            log.remove(change.before().value("id"));
        }
        log.put(
                String.valueOf(after.value("id")),
                "%s, %s, '%s', %s"
                        .formatted(
                                after.value("id"),
                                after.value("n"),
                                change.operation(),
                                change.before() == null
                                        ? "NULL"
                                        : change.before().value("n")));
    }

    private void assertHolds(
            TestingTarget target, Map<TransformedTable, Map<String, Row>> rows, Map<String, String> log, long seed)
            throws SQLException {
        target.execute("TRUNCATE whole, keyonly, bag, archive, archive_log");
        if (!log.isEmpty()) {
            target.execute("INSERT INTO archive_log VALUES (" + String.join("), (", log.values()) + ")");
        }
        for (Map.Entry<TransformedTable, Map<String, Row>> entry : rows.entrySet()) {
            TransformedTable table = entry.getKey();
            try (Connection connection = server.connect(target.database());
                    PreparedStatement insert = connection.prepareStatement("INSERT INTO " + table.name()
                            + " VALUES (?::bigint, ?::bigint, ?, ?, ?, ?::timestamptz)")) {
                for (Row row : entry.getValue().values()) {
                    for (int i = 0; i < COLUMNS.size(); i++) {
                        insert.setString(i + 1, row.value(i));
                    }
                    insert.addBatch();
                }
                insert.executeBatch();
            }
            assertThat(target.list("SELECT " + table.there() + " FROM " + table.name() + "_there"))
                    .as("%s, -Dsluice.seed=%s", table.name(), seed)
                    .containsExactlyInAnyOrderElementsOf(target.list(table.expected()));
        }
    }

    private RowChange change(TransformedTable table, Map<String, Row> rows, Random random) {
        int what = rows.isEmpty() ? 0 : random.nextInt(10);
        List<String> key = table.keyed() ? List.of("id") : List.of();
        if (what < 3) {
            String id;
            do {
                id = Integer.toString(random.nextInt(5_000));
            } while (rows.containsKey(id));
            Row row = row(id, random);
            rows.put(id, row);
            return new RowChange(Operation.INSERT, table.source(), key, at(), null, row, 1_000_000);
        }
        String id = List.copyOf(rows.keySet()).get(random.nextInt(rows.size()));
        Row old = java.util.Objects.requireNonNull(rows.get(id));
        if (what == 3) {
            rows.remove(id);
            return new RowChange(
                    Operation.DELETE, table.source(), key, at(), table.full() ? old : keyOf(old), null, 1_000_000);
        }
        String newId = id;
        if (what == 4) {
            do {
                newId = Integer.toString(5_000 + random.nextInt(100_000));
            } while (rows.containsKey(newId));
        }
        Row changed = row(newId, random);
        boolean sameBig = random.nextBoolean();
        if (sameBig) {
            changed = new Row(changed.columns(), new @Nullable String[] {
                newId,
                changed.value("n"),
                changed.value("name"),
                changed.value("secret"),
                old.value("big"),
                changed.value("at")
            });
        }
        rows.remove(id);
        rows.put(newId, changed);
        boolean moved = !newId.equals(id);
        // A row that comes to the target must be known in full.
        boolean leavesOut = sameBig && (table.full() || !moved);
        Row sent = leavesOut ? without(changed, "big") : changed;
        Row before = table.full() ? old : moved ? keyOf(old) : null;
        return new RowChange(Operation.UPDATE, table.source(), key, at(), before, sent, 1_000_000);
    }

    private ChangePosition at() {
        return new ChangePosition(new Lsn(1), 1, ++position);
    }

    private static Row row(String id, Random random) {
        String[] names = {"x", "", "Zoë Å", "tab\tand\nline \\N", "o'neill", "😀😀😀"};
        return new Row(new Columns(COLUMNS), new @Nullable String[] {
            id,
            Integer.toString(random.nextInt(40)),
            random.nextInt(6) == 0 ? null : names[random.nextInt(names.length)],
            random.nextBoolean() ? "x" : null,
            random.nextInt(5) == 0 ? null : "big " + random.nextInt(),
            random.nextBoolean() ? null : "2026-01-0" + (1 + random.nextInt(9)) + " 10:00:00+00"
        });
    }

    private static Row keyOf(Row row) {
        return new Row(new Columns(List.of("id")), new @Nullable String[] {row.value("id")});
    }

    private static Row without(Row row, String column) {
        List<String> names = row.columns().names().stream()
                .filter(name -> !name.equals(column))
                .toList();
        return new Row(new Columns(names), names.stream().map(row::value).toArray(String[]::new));
    }

    @Test
    void aRowOnWhichTheExpressionFailsGoesToTheExceptionsWithWhatFollowsIt() throws SQLException {
        TransformedTable table = table("{\"n\": 100 / row.n}", true);
        TestingTarget target = target("failing", List.of(table), Conflict.OVERWRITE);
        TestingTarget.Write write = target.open();
        List<ChangeRecord> changes = new ArrayList<>();
        for (int i = 1; i <= 300; i++) {
            changes.add(insert(table, i, i == 77 ? "0" : "1"));
        }
        changes.add(
                new RowChange(Operation.UPDATE, table.source(), List.of("id"), at(), null, row("77", "5"), 1_000_000));
        write.writer().write(changes.subList(0, 300), true);
        write.writer().write(changes.subList(300, 301), true);
        write.session().connection().commit();

        assertThat(target.list("SELECT count(*) || ' ' || sum(n) FROM whole_there"))
                .containsExactly("299 29900");
        assertThat(target.list("SELECT concat_ws(' ', operation, coalesce(sql_state, '-'), state, message)"
                        + " FROM _sluice.exception ORDER BY number"))
                .satisfiesExactly(
                        first -> assertThat(first)
                                .startsWith("INSERT 22000 OPEN The transform of the table fails:")
                                .contains("at 1:11"),
                        second -> assertThat(second).startsWith("UPDATE - OPEN Held back"));
        target.execute("UPDATE _sluice.exception SET wish = 'SKIP' WHERE number = 1");
        write.attend();
        assertThat(target.list("SELECT n FROM whole_there WHERE id = 77")).containsExactly("20");
        write.session().close();
    }

    @Test
    void whatCannotBeToldOfTheOldRowStopsTheTask() throws SQLException {
        TransformedTable table = table("row.n > 5", false);
        TestingTarget target = target("undecidable", List.of(table), Conflict.OVERWRITE);
        TestingTarget.Write write = target.open();
        write.writer().write(List.of(insert(table, 1, "6")), true);

        RowChange update =
                new RowChange(Operation.UPDATE, table.source(), List.of("id"), at(), null, row("1", "4"), 1_000_000);
        assertThatThrownBy(() -> write.writer().write(List.of(update), true))
                .isInstanceOfSatisfying(
                        SluiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TRANSFORM_UNDECIDABLE))
                .hasMessageContaining("REPLICA IDENTITY FULL");
        write.session().close();
    }

    private static TransformedTable table(String transform, boolean full) {
        return new TransformedTable(
                "whole",
                full,
                true,
                Set.of(),
                Map.of(),
                transform,
                "id bigint PRIMARY KEY, n bigint, name text, secret text, big text, at timestamptz",
                "",
                "");
    }

    private RowChange insert(TransformedTable table, int id, String n) {
        return new RowChange(
                Operation.INSERT, table.source(), List.of("id"), at(), null, row(Integer.toString(id), n), 1_000_000);
    }

    private static Row row(String id, String n) {
        return new Row(new Columns(COLUMNS), new @Nullable String[] {id, n, null, null, null, null});
    }

    /** The source's tables are in the same database, under other names. */
    private TestingTarget target(String name, List<TransformedTable> tables, Conflict conflict) {
        String database = name.toLowerCase(Locale.ROOT);
        TestingTarget target = new TestingTarget(
                server,
                database,
                conflict,
                tables.stream().map(TransformedTable::mapping).toList(),
                names -> definitions(database, names));
        target.execute(HMAC, "CREATE TABLE archive_log (id bigint, n bigint, last text, was bigint)");
        for (TransformedTable table : TransformedTable.ALL) {
            target.execute("CREATE TABLE " + table.name() + " (id bigint" + (table.keyed() ? " PRIMARY KEY" : "")
                    + ", n bigint, name text, secret text, big text, at timestamptz)");
        }
        tables.forEach(table -> target.execute("CREATE TABLE " + table.name() + "_there (" + table.target() + ")"));
        return target;
    }

    private Map<TableName, TableDefinition> definitions(String database, Set<TableName> names) {
        try (Connection connection = server.connect(database)) {
            return new Catalog(connection).findTables(names);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }
}
