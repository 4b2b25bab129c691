package io.sluice.apply.position;

import java.util.List;
import java.util.Set;

/**
 * The tables of the schema {@code _sluice}, in the one form that every dialect understands: plain columns, a primary key
 * that begins with the task, and nothing else. No foreign keys, which the distributed GaussDB has not and which do not
 * look where triggers are quiet; whoever forgets a task forgets its notes. No sequences, no IF NOT EXISTS.
 */
final class NotesTables {

    static final String TASK = "task";
    static final String FENCE = "fence";
    static final String TABLE_RENAME = "table_rename";
    static final String GENERATION = "generation";

    /** Those whose names are the target's; the names of all others are the source's. */
    static final Set<String> BY_TARGET =
            Set.of("target_table", "untouched_column", "comparison_table", "comparison_row", "repaired_row");

    private static final String OF_TASK = "task_id text NOT NULL";
    private static final String SCHEMA = "schema_name text NOT NULL";
    private static final String NAME = "table_name text NOT NULL";

    /** One that is there already, of an earlier version, gets the columns that it lacks; so these have a default. */
    static final List<NotesTable> ALL = List.of(
            new NotesTable(
                    TASK,
                    "task_id",
                    OF_TASK,
                    "epoch bigint NOT NULL",
                    "claimed_by text NOT NULL",
                    "stage text NOT NULL",
                    "topic_offset bigint NOT NULL",
                    "applied_lsn text NOT NULL",
                    "updated_at timestamptz NOT NULL DEFAULT now()",
                    "generation bigint",
                    "topic_id text"),
            new NotesTable(FENCE, "task_id", OF_TASK, "epoch bigint NOT NULL", "generation bigint"),
            new NotesTable(
                    "table_load",
                    "task_id, schema_name, table_name",
                    OF_TASK,
                    SCHEMA,
                    NAME,
                    "done boolean NOT NULL DEFAULT false",
                    "fence_snapshot text",
                    "fence_until text",
                    "rows_loaded bigint NOT NULL DEFAULT 0",
                    "bytes_loaded bigint NOT NULL DEFAULT 0",
                    "copied boolean NOT NULL DEFAULT false",
                    "kept boolean NOT NULL DEFAULT false",
                    "source_files text",
                    "source_shape text"),
            new NotesTable(
                    "load_piece",
                    "task_id, schema_name, table_name, part, from_page",
                    OF_TASK,
                    SCHEMA,
                    NAME,
                    "part bigint NOT NULL",
                    "from_page bigint NOT NULL",
                    "to_page bigint NOT NULL",
                    "row_count bigint NOT NULL",
                    "byte_count bigint NOT NULL"),
            new NotesTable(
                    "table_turn",
                    "task_id, schema_name, table_name",
                    OF_TASK,
                    SCHEMA,
                    NAME,
                    "number bigint NOT NULL",
                    "step text NOT NULL",
                    "next_offset bigint NOT NULL",
                    "unfinished boolean NOT NULL DEFAULT false"),
            new NotesTable(
                    "untouched_column",
                    "task_id, schema_name, table_name, column_name",
                    OF_TASK,
                    SCHEMA,
                    NAME,
                    "column_name text NOT NULL"),
            new NotesTable(
                    "source_column",
                    "task_id, schema_name, table_name",
                    OF_TASK,
                    SCHEMA,
                    NAME,
                    "columns text[] NOT NULL"),
            new NotesTable(
                    "target_table",
                    "task_id, schema_name, table_name",
                    OF_TASK,
                    SCHEMA,
                    NAME,
                    "oid bigint NOT NULL",
                    "notes_oid bigint NOT NULL",
                    "columns text[] NOT NULL"),
            new NotesTable(
                    TABLE_RENAME,
                    "task_id, number",
                    OF_TASK,
                    "number bigint NOT NULL",
                    "topic_offset bigint NOT NULL",
                    SCHEMA,
                    NAME,
                    "new_schema text NOT NULL",
                    "new_table text NOT NULL"),
            new NotesTable("lane_layout", "task_id", OF_TASK, "lanes integer NOT NULL", "tables text NOT NULL"),
            new NotesTable("lane", "task_id, lane", OF_TASK, "lane integer NOT NULL", "next_offset bigint NOT NULL"),
            new NotesTable(
                    "structure_object",
                    "task_id, object",
                    OF_TASK,
                    "object text NOT NULL",
                    "place bigint",
                    "kind text NOT NULL",
                    "name text NOT NULL",
                    "schema_name text",
                    "table_name text",
                    "stage text NOT NULL",
                    "state text NOT NULL",
                    "ddl text NOT NULL",
                    "sql_state text",
                    "reason text",
                    "generation bigint NOT NULL"),
            new NotesTable(
                    "exception",
                    "task_id, number",
                    OF_TASK,
                    "number bigint NOT NULL",
                    SCHEMA,
                    NAME,
                    "operation text NOT NULL",
                    "key_columns text[] NOT NULL",
                    "before jsonb",
                    "after jsonb",
                    "row_ids text[] NOT NULL",
                    "sql_state text",
                    "message text NOT NULL",
                    "commit_lsn text NOT NULL",
                    "xid bigint NOT NULL",
                    "commit_order bigint NOT NULL",
                    "committed_at timestamptz NOT NULL",
                    "state text NOT NULL DEFAULT 'OPEN'",
                    "wish text",
                    "created_at timestamptz NOT NULL DEFAULT now()",
                    "updated_at timestamptz NOT NULL DEFAULT now()",
                    "code text",
                    "statement text"),
            new NotesTable(
                    "cutover",
                    "task_id, number",
                    OF_TASK,
                    "number integer NOT NULL",
                    "read_only boolean NOT NULL DEFAULT false",
                    "ended text"),
            new NotesTable(
                    "comparison_table",
                    "task_id, number, schema_name, table_name",
                    OF_TASK,
                    "number integer NOT NULL",
                    SCHEMA,
                    NAME,
                    "result text NOT NULL",
                    "scan text"),
            new NotesTable(
                    "comparison_row",
                    "task_id, number, schema_name, table_name, place",
                    OF_TASK,
                    "number integer NOT NULL",
                    SCHEMA,
                    NAME,
                    "place integer NOT NULL",
                    "kind text NOT NULL",
                    "times bigint NOT NULL",
                    "key text NOT NULL",
                    "source text",
                    "target text",
                    "repair text NOT NULL"),
            new NotesTable(
                    "repaired_row",
                    "task_id, number, schema_name, table_name, place",
                    OF_TASK,
                    "number integer NOT NULL",
                    SCHEMA,
                    NAME,
                    "place integer NOT NULL",
                    "outcome text NOT NULL",
                    "sql_state text",
                    "detail text"));

    private NotesTables() {}

    /**
     * One table.
     *
     * @param columns each with its type and what follows
     */
    record NotesTable(String name, String key, List<String> columns) {

        private NotesTable(String name, String key, String... columns) {
            this(name, key, List.of(columns));
        }

        /** It has notes of tables, by their names. */
        boolean ofTables() {
            return columns.stream().anyMatch(column -> columnName(column).equals("table_name"));
        }

        /** @param distribution what follows the columns */
        String create(String distribution) {
            return "CREATE TABLE _sluice." + name + " (" + String.join(", ", columns) + ", PRIMARY KEY (" + key + "))"
                    + distribution;
        }

        String add(String column) {
            return "ALTER TABLE _sluice." + name + " ADD COLUMN " + column;
        }

        static String columnName(String column) {
            return column.substring(0, column.indexOf(' '));
        }
    }
}
