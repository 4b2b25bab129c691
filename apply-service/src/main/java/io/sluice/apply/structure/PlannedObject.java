package io.sluice.apply.structure;

import io.sluice.contracts.task.TableName;
import io.sluice.postgres.dialect.ObjectKind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An object as it is to be made.
 *
 * @param id the same in every run of the task
 * @param schema that it goes to on the target; null for what lies in none
 * @param name for people, with the source's names
 * @param table that it is a part of, at the source; null when it stands for itself
 * @param statements with the target's names; with the source's when it is not to be made
 * @param drop what removes it with the target's names; empty when it goes with something else, or stays
 * @param verdict why it is not made; null when it is
 */
record PlannedObject(
        String id,
        ObjectKind kind,
        @Nullable String schema,
        String name,
        @Nullable TableName table,
        Stage stage,
        boolean alone,
        List<String> statements,
        String drop,
        @Nullable Verdict verdict) {

    private static final String CREATE = "CREATE ";

    /** With this begins what is noted of a function of the task that is there and whose body does not compile. */
    static final String REPLACE = "CREATE OR REPLACE ";

    PlannedObject {
        statements = List.copyOf(statements);
    }

    /** When it is made; stored by name. */
    enum Stage {
        BEFORE_DATA,
        AFTER_TABLE,
        AFTER_DATA,
        /** When the task has written its last row. */
        END
    }

    /** What became of an object; stored by name. */
    enum State {
        PLANNED,
        DONE,
        FAILED,
        /** Left out on purpose. */
        SKIPPED
    }

    /** @param reason ends with what to do */
    record Verdict(State state, String reason) {}

    /** For the log and for users; one text that can be run as it is. */
    String ddl() {
        return String.join(";\n", statements) + ";";
    }

    PlannedObject skipped(String reason) {
        return new PlannedObject(
                id, kind, schema, name, table, stage, alone, statements, drop, new Verdict(State.SKIPPED, reason));
    }

    /** The same over one that is there, which the task has made. */
    PlannedObject replacing() {
        List<String> over = statements.stream()
                .map(sql -> sql.startsWith(CREATE) ? REPLACE + sql.substring(CREATE.length()) : sql)
                .toList();
        return new PlannedObject(id, kind, schema, name, table, stage, alone, over, drop, verdict);
    }

    /** Functions are no text that can be cut at semicolons. */
    boolean canBeJoined() {
        return switch (kind) {
            case FUNCTION, PROCEDURE, RULE -> false;
            default -> true;
        };
    }
}
