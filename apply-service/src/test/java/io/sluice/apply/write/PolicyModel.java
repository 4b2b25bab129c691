package io.sluice.apply.write;

import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.Row;
import io.sluice.contracts.task.ChangeChoice.Conflict;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a target holds after each change, by the words of the policy; others change it, too. */
final class PolicyModel {

    private final Conflict conflict;
    private final TreeMap<String, String> notes = new TreeMap<>();

    PolicyModel(Conflict conflict) {
        this.conflict = conflict;
    }

    void apply(ChangeRecord change) {
        RowChange row = (RowChange) change;
        boolean overwrite = conflict == Conflict.OVERWRITE;
        switch (row.operation()) {
            case INSERT -> {
                if (overwrite || !notes.containsKey(id(row.after()))) {
                    notes.put(id(row.after()), note(row.after()));
                }
            }
            case UPDATE -> {
                if (overwrite || notes.containsKey(id(row.after()))) {
                    notes.put(id(row.after()), note(row.after()));
                }
            }
            case DELETE -> notes.remove(id(row.before()));
        }
    }

    List<String> rows() {
        return notes.entrySet().stream()
                .map(row -> row.getKey() + "=" + row.getValue())
                .toList();
    }

    /** Takes rows away and adds others. */
    List<String> disturb(Random random) {
        List<String> statements = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String id = Integer.toString(random.nextInt(12));
            if (notes.remove(id) != null) {
                statements.add("DELETE FROM keyed_there WHERE id = " + id);
            } else {
                notes.put(id, "foreign");
                statements.add("INSERT INTO keyed_there VALUES (" + id + ", 'foreign')");
            }
        }
        return statements;
    }

    private static String id(@Nullable Row row) {
        return String.valueOf(row == null ? null : row.value("id"));
    }

    private static String note(@Nullable Row row) {
        String note = row == null ? null : row.value("note");
        return note == null ? "-" : note;
    }
}
