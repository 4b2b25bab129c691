package io.sluice.contracts.task;

import java.util.Comparator;

/** A table by schema and name, as the catalog has them: case-sensitive, without quotes. */
public record TableName(String schema, String table) implements Comparable<TableName> {

    private static final Comparator<TableName> ORDER =
            Comparator.comparing(TableName::schema).thenComparing(TableName::table);

    public TableName {
        if (schema.isEmpty() || table.isEmpty()) {
            throw new IllegalArgumentException("table name: schema and table must not be empty");
        }
    }

    @Override
    public int compareTo(TableName other) {
        return ORDER.compare(this, other);
    }

    /** For people to read; not for SQL. */
    @Override
    public String toString() {
        return schema + "." + table;
    }
}
