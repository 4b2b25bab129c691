package io.sluice.apply.ddl;

import io.sluice.contracts.task.TableName;
import java.util.List;

/**
 * Something to do that may fail without harm to any row, or only to tell.
 *
 * @param statements all of them or none; empty when there is nothing to do
 * @param words for the user, when it is not done
 */
record Wish(TableName about, List<String> statements, String words) {

    Wish {
        statements = List.copyOf(statements);
    }

    static Wish told(TableName about, String words) {
        return new Wish(about, List.of(), words);
    }
}
