package io.sluice.postgres;

import static java.util.stream.Collectors.joining;

import java.util.List;

/**
 * What Sluice makes for a task on its source and target, told as the SQL that removes it: run by the services, and given
 * to users for what could not be removed.
 */
public final class CleanUpSql {

    /** The tables of the bookkeeping; the task itself is in the first. */
    public static final List<String> NOTES = List.of(
            "task",
            "fence",
            "table_load",
            "load_piece",
            "table_turn",
            "untouched_column",
            "lane_layout",
            "lane",
            "structure_object",
            "exception",
            "cutover",
            "comparison_table",
            "comparison_row",
            "repaired_row");

    private CleanUpSql() {}

    public static String dropSlot(String slot) {
        return "SELECT pg_drop_replication_slot(" + Identifier.literal(slot) + ")";
    }

    public static String dropPublication(String publication) {
        return "DROP PUBLICATION IF EXISTS " + Identifier.quote(publication);
    }

    /**
     * Event triggers, their functions and the table of shapes.
     *
     * @param slot all of them are named after it
     */
    public static String removeDdlCapture(String slot) {
        return """
                DROP EVENT TRIGGER IF EXISTS %1$s;
                DROP EVENT TRIGGER IF EXISTS %2$s;
                DROP FUNCTION IF EXISTS %3$s();
                DROP FUNCTION IF EXISTS %4$s(oid);
                DROP TABLE IF EXISTS %3$s""".formatted(
                        Identifier.quote(slot + "_end"),
                        Identifier.quote(slot + "_drop"),
                        OwnSchemas.DDL + '.' + Identifier.quote(slot),
                        OwnSchemas.DDL + '.' + Identifier.quote(slot + "_shape"));
    }

    /** The bookkeeping on the target. */
    public static String forgetTask(String taskId) {
        return NOTES.stream()
                .map(table -> "DELETE FROM _sluice." + table + " WHERE task_id = " + Identifier.literal(taskId))
                .collect(joining("; "));
    }
}
