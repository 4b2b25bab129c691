package io.sluice.capture.engine;

import io.debezium.connector.postgresql.PostgresType;
import io.debezium.connector.postgresql.TypeRegistry;
import io.debezium.connector.postgresql.connection.PostgresConnection;
import java.sql.Types;

/**
 * Says of every type that it is text, so that the decoder hands out PostgreSQL's own text form of every value: lossless for
 * every type, and nothing is parsed.
 */
final class TextTypes extends TypeRegistry {

    /** OID of {@code text}, fixed in {@code pg_type.dat}. */
    private static final int TEXT_OID = 25;

    private final PostgresType text;

    TextTypes(PostgresConnection connection) {
        super(connection);
        text = new PostgresType.Builder(this, "text", TEXT_OID, Types.VARCHAR, NO_TYPE_MODIFIER, null).build();
    }

    @Override
    public PostgresType get(int oid) {
        return text;
    }

    @Override
    public PostgresType get(String schemaName, String typeName) {
        return text;
    }

    @Override
    public PostgresType get(String name) {
        return text;
    }
}
