package io.sluice.apply.compare;

import static java.util.stream.Collectors.joining;

import io.sluice.apply.compare.Relation.Column;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.PostgresErrors;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * How a database makes 64 bits of a row. Rows whose text forms differ in any column have other bits, but for a chance of
 * 2<sup>-64</sup>. Both sides must take the same way: {@link #agreed} tries them on both.
 */
enum RowHash {
    /**
     * Columns in their binary form where it says the same as the text form. A type's own hash would not: it takes 1.0 for
     * 1.00, -0 for 0 and -5 for 5 (hash_numeric), and folds 64 bits into 32 (hashint8).
     */
    BINARY {
        @Override
        String of(List<Column> columns) {
            // The hash of a record is a sum over its columns, so sums of it would not tell rows that have exchanged
            // values.
            return "hashint8extended(hash_record_extended(ROW("
                    + columns.stream().map(RowHash::exact).collect(joining(", ")) + "), 0), 1)";
        }
    },
    /** The row in its text form. */
    TEXT {
        @Override
        String of(List<Column> columns) {
            return "hashtextextended(" + text(columns) + ", 0)";
        }
    },
    /** The same for databases that are no PostgreSQL inside, or of another byte order. */
    MD5 {
        @Override
        String of(List<Column> columns) {
            return "('x' || substr(md5(" + text(columns) + "), 1, 16))::bit(64)::bigint";
        }
    };

    /** One of each type that {@link #exact} treats in a way of its own, in the order of types there. */
    private static final List<String> SAMPLE_TYPES = List.of(
            "smallint",
            "integer",
            "bigint",
            "boolean",
            "date",
            "uuid",
            "bytea",
            "text",
            "real",
            "double precision",
            "real",
            "double precision",
            "numeric",
            "time without time zone",
            "time with time zone",
            "timestamp without time zone",
            "timestamp with time zone",
            "interval",
            "bpchar",
            "money");

    private static final List<String> SAMPLE_VALUES = List.of(
            "-7",
            "70000",
            "-5000000000",
            "true",
            "2026-01-31",
            "8f14e45f-ceea-467f-a8b5-0a1d9c1b2c3d",
            "\\x00ff",
            "Zürich 東京",
            "-0",
            "NaN",
            "0.1",
            "0.1",
            "-12.340",
            "24:00:00",
            "12:00:00+05:30",
            "0044-03-15 12:00:00 BC",
            "2026-06-01 12:00:00+00",
            "1 mon -2 days 00:00:00.000001",
            "ab  ",
            "12.34");

    /** An expression of type bigint. */
    abstract String of(List<Column> columns);

    /**
     * The fastest way that gives the same on both sides.
     *
     * @throws SluiceException {@code DATABASE_ERROR} when there is none
     */
    static RowHash agreed(DatabaseSession source, DatabaseSession target) {
        boolean allDigits = floatsDiffer(source.connection(), target.connection());
        for (RowHash way : values()) {
            try {
                if (Objects.equals(way.ofSample(source, allDigits), way.ofSample(target, allDigits))) {
                    return way;
                }
            } catch (SluiceException e) {
                if (e.code().retry() == ErrorCode.Retry.CONNECTION) {
                    throw e;
                }
            }
        }
        throw new SluiceException(
                ErrorCode.DATABASE_ERROR,
                "Source and target compute no checksum in the same way, not even md5 of the same text. Are both databases"
                        + " in UTF-8?");
    }

    /** Before PostgreSQL 12 a server wrote 0.1 with as many digits as it was asked for, since then with the fewest. */
    static boolean floatsDiffer(Connection source, Connection target) {
        return writesFewest(source) != writesFewest(target);
    }

    private static boolean writesFewest(Connection connection) {
        try {
            return connection.getMetaData().getDatabaseMajorVersion() >= 12;
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "asking for the version");
        }
    }

    private Long ofSample(DatabaseSession session, boolean allDigits) {
        StringBuilder from = new StringBuilder("SELECT ");
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < SAMPLE_TYPES.size(); i++) {
            String name = "c" + i;
            from.append(i == 0 ? "" : ", ")
                    .append(Identifier.literal(SAMPLE_VALUES.get(i)))
                    .append("::")
                    .append(SAMPLE_TYPES.get(i))
                    .append(" AS ")
                    .append(name);
            Column column = new Column(name, SAMPLE_TYPES.get(i), "=", true);
            columns.add(allDigits ? column.inAllDigits() : column);
        }
        return session.inTransaction("trying checksums", connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT " + of(columns) + " FROM (" + from + ") AS s")) {
                row.next();
                return row.getLong(1);
            }
        });
    }

    private static String exact(Column column) {
        String name = column.quoted();
        if (!column.alike()) {
            return name + "::text COLLATE \"C\"";
        }
        return switch (column.type()) {
            case "smallint", "integer", "boolean", "date", "uuid", "oid", "bytea" -> name;
            case "text", "character varying" -> name + " COLLATE \"C\"";
            case "bigint" -> "int8send(" + name + ")";
            case "real" -> "float4send(" + name + ")";
            case "double precision" -> "float8send(" + name + ")";
            case "numeric" -> "numeric_send(" + name + ")";
            case "time without time zone" -> "time_send(" + name + ")";
            case "time with time zone" -> "timetz_send(" + name + ")";
            case "timestamp without time zone" -> "timestamp_send(" + name + ")";
            case "timestamp with time zone" -> "timestamptz_send(" + name + ")";
            case "interval" -> "interval_send(" + name + ")";
            case "money" -> "cash_send(" + name + ")";
            // A cast to text would cut trailing blanks.
            case "bpchar", "character" -> "bpcharsend(" + name + ")";
            default -> name + "::text COLLATE \"C\"";
        };
    }

    private static String text(List<Column> columns) {
        return "ROW("
                + columns.stream()
                        .map(column -> column.allDigits() ? column.image() : column.quoted())
                        .collect(joining(", "))
                + ")::text";
    }
}
