package io.sluice.apply.structure;

import io.sluice.apply.structure.SourceObject.Timing;
import io.sluice.postgres.dialect.ObjectKind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Functions, procedures, aggregates, operators and casts. */
final class FunctionReader {

    private FunctionReader() {}

    static void read(Query query, SourceObjects objects) throws SQLException {
        functions(query, objects);
        aggregates(query, objects);
        operators(query, objects);
        casts(query, objects);
    }

    private static void functions(Query query, SourceObjects objects) throws SQLException {
        // The kind came with PostgreSQL 11, so that it is read through to_jsonb.
        String sql = """
                SELECT p.oid, n.nspname, p.proname, coalesce(to_jsonb(p) ->> 'prokind', 'f') AS prokind, pg_get_function_identity_arguments(p.oid) AS arguments,
                    pg_get_functiondef(p.oid) AS definition, p.prosrc, p.proconfig
                FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE p.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_aggregate g WHERE g.aggfnoid = p.oid)
                  -- The constructors of ranges come with their types.
                  AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 'pg_proc'::regclass AND i.objid = p.oid
                      AND i.deptype = 'i')
                  AND
                """ + query.readable("pg_proc", "p.oid") + SchemaReader.OF_USERS + " ORDER BY p.oid";
        query.list(sql, row -> {
            String schema = row.getString("nspname");
            // What is there is left as it is; what the task has made itself may be replaced (PlannedObject).
            String definition = row.getString("definition").strip().replaceFirst("^CREATE OR REPLACE ", "CREATE ");
            String body = Query.orEmpty(row.getString("prosrc"));
            List<String> settings = Query.strings(row, "proconfig");
            Ref ref = new Ref(Ref.PROC, row.getLong("oid"));
            ObjectKind kind = row.getString("prokind").equals("p") ? ObjectKind.PROCEDURE : ObjectKind.FUNCTION;
            String name = row.getString("proname");
            String arguments = row.getString("arguments");
            objects.add(new SourceObject(
                            ref,
                            kind,
                            schema,
                            schema + "." + name + "(" + arguments + ")",
                            null,
                            Timing.NEEDED,
                            names -> {
                                names.requireUntouched(body);
                                return List.of(names.text(SearchPath.renamed(definition, settings, names)));
                            })
                    .droppedBy(names -> "DROP " + kind + " IF EXISTS " + names.object(schema, name) + "("
                            + names.text(arguments) + ")"));
            return ref;
        });
    }

    private static void aggregates(Query query, SourceObjects objects) throws SQLException {
        String sql = """
                SELECT p.oid, n.nspname, p.proname, a.aggkind, pg_get_function_identity_arguments(p.oid) AS arguments,
                    CASE WHEN p.pronargs = 0 THEN '*' ELSE pg_get_function_arguments(p.oid) END AS declared,
                    array_remove(ARRAY[
                        'SFUNC = ' || a.aggtransfn::regproc,
                        'STYPE = ' || format_type(a.aggtranstype, NULL),
                        CASE WHEN a.aggtransspace <> 0 THEN 'SSPACE = ' || a.aggtransspace END,
                        CASE WHEN a.aggfinalfn <> 0 THEN 'FINALFUNC = ' || a.aggfinalfn::regproc END,
                        CASE WHEN a.aggfinalextra THEN 'FINALFUNC_EXTRA' END,
                        CASE WHEN a.aggfinalfn <> 0 THEN 'FINALFUNC_MODIFY = ' || CASE to_jsonb(a) ->> 'aggfinalmodify'
                            WHEN 'w' THEN 'READ_WRITE' WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' END END,
                        CASE WHEN a.aggcombinefn <> 0 THEN 'COMBINEFUNC = ' || a.aggcombinefn::regproc END,
                        CASE WHEN a.aggserialfn <> 0 THEN 'SERIALFUNC = ' || a.aggserialfn::regproc END,
                        CASE WHEN a.aggdeserialfn <> 0 THEN 'DESERIALFUNC = ' || a.aggdeserialfn::regproc END,
                        'INITCOND = ' || quote_literal(a.agginitval),
                        CASE WHEN a.aggmtransfn <> 0 THEN 'MSFUNC = ' || a.aggmtransfn::regproc END,
                        CASE WHEN a.aggmtransfn <> 0 THEN 'MINVFUNC = ' || a.aggminvtransfn::regproc END,
                        CASE WHEN a.aggmtransfn <> 0 THEN 'MSTYPE = ' || format_type(a.aggmtranstype, NULL) END,
                        CASE WHEN a.aggmtransspace <> 0 THEN 'MSSPACE = ' || a.aggmtransspace END,
                        CASE WHEN a.aggmfinalfn <> 0 THEN 'MFINALFUNC = ' || a.aggmfinalfn::regproc END,
                        CASE WHEN a.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,
                        CASE WHEN a.aggmfinalfn <> 0 THEN 'MFINALFUNC_MODIFY = ' || CASE to_jsonb(a) ->> 'aggmfinalmodify'
                            WHEN 'w' THEN 'READ_WRITE' WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' END END,
                        CASE WHEN a.aggmtransfn <> 0 THEN 'MINITCOND = ' || quote_literal(a.aggminitval) END,
                        (SELECT 'SORTOP = OPERATOR(' || quote_ident(sn.nspname) || '.' || o.oprname || ')' FROM pg_operator o
                            JOIN pg_namespace sn ON sn.oid = o.oprnamespace WHERE o.oid = a.aggsortop),
                        CASE p.proparallel WHEN 's' THEN 'PARALLEL = SAFE' WHEN 'r' THEN 'PARALLEL = RESTRICTED' END,
                        CASE WHEN a.aggkind = 'h' THEN 'HYPOTHETICAL' END
                    ], NULL) AS options
                FROM pg_aggregate a
                JOIN pg_proc p ON p.oid = a.aggfnoid
                JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE p.oid >= 16384 AND
                """ + SchemaReader.OF_USERS + " ORDER BY p.oid";
        query.list(sql, row -> {
            String schema = row.getString("nspname");
            String name = row.getString("proname");
            String declared = row.getString("declared");
            List<String> options = new ArrayList<>(Query.strings(row, "options"));
            Ref ref = new Ref(Ref.PROC, row.getLong("oid"));
            objects.add(new SourceObject(
                    ref,
                    ObjectKind.AGGREGATE,
                    schema,
                    schema + "." + name + "(" + row.getString("arguments") + ")",
                    null,
                    Timing.NEEDED,
                    names -> List.of("CREATE AGGREGATE " + names.object(schema, name) + "(" + names.text(declared)
                            + ") (" + names.text(String.join(", ", options)) + ")")));
            return ref;
        });
    }

    private static void operators(Query query, SourceObjects objects) throws SQLException {
        String sql = """
                SELECT o.oid, n.nspname, o.oprname,
                    CASE WHEN o.oprleft <> 0 THEN format_type(o.oprleft, NULL) END AS left_type,
                    CASE WHEN o.oprright <> 0 THEN format_type(o.oprright, NULL) END AS right_type,
                    o.oprcode::regproc::text AS function,
                    array_remove(ARRAY[
                        (SELECT 'COMMUTATOR = OPERATOR(' || quote_ident(cn.nspname) || '.' || c.oprname || ')'
                            FROM pg_operator c JOIN pg_namespace cn ON cn.oid = c.oprnamespace WHERE c.oid = o.oprcom),
                        (SELECT 'NEGATOR = OPERATOR(' || quote_ident(cn.nspname) || '.' || c.oprname || ')'
                            FROM pg_operator c JOIN pg_namespace cn ON cn.oid = c.oprnamespace WHERE c.oid = o.oprnegate),
                        CASE WHEN o.oprrest <> 0 THEN 'RESTRICT = ' || o.oprrest::regproc END,
                        CASE WHEN o.oprjoin <> 0 THEN 'JOIN = ' || o.oprjoin::regproc END,
                        CASE WHEN o.oprcanhash THEN 'HASHES' END,
                        CASE WHEN o.oprcanmerge THEN 'MERGES' END
                    ], NULL) AS options
                FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
                WHERE o.oid >= 16384 AND o.oprcode <> 0 AND
                """ + SchemaReader.OF_USERS + " ORDER BY o.oid";
        query.list(sql, row -> {
            String schema = row.getString("nspname");
            String name = row.getString("oprname");
            String left = row.getString("left_type");
            String right = row.getString("right_type");
            List<String> options = new ArrayList<>(List.of("FUNCTION = " + row.getString("function")));
            if (left != null) {
                options.add("LEFTARG = " + left);
            }
            if (right != null) {
                options.add("RIGHTARG = " + right);
            }
            options.addAll(Query.strings(row, "options"));
            Ref ref = new Ref(Ref.OPERATOR, row.getLong("oid"));
            objects.add(new SourceObject(
                    ref,
                    ObjectKind.OPERATOR,
                    schema,
                    schema + "." + name + " (" + (left == null ? "NONE" : left) + ", "
                            + (right == null ? "NONE" : right) + ")",
                    null,
                    Timing.NEEDED,
                    names -> List.of("CREATE OPERATOR " + names.schema(schema) + "." + name + " ("
                            + names.text(String.join(", ", options)) + ")")));
            return ref;
        });
    }

    private static void casts(Query query, SourceObjects objects) throws SQLException {
        String sql = """
                SELECT c.oid, format_type(c.castsource, NULL) AS source, format_type(c.casttarget, NULL) AS target,
                    c.castmethod, c.castcontext, c.castfunc::regprocedure::text AS function
                FROM pg_cast c WHERE c.oid >= 16384 ORDER BY c.oid
                """;
        query.list(sql, FunctionReader::cast).forEach(objects::add);
    }

    private static SourceObject cast(ResultSet row) throws SQLException {
        String types = "(" + row.getString("source") + " AS " + row.getString("target") + ")";
        String how = switch (row.getString("castmethod")) {
            case "f" -> " WITH FUNCTION " + row.getString("function");
            case "i" -> " WITH INOUT";
            default -> " WITHOUT FUNCTION";
        };
        String context = switch (row.getString("castcontext")) {
            case "a" -> " AS ASSIGNMENT";
            case "i" -> " AS IMPLICIT";
            default -> "";
        };
        return new SourceObject(
                new Ref(Ref.CAST, row.getLong("oid")),
                ObjectKind.CAST,
                null,
                types,
                null,
                Timing.NEEDED,
                names -> List.of("CREATE CAST " + names.text(types) + names.text(how) + context));
    }
}
