package io.sluice.e2e;

import io.sluice.localstack.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Makes databases with tables of {@link Shapes}, filled; the first one of a run with these tables is the template of the others. */
final class WorkloadDatabase {
    private static final String TEMPLATE = "workload_template_";
    private static final int ROWS_AT_ONCE = 100;
    private static final int BULK_ROWS = 60_000;

    private WorkloadDatabase() {}

    /** Both databases of this name: the source's with the tables of the workload, the target's empty. */
    static Pair create(Sluice sluice, String name) {
        return create(sluice, name, Shapes.ALL);
    }

    /** The same with other tables. */
    static Pair create(Sluice sluice, String name, List<Shape> shapes) {
        String template = TEMPLATE + shapes.size();
        if (!sluice.source().hasDatabase(template)) {
            fill(sluice.source(), template, shapes);
        }
        return Pair.copyOf(sluice, template, name);
    }

    private static void fill(PostgresServer server, String template, List<Shape> shapes) {
        server.createDatabase(template);
        SplittableRandom random = Seed.randomFor(TEMPLATE);
        try (Connection connection = server.connect(template);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (String sql : Shapes.SETUP) {
                statement.execute(sql);
            }
            fill(statement, shapes, random);
            statement.execute(Gate.ddl(server));
            statement.execute("INSERT INTO app.gated SELECT i, i FROM generate_series(1, 100) i");
            statement.execute("INSERT INTO app.bulk SELECT -i, i %% 97, md5(i::text) FROM generate_series(1, %d) i"
                    .formatted(BULK_ROWS));
            connection.commit();
            connection.setAutoCommit(true);
            statement.execute("VACUUM ANALYZE");
        } catch (SQLException e) {
            throw new IllegalStateException("filling " + template + ": " + e.getMessage(), e);
        }
    }

    /** Makes the tables, with rows. */
    static void fill(Statement statement, List<Shape> shapes, SplittableRandom random) throws SQLException {
        for (Shape shape : shapes) {
            for (String sql : shape.ddl()) {
                statement.execute(sql);
            }
            for (int from = 0; from < Shape.KEYS; from += ROWS_AT_ONCE) {
                // Some keys are left free.
                IntStream numbers = IntStream.range(from, from + ROWS_AT_ONCE).filter(number -> number % 3 > 0);
                statement.execute(shape.insert(numbers, random));
            }
        }
    }
}
