package io.sluice.apply.load;

import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.SnapshotFence;
import io.sluice.postgres.catalog.ColumnDefinition;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The statements that move the rows of one table of the source. */
final class CopySql {

    /** By so many numbers keys are told apart roughly. */
    static final int BUCKETS = 1 << 16;

    private final SourceTable table;
    private final String format;
    private final String rowsOfTarget;

    /** @param inherited tables of the target inherit from the table's; their rows are none of its own */
    CopySql(SourceTable table, boolean binary, boolean inherited) {
        this.table = table;
        this.format = binary ? " (FORMAT binary)" : "";
        this.rowsOfTarget = (inherited ? "ONLY " : "") + Identifier.quote(target());
    }

    /** Reads the rows of a part that are in a range of pages; for a transform each with its place before it. */
    String read(SourcePart part, PageRange range, @Nullable SnapshotFence onlyUnchangedSince) {
        String where = where(
                part.pieces() == SourcePart.Pieces.PLACES ? range.places(part.pages()) : range.condition(),
                onlyUnchangedSince == null ? "" : "NOT " + changedSince(onlyUnchangedSince),
                filter());
        String name = Identifier.quote(part.name());
        if (table.transform() != null) {
            return "COPY (SELECT ctid" + comma(columns(table.columnsRead(), false)) + " FROM ONLY " + name + where
                    + ") TO STDOUT";
        }
        String columns = columns(table.columns(), false);
        return where.isEmpty() && !columns.isEmpty()
                ? "COPY " + name + " (" + columns + ") TO STDOUT" + format
                : "COPY (SELECT " + columns + " FROM ONLY " + name + where + ") TO STDOUT" + format;
    }

    /** Reads every row of the table that was written since a snapshot, and some that were written shortly before it. */
    String readChanged(SnapshotFence since) {
        return "COPY (SELECT " + columns(table.columns(), false) + " FROM " + source()
                + where(changedSince(since), filter()) + ") TO STDOUT" + format;
    }

    /** Counts the others. */
    String countUnchanged(SnapshotFence since) {
        return "SELECT count(*) FROM " + source() + where("NOT " + changedSince(since), filter());
    }

    /** The same, by bucket. */
    String countUnchangedByBucket(SnapshotFence since) {
        return "SELECT " + bucket(false) + ", count(*) FROM " + source() + where("NOT " + changedSince(since), filter())
                + " GROUP BY 1";
    }

    /** Reads the keys of the others, as far as they are in these buckets. */
    String readUnchangedKeys(SnapshotFence since, int... buckets) {
        return "COPY (SELECT " + columns(table.key(), false) + " FROM " + source()
                + where("NOT " + changedSince(since), filter(), in(buckets, false)) + ") TO STDOUT" + format;
    }

    /** Writes what {@link #read} reads. */
    String write() {
        return writeInto(Identifier.quote(target()));
    }

    String writeInto(String relation) {
        String columns = Identifier.list(Stream.concat(
                        table.columns().stream().map(column -> table.mapping().targetColumn(column.name())),
                        table.columnsAdded().stream())
                .toList());
        return "COPY " + relation + (columns.isEmpty() ? "" : " (" + columns + ")") + " FROM STDIN" + format;
    }

    String writeKeysInto(String relation) {
        return "COPY " + relation + " (" + columns(table.key(), true) + ") FROM STDIN" + format;
    }

    /**
     * An empty table of the session with the columns that go over; to be dropped in the same transaction, since openGauss
     * knows ON COMMIT DROP only as a word.
     */
    String stage(String relation) {
        return "CREATE TEMPORARY TABLE " + relation + " AS SELECT " + columns(table.columns(), true) + " FROM "
                + Identifier.quote(target()) + " WITH NO DATA";
    }

    String stageKeys(String relation) {
        return "CREATE TEMPORARY TABLE " + relation + " AS SELECT " + columns(table.key(), true) + " FROM "
                + Identifier.quote(target()) + " WITH NO DATA";
    }

    String deleteThoseIn(String relation) {
        return "DELETE FROM " + rowsOfTarget + " AS t USING " + relation + " AS s WHERE " + sameKey();
    }

    /** Of the rows whose keys are in these buckets. */
    String deleteThoseNotIn(String relation, int... buckets) {
        return "DELETE FROM " + rowsOfTarget + " AS t"
                + where("NOT EXISTS (SELECT 1 FROM " + relation + " AS s WHERE " + sameKey() + ")", in(buckets, true));
    }

    /** @param overriding as the target's dialect says it */
    String insertFrom(String relation, String overriding) {
        String columns = columns(table.columns(), true);
        return "INSERT INTO " + Identifier.quote(target()) + " (" + columns + ")" + overriding + " SELECT " + columns
                + " FROM " + relation;
    }

    String count() {
        return "SELECT count(*) FROM " + rowsOfTarget;
    }

    String countByBucket() {
        return "SELECT " + bucket(true) + ", count(*) FROM " + rowsOfTarget + " GROUP BY 1";
    }

    /** A number below {@link #BUCKETS}; on both sides the same for keys of the same text. */
    private String bucket(boolean onTarget) {
        String text = table.key().stream()
                .map(column -> onTarget ? table.mapping().targetColumn(column.name()) : column.name())
                .map(name -> Identifier.quote(name) + "::text")
                .collect(Collectors.joining(" || ',' || "));
        return "('x' || substr(md5(" + text + "), 1, 4))::bit(16)::integer";
    }

    /** Empty for all of them. */
    private String in(int[] buckets, boolean onTarget) {
        return buckets.length == 0
                ? ""
                : bucket(onTarget) + " = ANY ('"
                        + Arrays.toString(buckets).replace('[', '{').replace(']', '}') + "'::integer[])";
    }

    TableName target() {
        return table.mapping().target();
    }

    private String source() {
        return (table.partitioned() ? "" : "ONLY ") + Identifier.quote(table.name());
    }

    private String sameKey() {
        return table.key().stream()
                .map(column -> {
                    String name = Identifier.quote(table.mapping().targetColumn(column.name()));
                    return "t." + name + " " + column.equality() + " s." + name;
                })
                .collect(Collectors.joining(" AND "));
    }

    private String filter() {
        String filter = table.mapping().filter();
        return filter == null ? "" : "(" + filter + ")";
    }

    private static String comma(String columns) {
        return columns.isEmpty() ? "" : ", " + columns;
    }

    private String columns(List<ColumnDefinition> columns, boolean onTarget) {
        return Identifier.list(columns.stream()
                .map(ColumnDefinition::name)
                .map(name -> onTarget ? table.mapping().targetColumn(name) : name)
                .toList());
    }

    /**
     * A row version that a snapshot sees was written by a transaction before the snapshot's xmin, or by one of the few
     * between xmin and xmax. So this is true for all that the snapshot does not see. {@code age} compares as the server
     * does, modulo 2^32; a version that was frozen an epoch ago can only be taken for a new one, never the reverse.
     */
    private static String changedSince(SnapshotFence fence) {
        return "(age(xmin) <= age('" + (fence.xmin() & 0xFFFF_FFFFL) + "'::xid))";
    }

    private static String where(String... conditions) {
        String all = Stream.of(conditions)
                .filter(Objects::nonNull)
                .filter(condition -> !condition.isEmpty())
                .collect(Collectors.joining(" AND "));
        return all.isEmpty() ? "" : " WHERE " + all;
    }
}
