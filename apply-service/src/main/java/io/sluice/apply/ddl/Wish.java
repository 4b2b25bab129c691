package io.sluice.apply.ddl;

import io.sluice.contracts.task.TableName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something to do that may fail without harm to any row, or only to tell.
 *
 * @param statements all of them or none; empty when there is nothing to do
 * @param words for the user, when it is not done
 * @param instead when these take longer than the stream should wait, or fail; then the words are told all the same
 */
record Wish(
        TableName about,
        List<String> statements,
        String words,
        @Nullable String instead) {

    Wish {
        statements = List.copyOf(statements);
    }

    Wish(TableName about, List<String> statements, String words) {
        this(about, statements, words, null);
    }

    static Wish told(TableName about, String words) {
        return new Wish(about, List.of(), words);
    }
}
