package io.sluice.apply.write;

import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.change.Columns;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.ColumnDefinition.Identity;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.catalog.TableDefinition.Kind;
import io.sluice.postgres.catalog.TableDefinition.ReplicaIdentity;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A source that is only thought of: its tables are changed at random, and every change is recorded as capture would. */
final class ModelSource {

    private static final Map<String, List<String>> TARGET_TYPES = Map.of(
            "keyed_there", List.of("id int PRIMARY KEY", "remark text", "big text", "uniq text UNIQUE"),
            "bag", List.of("x int", "d numeric", "p point", "c char(3)"),
            "Filtered", List.of("id int PRIMARY KEY", "amount numeric", "note text"),
            "gate", List.of("region text", "id int", "v text", "PRIMARY KEY (region, id)"),
            "parts", List.of("id int PRIMARY KEY", "v text"));

    private final Random random;
    private final List<ModelTable> tables;
    private final boolean everything;
    private final boolean swaps;
    private long transactions;

    /** @param everything false for one table, whose updates are whole and leave the key alone */
    ModelSource(long seed, boolean everything) {
        this(seed, everything, false);
    }

    /** @param swaps rows exchange unique values within a transaction, as a DEFERRABLE key allows */
    ModelSource(long seed, boolean everything, boolean swaps) {
        this.random = new Random(seed);
        this.swaps = swaps;
        this.everything = everything;
        List<TableMapping> mappings = mappings();
        ModelTable keyed = table(mappings.get(0), "id note big uniq", List.of("id"), !everything, "big", row -> true);
        this.tables = !everything
                ? List.of(keyed)
                : List.of(
                        keyed,
                        table(mappings.get(1), "x left_out d p c", List.of(), true, null, row -> true),
                        table(
                                mappings.get(2),
                                "id amount secret note",
                                List.of("id"),
                                true,
                                null,
                                ModelSource::fitsAmount),
                        table(
                                mappings.get(3),
                                "region id v",
                                List.of("region", "id"),
                                false,
                                null,
                                row -> !"b".equals(row.value("region"))),
                        table(mappings.get(4), "id v", List.of("id"), false, null, row -> true),
                        table(mappings.get(5), "id v", List.of("id"), false, null, row -> true));
    }

    private static boolean fitsAmount(Row row) {
        String amount = row.value("amount");
        return amount != null && new BigDecimal(amount).intValue() >= 5 && !"x".equals(row.value("secret"));
    }

    private static ModelTable table(
            TableMapping mapping,
            String columns,
            List<String> key,
            boolean full,
            @Nullable String large,
            java.util.function.Predicate<Row> fits) {
        return new ModelTable(
                mapping, new Columns(List.of(columns.split(" "))), key, full, large, fits, new ArrayList<>());
    }

    static List<TableMapping> mappings() {
        return List.of(
                mapping("keyed", "keyed_there", Set.of(), Map.of("note", "remark"), null),
                mapping("bag", "bag", Set.of("left_out"), Map.of(), null),
                mapping(
                        "filtered",
                        "Filtered",
                        Set.of("secret"),
                        Map.of(),
                        "filtered.amount >= 5 AND secret IS DISTINCT FROM 'x'"),
                mapping("gate", "gate", Set.of(), Map.of(), "region <> 'b'"),
                mapping("part1", "parts", Set.of(), Map.of(), null),
                mapping("part2", "parts", Set.of(), Map.of(), null));
    }

    private static TableMapping mapping(
            String source, String target, Set<String> excluded, Map<String, String> renamed, @Nullable String filter) {
        return new TableMapping(
                new TableName("public", source),
                new TableName("public", target),
                excluded,
                renamed,
                NameCase.SOURCE,
                filter,
                null);
    }

    /** What the catalog of the source would say of the table with a column that is left out and filtered by. */
    static Map<TableName, TableDefinition> definitions(Set<TableName> asked) {
        Function<String, ColumnDefinition> column = text -> {
            String[] parts = text.split(" ");
            return new ColumnDefinition(
                    parts[0], parts[1], parts[1], true, parts[1], false, null, Identity.NONE, null, null, "=");
        };
        return asked.stream()
                .collect(Collectors.toMap(
                        name -> name,
                        name -> new TableDefinition(
                                name,
                                1,
                                Kind.TABLE,
                                false,
                                ReplicaIdentity.FULL,
                                0,
                                0,
                                0,
                                List.of("id int", "amount numeric", "secret text", "note text").stream()
                                        .map(column)
                                        .toList(),
                                List.of("id"),
                                List.of("id"))));
    }

    List<String> targetTables() {
        return TARGET_TYPES.entrySet().stream()
                .map(table -> "CREATE TABLE \"" + table.getKey() + "\" (" + String.join(", ", table.getValue()) + ")")
                .toList();
    }

    /** How a row of the target is written for comparison. */
    static String columns(String targetTable) {
        return TARGET_TYPES.get(targetTable).stream()
                .map(column -> column.split(" ")[0])
                .filter(column -> !column.equals("PRIMARY"))
                .map(column -> "coalesce('''' || rpad(" + column + "::text, "
                        + (column.equals("c") ? "3" : "length(" + column + "::text)") + "), 'null')")
                .collect(Collectors.joining(" || '|' || "));
    }

    /** Rows by table of the target. */
    Map<String, List<String>> expected() {
        Map<String, List<String>> expected = new TreeMap<>();
        for (ModelTable table : tables) {
            expected.computeIfAbsent(table.mapping().target().table(), name -> new ArrayList<>())
                    .addAll(table.expected());
        }
        return expected;
    }

    /** The changes of one transaction. */
    List<ChangeRecord> transaction(int size) {
        transactions++;
        List<ChangeRecord> changes = new ArrayList<>();
        while (changes.size() < size) {
            ChangePosition position = at(changes);
            ModelTable table = tables.get(random.nextInt(tables.size()));
            if (swaps && random.nextInt(8) == 0) {
                swap(tables.getFirst(), changes);
            } else if (random.nextInt(150) == 0
                    && everything
                    && !table.mapping().target().table().equals("parts")) {
                table.rows().clear();
                changes.add(new Truncate(table.name(), position, 0));
            } else {
                change(table, position, changes);
            }
        }
        return changes;
    }

    /** Two rows exchange their unique values; in between both have the same. */
    private void swap(ModelTable table, List<ChangeRecord> changes) {
        if (table.rows().size() < 2) {
            return;
        }
        int place = random.nextInt(table.rows().size() - 1);
        Row one = table.rows().get(place);
        Row other = table.rows().get(place + 1);
        changes.add(table.update(at(changes), one, with("uniq", other.value("uniq"), one)));
        changes.add(table.update(at(changes), other, with("uniq", one.value("uniq"), other)));
    }

    private static Row with(String column, @Nullable String value, Row row) {
        return new Row(
                row.columns(),
                row.columns().names().stream()
                        .map(name -> name.equals(column) ? value : row.value(name))
                        .toArray(String[]::new));
    }

    private ChangePosition at(List<ChangeRecord> changes) {
        return new ChangePosition(new Lsn(1000 * transactions), transactions, changes.size() + 1);
    }

    private void change(ModelTable table, ChangePosition position, List<ChangeRecord> changes) {
        Row fresh = row(table);
        if (table.key().isEmpty()
                ? table.rows().size() < 3 || random.nextInt(3) == 0
                : table.withKeyOf(fresh) == null) {
            if (unique(table, fresh, null)) {
                changes.add(table.insert(position, fresh));
            }
            return;
        }
        Row there = table.key().isEmpty()
                ? table.rows().get(random.nextInt(table.rows().size()))
                : table.withKeyOf(fresh);
        if (random.nextInt(4) == 0) {
            changes.add(table.delete(position, there));
            return;
        }
        Row after = changed(table, there);
        if (unique(table, after, there)) {
            changes.add(table.update(position, there, after));
        }
    }

    private Row changed(ModelTable table, Row there) {
        Row fresh = row(table);
        return new Row(
                table.columns(),
                table.columns().names().stream()
                        .map(name -> {
                            boolean key = table.key().contains(name);
                            boolean may = key ? everything && random.nextInt(6) == 0 : random.nextInt(3) > 0;
                            return may ? fresh.value(name) : there.value(name);
                        })
                        .toArray(String[]::new));
    }

    private static boolean unique(ModelTable table, Row row, @Nullable Row replaced) {
        return table.rows().stream()
                .filter(there -> !there.equals(replaced))
                .noneMatch(there -> !table.key().isEmpty()
                                && table.key().stream()
                                        .allMatch(name -> ModelTable.same(there.value(name), row.value(name)))
                        || row.columns().contains("uniq")
                                && row.value("uniq") != null
                                && ModelTable.same(there.value("uniq"), row.value("uniq")));
    }

    private Row row(ModelTable table) {
        @Nullable String[] values = new @Nullable String[table.columns().size()];
        Arrays.setAll(values, i -> value(table, table.columns().names().get(i)));
        return new Row(table.columns(), values);
    }

    private @Nullable String value(ModelTable table, String column) {
        return switch (column) {
            case "id" -> {
                int id = random.nextInt(12);
                // Two tables share one on the target, where each has keys of its own.
                yield Integer.toString(table.name().table().equals("part2") ? 100 + id : id);
            }
            case "region" -> List.of("a", "b", "c").get(random.nextInt(3));
            case "x" -> random.nextInt(3) == 0 ? null : Integer.toString(random.nextInt(3));
            case "d" -> List.of("1.0", "1.00", "NaN").get(random.nextInt(3));
            case "p" -> random.nextBoolean() ? "(1,2)" : null;
            case "c" -> List.of("a  ", "abc", "").get(random.nextInt(2));
            case "amount" -> random.nextInt(5) == 0 ? null : Integer.toString(random.nextInt(10));
            case "secret" -> random.nextInt(3) == 0 ? "x" : null;
            case "uniq" -> !everything || random.nextInt(3) == 0 ? null : "u" + random.nextInt(14);
            default -> random.nextInt(5) == 0 ? null : "t\\\t\n'\"ä" + random.nextInt(50);
        };
    }
}
