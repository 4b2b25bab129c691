package io.sluice.apply.structure;

import io.sluice.apply.structure.SourceObject.Timing;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.dialect.ObjectKind;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sequences; those of identity columns come with their tables. */
final class SequenceReader {

    /**
     * A sequence of the source.
     *
     * @param table the table of the column that owns it; null when none does
     * @param cyclic it begins anew at its end, so where it is further cannot be told
     * @param unlogged by itself, and not with the table of its column
     * @param options as CREATE SEQUENCE takes them
     */
    record Sequence(
            Ref ref,
            TableName name,
            boolean ofIdentity,
            @Nullable TableName table,
            @Nullable String column,
            String type,
            long increment,
            boolean cyclic,
            boolean unlogged,
            String options) {}

    private SequenceReader() {}

    static List<Sequence> read(Query query) throws SQLException {
        String sql = """
                SELECT c.oid, n.nspname, c.relname, owner.deptype, tn.nspname AS table_schema, t.relname AS table_name,
                    a.attname, format_type(s.seqtypid, NULL) AS type, s.seqstart, s.seqincrement, s.seqmin, s.seqmax,
                    s.seqcache, s.seqcycle,
                    c.relpersistence = 'u' AND coalesce(t.relpersistence, 'p') <> 'u' AS unlogged
                FROM\s""" + query.sequences() + """
                 AS s
                JOIN pg_class c ON c.oid = s.seqrelid
                JOIN pg_namespace n ON n.oid = c.relnamespace
                LEFT JOIN pg_depend owner ON owner.classid = 'pg_class'::regclass AND owner.objid = c.oid
                    AND owner.refclassid = 'pg_class'::regclass AND owner.refobjsubid > 0 AND owner.deptype IN ('a', 'i')
                LEFT JOIN pg_class t ON t.oid = owner.refobjid
                LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
                LEFT JOIN pg_attribute a ON a.attrelid = owner.refobjid AND a.attnum = owner.refobjsubid
                WHERE c.relpersistence <> 't' AND
                """ + SchemaReader.OF_USERS + " ORDER BY 2, 3";
        return query.list(sql, SequenceReader::sequence);
    }

    private static Sequence sequence(ResultSet row) throws SQLException {
        String schema = row.getString("table_schema");
        String options = "START WITH " + row.getLong("seqstart")
                + " INCREMENT BY " + row.getLong("seqincrement")
                + " MINVALUE " + row.getLong("seqmin")
                + " MAXVALUE " + row.getLong("seqmax")
                + " CACHE " + row.getLong("seqcache")
                + (row.getBoolean("seqcycle") ? " CYCLE" : "");
        return new Sequence(
                Ref.relation(row.getLong("oid")),
                new TableName(row.getString("nspname"), row.getString("relname")),
                "i".equals(row.getString("deptype")),
                schema == null ? null : new TableName(schema, row.getString("table_name")),
                row.getString("attname"),
                row.getString("type"),
                row.getLong("seqincrement"),
                row.getBoolean("seqcycle"),
                row.getBoolean("unlogged"),
                options);
    }

    static void add(List<Sequence> sequences, SourceObjects objects, TargetDialect dialect) {
        for (Sequence sequence : sequences) {
            if (sequence.ofIdentity()) {
                continue;
            }
            objects.add(new SourceObject(
                    sequence.ref(),
                    ObjectKind.SEQUENCE,
                    sequence.name().schema(),
                    sequence.name().toString(),
                    null,
                    Timing.NEEDED,
                    names -> List.of("CREATE SEQUENCE " + names.relation(sequence.name())
                            + (dialect.typesSequences() ? " AS " + sequence.type() : "") + " " + sequence.options())));
            if (sequence.unlogged()) {
                objects.add(unlogged(sequence));
            }
        }
    }

    /** As with tables: until the end a crash must not set it back. */
    private static SourceObject unlogged(Sequence sequence) {
        return new SourceObject(
                new Ref(Ref.UNLOGGED, sequence.ref().oid()),
                ObjectKind.TABLE_SETTING,
                sequence.name().schema(),
                "UNLOGGED of sequence " + sequence.name(),
                null,
                Timing.END,
                List.of(sequence.ref()),
                names -> List.of("ALTER SEQUENCE " + names.relation(sequence.name()) + " SET UNLOGGED"));
    }
}
