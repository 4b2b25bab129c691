package io.sluice.capture.engine;

import io.debezium.connector.postgresql.connection.PostgresConnection;
import io.debezium.jdbc.JdbcConfiguration;
import io.debezium.relational.Column;
import io.debezium.relational.TableId;
import io.debezium.relational.Tables.ColumnNameFilter;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The connection that Debezium's decoder asks about a table when the stream describes it. The catalog is of now, the stream
 * of then; so the answers come from the stream's own description wherever it has one.
 */
final class StreamCatalog extends PostgresConnection {

    private static final int GENERATED_SINCE = 12;

    private final ProtocolTap tap;

    StreamCatalog(JdbcConfiguration config, ProtocolTap tap) {
        super(config, CONNECTION_GENERAL);
        this.tap = tap;
    }

    @Override
    public List<Column> getTableColumnsForDecoder(TableId tableId, ColumnNameFilter columnFilter) {
        List<Column> columns = new ArrayList<>();
        for (Relation.Column column : tap.relation().columns()) {
            columns.add(Column.editor()
                    .name(column.name())
                    .type("text")
                    .jdbcType(Types.VARCHAR)
                    .optional(true)
                    .create());
        }
        return columns;
    }

    /** Of no use to Sluice. Not empty, else the decoder warns and goes on to look for unique indexes. */
    @Override
    public List<String> readPrimaryKeyNames(DatabaseMetaData metadata, TableId id) {
        return new ArrayList<>(List.of(""));
    }

    /**
     * The numbers of its columns, which the stream does not tell. The catalog may be ahead of the stream; then they are told
     * only when its columns have the same names in the same order.
     *
     * @return empty when the table has other columns by now
     */
    List<Integer> columnNumbers(Relation relation) throws SQLException {
        Connection connection = connection();
        String sql = "SELECT attname, attnum FROM pg_catalog.pg_attribute"
                + " WHERE attrelid = ?::oid AND attnum > 0 AND NOT attisdropped"
                + (connection.getMetaData().getDatabaseMajorVersion() < GENERATED_SINCE ? "" : " AND attgenerated = ''")
                + " ORDER BY attnum";
        List<String> names = new ArrayList<>();
        List<Integer> numbers = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, Integer.toUnsignedLong(relation.oid()));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    names.add(rows.getString(1));
                    numbers.add(rows.getInt(2));
                }
            }
        }
        return names.equals(
                        relation.columns().stream().map(Relation.Column::name).toList())
                ? numbers
                : List.of();
    }

    /**
     * The primary key, for a table whose whole row is its identity: the stream does not tell it. A deferrable one is none,
     * since two rows may have the same values until the transaction ends.
     */
    CatalogKey primaryKey(Relation relation) throws SQLException {
        // Since 13 these functions have other names, too.
        String sql = """
                SELECT a.attname, i.xmin::text::bigint, a.xmin::text::bigint,
                       pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot())
                FROM pg_catalog.pg_index i
                JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::smallint[])
                WHERE i.indrelid = ?::oid AND i.indisprimary AND i.indimmediate AND i.indisvalid
                """;
        Connection connection = connection();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, Integer.toUnsignedLong(relation.oid()));
            Set<String> names = new HashSet<>();
            long nextXid = 0;
            // Of the makers the one that is nearest to now.
            int youngest = Integer.MAX_VALUE;
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    names.add(rows.getString(1));
                    nextXid = rows.getLong(4);
                    youngest = Math.min(youngest, (int) (nextXid - rows.getLong(2)));
                    youngest = Math.min(youngest, (int) (nextXid - rows.getLong(3)));
                }
            }
            Set<String> known = new HashSet<>();
            relation.columns().forEach(column -> known.add(column.name()));
            return !names.isEmpty() && known.containsAll(names)
                    ? new CatalogKey(Set.copyOf(names), nextXid - youngest & 0xFFFFFFFFL, nextXid)
                    : CatalogKey.NONE;
        }
    }
}
