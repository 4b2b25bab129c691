package io.sluice.apply;

import io.sluice.contracts.change.ChangeEncoder;
import io.sluice.contracts.change.ChangeEncoder.Column;
import io.sluice.contracts.change.ChangeEncoder.JsonType;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.change.Operation;
import io.sluice.contracts.task.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Random transactions of a source that is only thought of, into a change topic: a table whose rows change their keys, one
 * with a second unique key whose values move from row to row, and two without a key.
 */
final class LaneWorkload {

    static final List<TableName> TABLES = List.of(
            new TableName("public", "item"),
            new TableName("public", "tagged"),
            new TableName("public", "bag1"),
            new TableName("public", "bag2"));

    static final String[] DDL = {
        "CREATE TABLE item (id int PRIMARY KEY, name text, note text)",
        "CREATE TABLE tagged (code text PRIMARY KEY, tag int UNIQUE)",
        "CREATE TABLE bag1 (x int, y text)",
        "CREATE TABLE bag2 (x int, y text)"
    };

    private static final int KEYS = 400;

    private final TestingTopic topic;
    private final Random random;
    private final ChangeEncoder.Table item;
    private final ChangeEncoder.Table tagged;
    private final List<ChangeEncoder.Table> bags;
    private final Map<Integer, String[]> items = new TreeMap<>();
    private final Map<String, String> tags = new TreeMap<>();
    private final List<List<String[]>> rows = List.of(new ArrayList<>(), new ArrayList<>());
    private long transaction = 1;
    private long order;
    private long lastTag = 100;
    private boolean calm;

    LaneWorkload(TestingTopic topic, long seed) {
        this.topic = topic;
        this.random = new Random(seed);
        Column[] pair = {new Column("x", JsonType.INTEGER, false), new Column("y", JsonType.TEXT, false)};
        item = topic.encoder()
                .table(
                        TABLES.get(0),
                        List.of(
                                new Column("id", JsonType.INTEGER, true),
                                new Column("name", JsonType.TEXT, false),
                                new Column("note", JsonType.TEXT, false)));
        tagged = topic.encoder()
                .table(
                        TABLES.get(1),
                        List.of(new Column("code", JsonType.TEXT, true), new Column("tag", JsonType.INTEGER, false)));
        bags = List.of(
                topic.encoder().table(TABLES.get(2), List.of(pair)),
                topic.encoder().table(TABLES.get(3), List.of(pair)));
    }

    /**
     * @param changes at least; of transactions that are complete
     * @param calm nothing among them that has to be written in order
     */
    void write(int changes, boolean calm) {
        this.calm = calm;
        for (int written = 0; written < changes; written += (int) order) {
            transaction++;
            order = 0;
            int size = random.nextInt(8) == 0 ? random.nextInt(400) : 1 + random.nextInt(8);
            for (int i = 0; i < size; i++) {
                change();
            }
            if (order > 0) {
                topic.end(next());
            }
        }
        topic.flush();
    }

    private ChangePosition next() {
        return new ChangePosition(new Lsn(1000 * transaction), transaction, ++order);
    }

    private void change() {
        switch (random.nextInt(10)) {
            case 0, 1, 2, 3, 4 -> changeItem();
            case 5, 6 -> changeTag();
            case 7, 8 -> changeBag(random.nextInt(2));
            default -> moveItem();
        }
        if (random.nextInt(4_000) == 0 && !calm) {
            items.clear();
            topic.truncate(item, next());
        }
    }

    private void changeItem() {
        int id = random.nextInt(KEYS);
        String key = Integer.toString(id);
        String[] there = items.get(id);
        String name = "name " + random.nextInt(1000);
        if (there == null) {
            items.put(id, new String[] {name, "note " + transaction});
            topic.change(item, Operation.INSERT, next(), null, new String[] {key, name, "note " + transaction});
        } else if (random.nextInt(4) == 0) {
            items.remove(id);
            topic.change(item, Operation.DELETE, next(), new String[] {key, null, null}, null);
        } else {
            boolean same = random.nextBoolean();
            String note = same ? there[1] : "note " + random.nextInt(1000);
            items.put(id, new String[] {name, note});
            topic.change(
                    item, Operation.UPDATE, next(), null, new String[] {key, name, same ? ChangeEncoder.UNCHANGED : note
                    });
        }
    }

    private void moveItem() {
        int from = random.nextInt(KEYS);
        int to = random.nextInt(KEYS);
        String[] there = items.get(from);
        if (there == null || items.containsKey(to)) {
            return;
        }
        items.remove(from);
        items.put(to, there);
        boolean whole = calm || random.nextInt(300) > 0;
        topic.change(item, Operation.UPDATE, next(), new String[] {Integer.toString(from), null, null}, new String[] {
            Integer.toString(to), there[0], whole ? there[1] : ChangeEncoder.UNCHANGED
        });
    }

    /** Seldom a value that another row has moves here, through NULL there. */
    private void changeTag() {
        String code = "c" + random.nextInt(60);
        boolean taken = !calm && random.nextInt(500) == 0;
        String tag = Long.toString(taken ? random.nextLong(lastTag) : ++lastTag);
        String holder = tags.entrySet().stream()
                .filter(one -> tag.equals(one.getValue()))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
        if (holder != null && !holder.equals(code)) {
            tags.put(holder, "");
            topic.change(tagged, Operation.UPDATE, next(), null, new @Nullable String[] {holder, null});
        }
        boolean there = tags.containsKey(code);
        tags.put(code, tag);
        topic.change(tagged, there ? Operation.UPDATE : Operation.INSERT, next(), null, new String[] {code, tag});
    }

    private void changeBag(int number) {
        List<String[]> bag = rows.get(number);
        if (bag.size() < 5 || random.nextInt(3) > 0) {
            String[] row = {Integer.toString(random.nextInt(4)), "y" + random.nextInt(3)};
            bag.add(row);
            topic.wholeChange(bags.get(number), Operation.INSERT, next(), null, row);
        } else {
            String[] row = bag.remove(random.nextInt(bag.size()));
            topic.wholeChange(bags.get(number), Operation.DELETE, next(), row, null);
        }
    }

    /** For each table the query of a text and what it must answer. */
    Map<String, String> expected() {
        return Map.of(
                "SELECT coalesce(string_agg(concat_ws('|', id, name, note), E'\\n' ORDER BY id), '') FROM item",
                items.entrySet().stream()
                        .map(one -> one.getKey() + "|" + String.join("|", one.getValue()))
                        .collect(Collectors.joining("\n")),
                "SELECT string_agg(code || '|' || coalesce(tag::text, ''), E'\\n' ORDER BY code COLLATE \"C\") FROM tagged",
                tags.entrySet().stream()
                        .map(one -> one.getKey() + "|" + one.getValue())
                        .collect(Collectors.joining("\n")),
                bagQuery("bag1"),
                bag(0),
                bagQuery("bag2"),
                bag(1));
    }

    private static String bagQuery(String table) {
        return "SELECT coalesce(string_agg(x || y, ',' ORDER BY x, y), '') FROM " + table;
    }

    private String bag(int number) {
        return rows.get(number).stream()
                .map(row -> Objects.requireNonNull(row[0]) + row[1])
                .sorted()
                .collect(Collectors.joining(","));
    }
}
