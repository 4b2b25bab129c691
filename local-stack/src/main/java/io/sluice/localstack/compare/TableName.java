package io.sluice.localstack.compare;

/** A table by its schema and name as the catalog has them, not quoted. */
public record TableName(String schema, String name) {
    public TableName {
        if (schema.isEmpty()) {
            throw new IllegalArgumentException("schema: empty");
        }
        if (name.isEmpty()) {
            throw new IllegalArgumentException("name: empty");
        }
    }

    String quoted() {
        return quote(schema) + "." + quote(name);
    }

    static String quote(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    @Override
    public String toString() {
        return schema + "." + name;
    }
}
