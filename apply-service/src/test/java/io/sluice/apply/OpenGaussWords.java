package io.sluice.apply;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a statement must not say to openGauss and the distributed GaussDB, from openGauss' own sources: gram.y (what it does
 * not parse, and what it parses only to answer "not yet supported"), builtin_funcs.ini (which functions there are) and the
 * headers of its catalog (which columns). The parser that the tests have knows more than openGauss does, so that this is
 * looked at first.
 */
final class OpenGaussWords {

    private record Forbidden(Pattern words, String why) {

        static Forbidden of(String words, String why) {
            return new Forbidden(Pattern.compile(words), why);
        }
    }

    private static final List<Forbidden> FORBIDDEN = List.of(
            Forbidden.of("\\bon conflict\\b", "InsertStmt has ON DUPLICATE KEY UPDATE alone"),
            Forbidden.of("\\boverriding\\b", "no keyword"),
            Forbidden.of("\\b(always|default) as identity\\b", "ColConstraintElem has no identity"),
            Forbidden.of("\\bcreate sequence \\S+ as\\b", "SeqOptElem has no AS"),
            Forbidden.of("\\b(add|drop|alter) column if\\b", "alter_table_cmd has IF EXISTS for constraints alone"),
            Forbidden.of("\\bcreate (unique )?index (concurrently )?if not\\b", "not in all versions"),
            Forbidden.of("\\bordinality\\b", "no keyword"),
            Forbidden.of("\\blateral\\b", "not in all versions"),
            Forbidden.of("\\bfilter \\(", "not in all versions"),
            Forbidden.of("\\btablesample\\b", "of the source alone"),
            Forbidden.of("\\bselect (from|where|limit)\\b", "target_list is not empty"),
            Forbidden.of("\\bselect$", "target_list is not empty"),
            Forbidden.of("\\bfor (no )?key\\b", "for_locking_strength: SELECT FOR KEY SHARE is not yet supported"),
            Forbidden.of("\\bskip locked\\b", "DISTRIBUTED_FEATURE_NOT_SUPPORTED"),
            Forbidden.of("\\bon commit drop\\b", "ON COMMIT only support PRESERVE ROWS or DELETE ROWS option"),
            Forbidden.of("\\breferences\\b", "the distributed GaussDB has no foreign keys"),
            Forbidden.of("\\bunnest \\([^()]*,", "one array alone, since PostgreSQL 9.4"),
            Forbidden.of("\\bwith [\\w ]+ as (not )?materialized\\b", "since PostgreSQL 12"),
            Forbidden.of("\\breg(namespace|role|collation)\\b", "no type"),
            Forbidden.of("\\b(set|local|session) (lock_timeout|row_security|jit)\\b", "no parameter"),
            Forbidden.of(
                    "\\b(relispartition|relpartbound|relrowsecurity|relforcerowsecurity|relispopulated|attidentity"
                            + "|attgenerated|attmissingval|attcompression|indnullsnotdistinct|indislive|conparentid"
                            + "|collprovider|collisdeterministic|colllocale|collversion|prosupport|backend_type"
                            + "|backend_xid|backend_xmin|leader_pid|rngmultitypid|pending_restart)\\b",
                    "no column of the catalog"),
            Forbidden.of(
                    "\\b(pg_sequence|pg_sequences|pg_partitioned_table|pg_policy|pg_policies|pg_file_settings)\\b",
                    "no relation of the catalog"));

    /** Those that Sluice calls and builtin_funcs.ini has, and words of the grammar that look like calls. */
    private static final Set<String> CALLED = Set.of(
            // Functions.
            "age",
            "array_agg",
            "array_lower",
            "array_ndims",
            "bool_and",
            "bool_or",
            "clock_timestamp",
            "count",
            "current_database",
            "current_setting",
            "encode",
            "format",
            "format_type",
            "generate_series",
            "hashtext",
            "has_database_privilege",
            "has_schema_privilege",
            "has_table_privilege",
            "json_object_keys",
            "ltrim",
            "max",
            "md5",
            "min",
            "nextval",
            "now",
            "pg_advisory_xact_lock",
            "pg_backend_pid",
            "pg_encoding_to_char",
            "pg_get_expr",
            "pg_get_serial_sequence",
            "pg_has_role",
            "pg_is_in_recovery",
            "pg_relation_filenode",
            "pg_relation_size",
            "pg_table_size",
            "pg_terminate_backend",
            "quote_ident",
            "row_number",
            "row_to_json",
            "set_config",
            "setval",
            "string_to_array",
            "substr",
            "sum",
            "to_char",
            "unnest",
            "version",
            // Words of the grammar and types.
            "add",
            "all",
            "and",
            "any",
            "array",
            "as",
            "bit",
            "bpchar",
            "btree",
            "by",
            "case",
            "cast",
            "char",
            "character",
            "check",
            "coalesce",
            "copy",
            "else",
            "exists",
            "extract",
            "from",
            "greatest",
            "hash",
            "in",
            "insert",
            "into",
            "join",
            "key",
            "least",
            "not",
            "nullif",
            "numeric",
            "on",
            "or",
            "over",
            "row",
            "select",
            "table",
            "then",
            "unique",
            "using",
            "values",
            "varchar",
            "varying",
            "when",
            "where",
            "with");

    private static final Pattern CALL = Pattern.compile("(?<![.\\w])([a-z_]\\w*) \\(");

    /** Its statements are a text. */
    private static final Pattern BLOCK = Pattern.compile("(?s)DO '(.*)'");

    private OpenGaussWords() {}

    /** @throws IllegalArgumentException when a statement says what is not there */
    static void require(String sql) {
        Matcher block = BLOCK.matcher(sql);
        if (block.matches()) {
            require(block.group(1).replace("''", "'"));
        }
        String plain = plain(sql);
        for (Forbidden forbidden : FORBIDDEN) {
            if (forbidden.words().matcher(plain).find()) {
                throw new IllegalArgumentException(
                        "openGauss does not know \"" + forbidden.words() + "\" (" + forbidden.why() + "): " + sql);
            }
        }
        // Names of relations and of aliases are followed by their columns.
        Matcher call = CALL.matcher(plain.replaceAll("\\b(into|as|copy|table|on) (?!select\\b)[\\w.]+ \\(", "$1 ("));
        while (call.find()) {
            if (!CALLED.contains(call.group(1))) {
                throw new IllegalArgumentException("openGauss may not have the function " + call.group(1) + ": " + sql);
            }
        }
    }

    /** In lower case, without comments, texts and quoted names, with one blank between words. */
    private static String plain(String sql) {
        return sql.replaceAll("--[^\\n]*", " ")
                .replaceAll("E?'(?:[^']|'')*'", "''")
                .replaceAll("\"(?:[^\"]|\"\")*\"", "q")
                .toLowerCase(Locale.ROOT)
                .replaceAll("\\(", " ( ")
                .replaceAll("\\s+", " ")
                .strip();
    }
}
