package io.sluice.postgres;

import io.sluice.contracts.task.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Collection;

/** Any number of tables as two parameters of a statement, for {@code unnest(?::text[], ?::text[])}. */
public final class TableArrays {

    private TableArrays() {}

    /**
     * Sets the array of their schemas, and that of their names in the same order after it.
     *
     * @param index of the first of the two parameters, from 1
     */
    public static void set(PreparedStatement statement, int index, Collection<TableName> tables) throws SQLException {
        Connection connection = statement.getConnection();
        Object[] schemas = tables.stream().map(TableName::schema).toArray();
        Object[] names = tables.stream().map(TableName::table).toArray();
        statement.setArray(index, connection.createArrayOf("text", schemas));
        statement.setArray(index + 1, connection.createArrayOf("text", names));
    }
}
