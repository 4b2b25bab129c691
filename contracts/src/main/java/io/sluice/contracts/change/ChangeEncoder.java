package io.sluice.contracts.change;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.contracts.change.ChangeRecord.TooLarge;
import io.sluice.contracts.task.TableName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes the records of a change topic; the format is described in {@code docs/change-events.md}. Own code because it
 * is on the path of every change: no tree of nodes and no string is made per record. Not thread-safe.
 */
public final class ChangeEncoder {

    /** Stands for a value that the source did not send because it has not changed; compared by identity. */
    @SuppressWarnings({"StringOperationCanBeSimplified", "ReferenceEquality"})
    public static final String UNCHANGED = new String("unchanged");

    /** How a column's text form is written in JSON. */
    public enum JsonType {
        /** smallint, integer, bigint: as a JSON number. */
        INTEGER,
        /** boolean: as true or false. */
        BOOLEAN,
        /** Everything else: PostgreSQL's text form as a JSON string. */
        TEXT;

        /** @param typeOid those of built-in types are fixed in {@code pg_type.dat} */
        public static JsonType of(int typeOid) {
            return switch (typeOid) {
                case 20, 21, 23 -> INTEGER;
                case 16 -> BOOLEAN;
                default -> TEXT;
            };
        }
    }

    /**
     * A column of a table as the encoder needs it.
     *
     * @param typeOid of the type in the source's catalog
     * @param number in the source's catalog, which the column keeps whatever it is called; 0 when that is not known
     */
    public record Column(String name, JsonType type, boolean key, long typeOid, int number) {

        public Column(String name, JsonType type, boolean key) {
            this(name, type, key, 0, 0);
        }
    }

    /** A table's columns, with everything that does not change from row to row already encoded. Immutable. */
    public static final class Table {

        private final byte[] source;
        private final byte[] description;
        private final byte[] keyStart;
        private final byte[][] fields;
        private final JsonType[] types;
        private final boolean[] keys;

        private Table(String database, TableName name, List<Column> columns) {
            ByteSink sink = new ByteSink(256);
            sink.ascii(",\"source\":{\"connector\":\"sluice\",\"db\":");
            sink.quoted(database);
            sink.ascii(",\"schema\":");
            sink.quoted(name.schema());
            sink.ascii(",\"table\":");
            sink.quoted(name.table());
            sink.ascii(",\"key\":[");
            boolean first = true;
            for (Column column : columns) {
                if (column.key()) {
                    if (!first) {
                        sink.put(',');
                    }
                    sink.quoted(column.name());
                    first = false;
                }
            }
            sink.put(']');
            source = sink.copyOf(0, sink.size());
            description = description(columns);
            sink.clear();
            sink.ascii("{\"schema\":");
            sink.quoted(name.schema());
            sink.ascii(",\"table\":");
            sink.quoted(name.table());
            keyStart = sink.copyOf(0, sink.size());
            fields = new byte[columns.size()][];
            types = new JsonType[columns.size()];
            keys = new boolean[columns.size()];
            for (int i = 0; i < fields.length; i++) {
                sink.clear();
                sink.quoted(columns.get(i).name());
                sink.put(':');
                fields[i] = sink.copyOf(0, sink.size());
                types[i] = columns.get(i).type();
                keys[i] = columns.get(i).key();
            }
        }

        private static byte[] description(List<Column> columns) {
            ByteSink sink = new ByteSink(256);
            sink.ascii(",\"columns\":[");
            char separator = ' ';
            for (Column column : columns) {
                sink.put(separator);
                separator = ',';
                sink.ascii("{\"name\":");
                sink.quoted(column.name());
                sink.ascii(",\"type\":");
                sink.number(column.typeOid());
                if (column.number() > 0) {
                    sink.ascii(",\"number\":");
                    sink.number(column.number());
                }
                sink.put('}');
            }
            sink.put(']');
            return sink.copyOf(0, sink.size());
        }
    }

    private static final byte[] NULL = ascii("null");
    private static final byte[] TRUE = ascii("true");
    private static final byte[] FALSE = ascii("false");
    private static final byte[] OPERATION = ascii("{\"op\":\"");
    private static final byte[] BEFORE = ascii(",\"before\":");
    private static final byte[] AFTER = ascii(",\"after\":");
    private static final byte[] KEY = ascii(",\"key\":");
    private static final byte[] MILLIS = ascii(",\"ts_ms\":");

    private final String database;

    /** What all records of a transaction say of it. */
    private byte[] transaction = {};

    private ChangePosition transactionOf = ChangePosition.START;
    private long transactionMillis;

    public ChangeEncoder(String database) {
        this.database = database;
    }

    public Table table(TableName name, List<Column> columns) {
        return new Table(database, name, columns);
    }

    /**
     * One row change.
     *
     * @param keyOnly the before image holds values for the key columns only, the others are left out
     * @param described the record says which columns the table has
     */
    public void row(
            ByteSink out,
            Operation operation,
            Table table,
            ChangePosition position,
            long commitMillis,
            long capturedMillis,
            @Nullable TupleData before,
            boolean keyOnly,
            @Nullable TupleData after,
            boolean described) {
        start(out, operation.code(), table, position, commitMillis, described);
        out.put(BEFORE);
        image(out, table, before, keyOnly);
        out.put(AFTER);
        image(out, table, after, false);
        end(out, capturedMillis);
    }

    /**
     * The same of images that are strings. {@code before} and {@code after} have one place per column of the table: null is SQL NULL,
     * {@link #UNCHANGED} leaves the column out.
     */
    public void row(
            ByteSink out,
            Operation operation,
            Table table,
            ChangePosition position,
            long commitMillis,
            long capturedMillis,
            @Nullable String @Nullable [] before,
            boolean keyOnly,
            @Nullable String @Nullable [] after,
            boolean described) {
        row(
                out,
                operation,
                table,
                position,
                commitMillis,
                capturedMillis,
                before == null ? null : TupleData.of(before),
                keyOnly,
                after == null ? null : TupleData.of(after),
                described);
    }

    /** The same without a description. */
    public void row(
            ByteSink out,
            Operation operation,
            Table table,
            ChangePosition position,
            long commitMillis,
            long capturedMillis,
            @Nullable String @Nullable [] before,
            boolean keyOnly,
            @Nullable String @Nullable [] after) {
        row(out, operation, table, position, commitMillis, capturedMillis, before, keyOnly, after, false);
    }

    /**
     * One row of a snapshot.
     *
     * @param snapshot the id of the snapshot
     * @param lsn where the source's log ended when it was taken
     * @param takenMillis the source's clock then
     * @param described the record says which columns the table has
     */
    public void snapshotRow(
            ByteSink out,
            Table table,
            String snapshot,
            Lsn lsn,
            long takenMillis,
            long capturedMillis,
            TupleData row,
            boolean described) {
        out.ascii("{\"op\":\"r\"");
        out.put(table.source);
        if (described) {
            out.put(table.description);
        }
        out.ascii(",\"snapshot\":");
        out.quoted(snapshot);
        out.ascii(",\"lsn\":");
        out.ascii(Long.toUnsignedString(lsn.value()));
        out.put(MILLIS);
        out.number(takenMillis);
        out.put('}');
        out.ascii(",\"before\":null,\"after\":");
        image(out, table, row, false);
        end(out, capturedMillis);
    }

    public void truncate(ByteSink out, Table table, ChangePosition position, long commitMillis, long capturedMillis) {
        start(out, 't', table, position, commitMillis, false);
        out.ascii(",\"before\":null,\"after\":null");
        end(out, capturedMillis);
    }

    /** @param bytes of the change that no record holds */
    public void tooLarge(
            ByteSink out, Table table, ChangePosition position, long commitMillis, long capturedMillis, long bytes) {
        start(out, 'm', table, position, commitMillis, false);
        out.ascii(",\"message\":{\"prefix\":\"" + TooLarge.PREFIX + "\",\"content\":{\"bytes\":");
        out.number(bytes);
        out.ascii("}}");
        end(out, capturedMillis);
    }

    public void transactionEnd(ByteSink out, ChangePosition position, Lsn endLsn, long commitMillis) {
        out.ascii("{\"status\":\"END\",\"id\":\"");
        transactionId(out, position);
        out.ascii("\",\"event_count\":");
        out.number(position.order() - 1);
        out.ascii(",\"end_lsn\":\"");
        out.ascii(endLsn.toString());
        out.ascii("\",\"ts_ms\":");
        out.number(commitMillis);
        out.put('}');
    }

    public void heartbeat(ByteSink out, Lsn lsn, long sourceMillis, long aheadMillis, long capturedMillis) {
        out.ascii("{\"op\":\"m\",\"source\":{\"connector\":\"sluice\",\"db\":");
        out.quoted(database);
        out.ascii(",\"lsn\":");
        out.ascii(Long.toUnsignedString(lsn.value()));
        out.ascii(",\"ts_ms\":");
        out.number(sourceMillis);
        out.ascii(",\"ahead_ms\":");
        out.number(aheadMillis);
        out.ascii("},\"message\":{\"prefix\":\"sluice.heartbeat\",\"content\":null}");
        end(out, capturedMillis);
    }

    /** @param content as {@link DdlContent} writes it */
    public void ddl(ByteSink out, ChangePosition position, String content, long commitMillis, long capturedMillis) {
        out.ascii("{\"op\":\"m\",\"source\":{\"connector\":\"sluice\",\"db\":");
        out.quoted(database);
        transaction(out, position, commitMillis);
        out.ascii(",\"message\":{\"prefix\":\"" + DdlContent.PREFIX + "\",\"content\":");
        out.put(content.getBytes(UTF_8));
        out.put('}');
        end(out, capturedMillis);
    }

    /** The record key of a row: schema, table and the values of the key columns. */
    public void key(ByteSink out, Table table, TupleData row) {
        out.put(table.keyStart);
        out.put(KEY);
        image(out, table, row, true);
        out.put('}');
    }

    /** The same of a row of strings. */
    public void key(ByteSink out, Table table, @Nullable String[] row) {
        key(out, table, TupleData.of(row));
    }

    /** The record key of what concerns the table as a whole, or a row that no columns identify. */
    public void key(ByteSink out, Table table) {
        out.put(table.keyStart);
        out.put('}');
    }

    private void start(
            ByteSink out, char operation, Table table, ChangePosition position, long commitMillis, boolean described) {
        out.put(OPERATION);
        out.put(operation);
        out.put('"');
        out.put(table.source);
        if (described) {
            out.put(table.description);
        }
        transaction(out, position, commitMillis);
    }

    /** Closes the source and says which transaction it was. */
    private void transaction(ByteSink out, ChangePosition position, long commitMillis) {
        if (transaction.length == 0
                || position.xid() != transactionOf.xid()
                || commitMillis != transactionMillis
                || !position.commitLsn().equals(transactionOf.commitLsn())) {
            transaction = transaction(position, commitMillis);
            transactionOf = position;
            transactionMillis = commitMillis;
        }
        out.put(transaction);
        out.number(position.order());
        out.put('}');
    }

    private static byte[] transaction(ChangePosition position, long commitMillis) {
        ByteSink out = new ByteSink(128);
        out.ascii(",\"txId\":");
        out.number(position.xid());
        out.ascii(",\"lsn\":");
        out.ascii(Long.toUnsignedString(position.commitLsn().value()));
        out.put(MILLIS);
        out.number(commitMillis);
        out.ascii("},\"transaction\":{\"id\":\"");
        transactionId(out, position);
        out.ascii("\",\"total_order\":");
        return out.copyOf(0, out.size());
    }

    private static void transactionId(ByteSink out, ChangePosition position) {
        out.number(position.xid());
        out.put(':');
        out.ascii(Long.toUnsignedString(position.commitLsn().value()));
    }

    private static void end(ByteSink out, long capturedMillis) {
        out.put(MILLIS);
        out.number(capturedMillis);
        out.put('}');
    }

    private static void image(ByteSink out, Table table, @Nullable TupleData row, boolean keyOnly) {
        if (row == null) {
            out.put(NULL);
            return;
        }
        char separator = '{';
        for (int i = 0; i < row.size(); i++) {
            if (row.isUnchanged(i) || keyOnly && !table.keys[i]) {
                continue;
            }
            out.put(separator);
            separator = ',';
            out.put(table.fields[i]);
            if (row.isNull(i)) {
                out.put(NULL);
            } else {
                value(out, table.types[i], row, i);
            }
        }
        if (separator == '{') {
            out.put('{');
        }
        out.put('}');
    }

    private static void value(ByteSink out, JsonType type, TupleData row, int column) {
        switch (type) {
            case INTEGER -> row.writeTo(out, column);
            case BOOLEAN -> out.put(row.first(column) == 't' ? TRUE : FALSE);
            case TEXT -> row.quoteTo(out, column);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(UTF_8);
    }
}
