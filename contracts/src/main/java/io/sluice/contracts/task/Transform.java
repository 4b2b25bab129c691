package io.sluice.contracts.task;

/**
 * An expression over the rows of a table.
 *
 * @param table {@code schema.table} of the source
 * @param expression in CEL
 */
public record Transform(String table, String expression) {

    public boolean isOf(TableName name) {
        return table.equals(name.toString());
    }
}
