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
            "source_column",
            "target_table",
            "table_rename",
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
     * Event triggers, their functions and the table of shapes, and the schema unless another task has something in it.
     *
     * @param slot all of them are named after it
     */
    public static String removeDdlCapture(String slot) {
        return """
                DROP EVENT TRIGGER IF EXISTS %1$s;
                DROP EVENT TRIGGER IF EXISTS %2$s;
                DROP EVENT TRIGGER IF EXISTS %6$s;
                DROP FUNCTION IF EXISTS %3$s();
                DROP FUNCTION IF EXISTS %4$s(oid);
                DROP FUNCTION IF EXISTS %7$s(oid);
                DROP FUNCTION IF EXISTS %8$s(oid, oid, boolean);
                DROP TABLE IF EXISTS %3$s, %9$s;
                DO $$
                BEGIN
                    PERFORM pg_advisory_xact_lock(hashtext('%5$s'));
                    IF EXISTS (SELECT FROM pg_namespace WHERE nspname = '%5$s')
                        AND NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace('%5$s'))
                        AND NOT EXISTS (SELECT FROM pg_proc WHERE pronamespace = to_regnamespace('%5$s'))
                    THEN
                        DROP SCHEMA %5$s;
                    END IF;
                END $$""".formatted(
                        Identifier.quote(slot + "_end"),
                        Identifier.quote(slot + "_drop"),
                        OwnSchemas.DDL + '.' + Identifier.quote(slot),
                        OwnSchemas.DDL + '.' + Identifier.quote(slot + "_shape"),
                        OwnSchemas.DDL,
                        Identifier.quote(slot + "_rewrite"),
                        OwnSchemas.DDL + '.' + Identifier.quote(slot + "_parts"),
                        OwnSchemas.DDL + '.' + Identifier.quote(slot + "_look"),
                        OwnSchemas.DDL + '.' + Identifier.quote(slot + "_others"));
    }

    /** The bookkeeping on the target, and the schema that it is in unless there is another task. */
    public static String forgetTask(String taskId) {
        return NOTES.stream()
                        .map(table -> "DELETE FROM _sluice." + table + " WHERE task_id = " + Identifier.literal(taskId))
                        .collect(joining("; "))
                + "; " + dropUnusedBookkeeping();
    }

    /**
     * The schema of the bookkeeping, unless there is a task in it. While somebody writes there it is an error, and nobody
     * has to wait.
     */
    public static String dropUnusedBookkeeping() {
        return """
                DO $$
                BEGIN
                    PERFORM pg_advisory_xact_lock(hashtext('%1$s'));
                    IF EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                               WHERE n.nspname = '%1$s' AND c.relname = 'task')
                    THEN
                        IF NOT EXISTS (SELECT 1 FROM %1$s.task) THEN
                            LOCK TABLE %1$s.task IN ACCESS EXCLUSIVE MODE NOWAIT;
                            IF NOT EXISTS (SELECT 1 FROM %1$s.task) THEN
                                DROP SCHEMA %1$s CASCADE;
                            END IF;
                        END IF;
                    END IF;
                END $$""".formatted(OwnSchemas.BOOKKEEPING);
    }
}
