package io.sluice.localstack.demo;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.UUID;

/** What customers and staff do, one transaction at a time over one connection. For one thread. */
final class ShopTransactions {
    /** Deadlock and serialization failure: ordinary fates of concurrent transactions. */
    private static final Set<String> EXPECTED_STATES = Set.of("40P01", "40001");

    private final SplittableRandom random;
    private long newestOrder = Shop.ORDERS;

    ShopTransactions(SplittableRandom random) {
        this.random = random;
    }

    /** @return whether it was committed; some change their mind */
    boolean runOne(Connection connection) throws SQLException {
        int dice = random.nextInt(100);
        try {
            if (dice < 35) {
                placeOrder(connection);
            } else if (dice < 55) {
                pay(connection);
            } else if (dice < 68) {
                editCustomer(connection);
            } else if (dice < 80) {
                reprice(connection);
            } else if (dice < 87) {
                register(connection);
            } else if (dice < 92) {
                renumberLines(connection);
            } else if (dice < 96) {
                deleteOrder(connection);
            } else {
                placeOrder(connection);
                connection.rollback();
                return false;
            }
            connection.commit();
            return true;
        } catch (SQLException e) {
            connection.rollback();
            if (EXPECTED_STATES.contains(e.getSQLState())) {
                return false;
            }
            throw e;
        }
    }

    private void placeOrder(Connection connection) throws SQLException {
        long order = insertOrder(connection);
        newestOrder = Math.max(newestOrder, order);
        TreeSet<String> skus = new TreeSet<>();
        int lines = 1 + random.nextInt(3);
        while (skus.size() < lines) {
            skus.add(Shop.sku(1 + random.nextInt(Shop.PRODUCTS)));
        }
        int line = 0;
        for (String sku : skus) { // always in this order, so that two orders do not wait for each other
            int quantity = 1 + random.nextInt(5);
            line++;
            update(connection, "UPDATE products SET stock = stock - ? WHERE sku = ?", quantity, sku);
            update(connection, """
                    INSERT INTO order_lines (order_id, line_no, sku, quantity, price)
                    SELECT ?, ?, sku, ?, price FROM products WHERE sku = ?""", order, line, quantity, sku);
        }
        update(connection, """
                UPDATE orders SET total = (SELECT sum(quantity * price) FROM order_lines WHERE order_id = ?)
                WHERE id = ?""", order, order);
    }

    private long insertOrder(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "INSERT INTO orders (customer_id, delivery) VALUES (?, jsonb_build_object('floor', ?::int)) RETURNING id")) {
            statement.setLong(1, 1L + random.nextInt(Shop.CUSTOMERS));
            statement.setInt(2, random.nextInt(30));
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    private void pay(Connection connection) throws SQLException {
        long order = anyOrder();
        BigDecimal amount = BigDecimal.valueOf(random.nextInt(1_000_000), random.nextInt(6));
        update(connection, """
                INSERT INTO payments (id, order_id, amount, method, details)
                SELECT ?, id, ?, ?, '{"live": true}' FROM orders WHERE id = ?""", new UUID(random.nextLong(), random.nextLong()), amount, oneOf(Shop.METHODS), order);
        update(connection, "UPDATE orders SET state = 'paid' WHERE id = ?", order);
    }

    private void editCustomer(Connection connection) throws SQLException {
        update(
                connection,
                """
                UPDATE customers
                SET balance = balance + ?, tags = array_append(tags[1:2], 'edited'), preferences = jsonb_build_object('visits', ?::int)
                WHERE id = ?""",
                BigDecimal.valueOf(random.nextInt(10_000), 2),
                random.nextInt(100),
                1L + random.nextInt(Shop.CUSTOMERS));
    }

    /** The long descriptions stay as they are, so they do not come with the change. */
    private void reprice(Connection connection) throws SQLException {
        update(
                connection,
                "UPDATE products SET price = price * 1.01, sizes = sizes || ? WHERE sku = ? AND price < 10000",
                random.nextInt(60),
                Shop.sku(1 + random.nextInt(Shop.PRODUCTS)));
    }

    private void register(Connection connection) throws SQLException {
        update(
                connection,
                "INSERT INTO customers (email, name, preferences) VALUES (?, ?, NULL)",
                new UUID(random.nextLong(), random.nextLong()) + "@example.org",
                "new\ncustomer");
    }

    /** Changes part of a primary key. */
    private void renumberLines(Connection connection) throws SQLException {
        update(connection, """
                UPDATE order_lines SET line_no = (SELECT max(line_no) + 1 FROM order_lines WHERE order_id = ?)
                WHERE order_id = ? AND line_no = (SELECT min(line_no) FROM order_lines WHERE order_id = ?)""", repeated(anyOrder(), 3));
    }

    private void deleteOrder(Connection connection) throws SQLException {
        long order = anyOrder();
        update(connection, "DELETE FROM orders WHERE id = ?", order);
        update(connection, "DELETE FROM payments WHERE order_id = ?", order);
        update(connection, "DELETE FROM order_lines WHERE order_id = ?", order);
    }

    private long anyOrder() {
        return 1 + random.nextLong(newestOrder);
    }

    private String oneOf(List<String> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    private static Object[] repeated(Object value, int times) {
        Object[] values = new Object[times];
        Arrays.fill(values, value);
        return values;
    }

    private static void update(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int index = 0; index < values.length; index++) {
                statement.setObject(index + 1, values[index]);
            }
            statement.executeUpdate();
        }
    }
}
