package io.sluice.capture.engine;

import io.debezium.config.Configuration;
import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.PostgresSchema;
import io.debezium.connector.postgresql.PostgresTaskContext;
import io.debezium.relational.CustomConverterRegistry;
import io.debezium.relational.Table;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tables that the stream has described, by OID. Debezium's own schema maps OIDs to names, filters some names out, and
 * builds Connect schemas; here a table is what its last relation message said, whatever others are called.
 */
final class StreamTables extends PostgresSchema {

    private final Map<Integer, Table> tables = new HashMap<>();

    @SuppressWarnings("NullAway")
    StreamTables(Configuration configuration, PostgresConnectorConfig config) {
        super(new Context(configuration, config), null, null, null, new CustomConverterRegistry(List.of()));
    }

    @Override
    public void applySchemaChangesForTable(int relationId, Table table) {
        tables.put(relationId, table);
    }

    @Override
    public @Nullable Table tableFor(int relationId) {
        return tables.get(relationId);
    }

    private static final class Context extends PostgresTaskContext {
        Context(Configuration configuration, PostgresConnectorConfig config) {
            super(configuration, config);
        }
    }
}
