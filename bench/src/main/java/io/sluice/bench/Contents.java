package io.sluice.bench;

import io.sluice.localstack.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Whether a copy is one: number and hashes of all rows of each table of the schema {@code public}, and its indexes. */
final class Contents {

    private static final String LOOK = """
            CREATE FUNCTION pg_temp.contents() RETURNS text LANGUAGE plpgsql AS $$
            DECLARE
                one record;
                rows text;
                every text := '';
            BEGIN
                FOR one IN SELECT c.oid::regclass AS name,
                               (SELECT count(*) FROM pg_index i WHERE i.indrelid = c.oid AND i.indisvalid) AS indexes
                           FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY c.relname
                LOOP
                    EXECUTE format('SELECT concat_ws('' '', count(*), sum(hashtextextended(t::text, 0))) FROM %s t', one.name)
                        INTO rows;
                    every := md5(concat_ws(' ', every, one.name, one.indexes, rows));
                END LOOP;
                RETURN every;
            END $$""";

    private Contents() {}

    static String of(PostgresServer server, String database) {
        try (Connection connection = server.connect(database);
                Statement statement = connection.createStatement()) {
            statement.execute(LOOK);
            try (ResultSet row = statement.executeQuery("SELECT pg_temp.contents()")) {
                row.next();
                return row.getString(1);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("looking at " + database, e);
        }
    }
}
