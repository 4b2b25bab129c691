package io.sluice.e2e;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Makes up one transaction after the other. For one connection and one thread. */
final class RandomTransaction {
    private final Connection connection;
    private final List<Shape> shapes;
    private final SplittableRandom random;
    private final int worker;

    /** @param connection without auto-commit */
    RandomTransaction(Connection connection, List<Shape> shapes, SplittableRandom random, int worker) {
        this.connection = connection;
        this.shapes = shapes;
        this.random = random;
        this.worker = worker;
    }

    /** Carries one out; false when it was rolled back as it was meant to be. */
    boolean carryOut() throws SQLException {
        int steps = random.nextInt(10) == 0 ? random.nextInt(20, 60) : random.nextInt(1, 6);
        for (int i = 0; i < steps; i++) {
            if (random.nextInt(12) == 0) {
                insideSavepoint();
            } else {
                step();
            }
        }
        execute("INSERT INTO app.log (worker) VALUES (" + worker + ")");
        if (random.nextInt(15) == 0) {
            connection.rollback();
            return false;
        }
        connection.commit();
        return true;
    }

    private void insideSavepoint() throws SQLException {
        Savepoint savepoint = connection.setSavepoint();
        for (int i = random.nextInt(1, 5); i > 0; i--) {
            step();
        }
        if (random.nextBoolean()) {
            connection.rollback(savepoint);
        } else {
            connection.releaseSavepoint(savepoint);
        }
    }

    private void step() throws SQLException {
        Shape shape = shapes.get(random.nextInt(shapes.size()));
        int number = random.nextInt(Shape.KEYS);
        switch (random.nextInt(20)) {
            case 0, 1, 2, 3 -> execute(shape.insert(IntStream.of(number), random));
            case 4 -> {
                int from = random.nextInt(Shape.KEYS - 40);
                execute(shape.insert(IntStream.range(from, from + random.nextInt(2, 40)), random));
            }
            case 5, 6, 7, 8, 9, 10 -> execute(shape.update(number, random));
            case 11, 12, 13 -> execute(shape.move(number, random.nextInt(Shape.KEYS)));
            case 14 -> moveAndComeBack(shape, number);
            case 15, 16 -> execute(shape.delete(number));
            case 17 -> insertAgain(shape, number);
            case 18 -> swap(shape, number);
            default -> truncateSometimes(shape);
        }
    }

    /** Through a key that is used by another row before and after. */
    private void moveAndComeBack(Shape shape, int number) throws SQLException {
        int other = random.nextInt(Shape.KEYS);
        int third = random.nextInt(Shape.KEYS);
        execute(shape.move(number, other));
        execute(shape.move(third, number));
        execute(shape.update(other, random));
        execute(shape.move(other, third));
    }

    private void insertAgain(Shape shape, int number) throws SQLException {
        String row = null;
        try (Statement statement = connection.createStatement();
                ResultSet deleted = statement.executeQuery(shape.deleteReturning(number))) {
            if (deleted.next()) {
                row = deleted.getString(1);
            }
        }
        if (row != null) {
            try (PreparedStatement statement = connection.prepareStatement(shape.insertText())) {
                statement.setString(1, row);
                statement.executeUpdate();
            }
        }
    }

    private void swap(Shape shape, int number) throws SQLException {
        int other = random.nextInt(Shape.KEYS);
        if (shape.unique().isEmpty() || other == number) {
            return;
        }
        execute("DROP TABLE IF EXISTS pg_temp.swapped");
        for (String sql : shape.swap(number, other)) {
            execute(sql);
        }
    }

    /** One table or two, with new rows afterwards; seldom, or nothing would be left to change. */
    private void truncateSometimes(Shape shape) throws SQLException {
        if (random.nextInt(12) > 0) {
            return;
        }
        Shape second = shapes.get(random.nextInt(shapes.size()));
        execute("TRUNCATE " + shape.name() + (second.equals(shape) ? "" : ", " + second.name()) + " CASCADE");
        int from = random.nextInt(Shape.KEYS - 100);
        execute(shape.insert(IntStream.range(from, from + 100), random));
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new SQLException(e.getMessage() + " in: " + sql, e.getSQLState(), e);
        }
    }
}
