package io.sluice.apply.structure;

import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.dialect.ObjectKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An object of the source that could be made on the target.
 *
 * @param name for people, unique within its kind; with the schema where there is one
 * @param schema null for what lies in none
 * @param table the table or view that it is a part of; null when it stands for itself
 * @param uses objects that it needs beyond what {@code pg_depend} says
 * @param drop null for what goes with its table, and for what stays when the tables go
 */
record SourceObject(
        Ref ref,
        ObjectKind kind,
        @Nullable String schema,
        String name,
        @Nullable TableName table,
        Timing timing,
        List<Ref> uses,
        Ddl ddl,
        @Nullable Ddl drop) {

    /** When it is made at the earliest. */
    enum Timing {
        /** As soon as something needs it. */
        NEEDED,
        /** When the table's rows are in, side by side with others. */
        TABLE_FILLED,
        /** When the table's rows are in, and nothing else works on it. */
        TABLE_FILLED_ALONE,
        /** When all rows are in. */
        ALL_FILLED,
        /** When nothing is written by Sluice any more. */
        END
    }

    /** Writes its statements with the names of the target. */
    @FunctionalInterface
    interface Ddl {
        /** @throws RenameException when it cannot be told what a name in it has become */
        List<String> statements(Names names);
    }

    SourceObject {
        uses = List.copyOf(uses);
    }

    SourceObject(
            Ref ref,
            ObjectKind kind,
            @Nullable String schema,
            String name,
            @Nullable TableName table,
            Timing timing,
            Ddl ddl) {
        this(ref, kind, schema, name, table, timing, List.of(), ddl);
    }

    SourceObject(
            Ref ref,
            ObjectKind kind,
            @Nullable String schema,
            String name,
            @Nullable TableName table,
            Timing timing,
            List<Ref> uses,
            Ddl ddl) {
        this(ref, kind, schema, name, table, timing, uses, ddl, null);
    }

    /** One that can keep a table from being dropped. */
    SourceObject droppedBy(Function<Names, String> statement) {
        return new SourceObject(
                ref, kind, schema, name, table, timing, uses, ddl, names -> List.of(statement.apply(names)));
    }

    SourceObject using(List<Ref> more) {
        List<Ref> all = new ArrayList<>(uses);
        all.addAll(more);
        return new SourceObject(ref, kind, schema, name, table, timing, all, ddl, drop);
    }

    /** How the patterns of a task see a view. */
    TableName relation() {
        String of = Objects.requireNonNull(schema, "schema");
        return new TableName(of, name.substring(of.length() + 1));
    }

    /** The same in every run, whatever OIDs the source gives. */
    String id() {
        return id(kind, name, schema, table);
    }

    /** That of a table. */
    static String tableId(TableName table) {
        return id(ObjectKind.TABLE, table.toString(), table.schema(), table);
    }

    /** That of a sequence. */
    static String sequenceId(TableName sequence) {
        return id(ObjectKind.SEQUENCE, sequence.toString(), sequence.schema(), null);
    }

    /** What makes columns of a table GENERATED ALWAYS again. */
    static String identityName(TableName table) {
        return "GENERATED ALWAYS of " + table;
    }

    /** That of the object with this name. */
    static String identityId(TableName table) {
        return id(ObjectKind.TABLE_SETTING, identityName(table), table.schema(), table);
    }

    /** That of whatever is called so. */
    static String id(ObjectKind kind, String name, @Nullable String schema, @Nullable TableName table) {
        String id = kind + " " + name;
        // Names can be such that different ones make the same text.
        if (odd(schema) || table != null && (odd(table.schema()) || odd(table.table()))) {
            id += " ["
                    + (schema == null ? "" : Identifier.quote(schema))
                    + (table == null ? "" : " " + Identifier.quote(table)) + "]";
        }
        // An index row of the bookkeeping may have 2,700 bytes; functions can have a hundred arguments.
        return id.length() <= 600 ? id : id.substring(0, 560) + Integer.toHexString(id.hashCode()) + id.length();
    }

    private static boolean odd(@Nullable String name) {
        return name != null && (name.contains(".") || name.contains(" on ") || name.contains("["));
    }
}
