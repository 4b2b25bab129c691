package io.sluice.apply.structure;

import io.sluice.postgres.catalog.SequenceCatalog;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads lists from a catalog. */
final class Query {

    private final Connection connection;
    private final String locked;
    private final boolean before10;

    /** @param locked relations of which nothing can be read that needs a lock */
    Query(Connection connection, Collection<Long> locked) throws SQLException {
        this.connection = connection;
        this.before10 = connection.getMetaData().getDatabaseMajorVersion() < 10;
        this.locked = locked.stream().sorted().map(String::valueOf).collect(Collectors.joining(", "));
    }

    /** The server has no partitions, identity columns and statistics objects, nor the functions that tell of them. */
    boolean before10() {
        return before10;
    }

    /** An expression that such a server could not even read; NULL there. */
    String since10(String expression) {
        return before10 ? "NULL::text" : expression;
    }

    /** What to read the definitions of sequences from. */
    String sequences() throws SQLException {
        return SequenceCatalog.relation(connection);
    }

    /**
     * A condition that keeps out what cannot be read, since it is made of a locked relation.
     *
     * @param catalog of the object
     * @param oid the column that has its oid
     */
    String readable(String catalog, String oid) {
        return locked.isEmpty()
                ? ""
                : " NOT EXISTS (SELECT FROM pg_depend made WHERE made.classid = '" + catalog
                        + "'::regclass AND made.objid = " + oid + " AND made.refclassid = 'pg_class'::regclass"
                        + " AND made.refobjid IN (" + locked + ")) AND ";
    }

    /** Makes something of a row. */
    @FunctionalInterface
    interface Mapper<T> {
        T map(ResultSet row) throws SQLException;
    }

    /** Parameters that are collections go as arrays of bigint or text. */
    <T> List<T> list(String sql, Mapper<T> mapper, Object... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setFetchSize(2_000);
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i] instanceof Collection<?> all ? array(all) : parameters[i]);
            }
            List<T> list = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    list.add(mapper.map(row));
                }
            }
            return list;
        }
    }

    private Array array(Collection<?> all) throws SQLException {
        boolean numbers = !all.isEmpty() && all.iterator().next() instanceof Long;
        return connection.createArrayOf(numbers ? "int8" : "text", all.toArray());
    }

    /** Empty for NULL. */
    static List<String> strings(ResultSet row, String column) throws SQLException {
        Array array = row.getArray(column);
        return array == null ? List.of() : List.of((String[]) array.getArray());
    }

    static List<Long> numbers(ResultSet row, String column) throws SQLException {
        Array array = row.getArray(column);
        return array == null ? List.of() : List.of((Long[]) array.getArray());
    }

    static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }
}
