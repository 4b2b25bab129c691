package io.sluice.apply.compare;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.postgres.Identifier;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * What is read of a side one after the other, under one snapshot: tables, or their partitions.
 *
 * @param files in which the rows are
 * @param moved the snapshot is older than what the catalog says of them; another one is needed
 */
record Parts(List<Relation> relations, List<Long> files, boolean moved) {

    Parts {
        relations = List.copyOf(relations);
        files = List.copyOf(files);
    }

    /**
     * From here on they cannot be rewritten, nor can one get or lose a partition that the snapshot sees, as long as it is
     * open.
     *
     * @param whole each is to be read by one statement
     */
    static Parts under(DatabaseSession snapshot, List<Relation> tables, boolean whole) {
        List<Relation> parts = new ArrayList<>();
        List<Long> files = new ArrayList<>();
        boolean[] moved = {false};
        for (Relation table : tables) {
            if (whole || table.cut() == Relation.Cut.NOT) {
                parts.add(table.whole());
                continue;
            }
            snapshot.within("looking at table " + table.name(), connection -> {
                if (table.sliced()) {
                    lock(connection, table.rowsOf());
                    parts.add(table);
                    files.add(file(connection, table));
                    return;
                }
                lock(connection, "ONLY " + table.quoted());
                Partitions partitions = Partitions.read(connection, table.name());
                if (partitions.plain()) {
                    partitions.leaves().forEach(leaf -> parts.add(table.leaf(leaf)));
                } else {
                    parts.add(table.whole());
                }
                files.add(partitions.files());
                moved[0] |= partitions.moved();
            });
        }
        return new Parts(parts, files, moved[0]);
    }

    private static void lock(Connection connection, String rows) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SELECT 1 FROM " + rows + " LIMIT 0");
        }
    }

    private static long file(Connection connection, Relation table) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT pg_relation_filenode(" + Identifier.literal(table.quoted()) + "::regclass)")) {
            row.next();
            return row.getLong(1);
        }
    }
}
