package io.sluice.postgres.dialect;

import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import java.util.List;

/**
 * How one kind of target wants its tables made and its rows written. Statements for rows take one text array per column
 * ({@code text[]}, all of one length) and cast each value from its text form, so that every type goes the same way.
 * Stateless and thread-safe.
 */
public interface TargetDialect {

    /** @throws IllegalArgumentException when the dialect is not there yet */
    static TargetDialect of(Dialect dialect) {
        return switch (dialect) {
            case POSTGRESQL -> new PostgresqlDialect();
            case CITUS, OPENGAUSS, GAUSSDB_DISTRIBUTED ->
                throw new IllegalArgumentException("dialect: " + dialect.label() + " is not there yet");
        };
    }

    /** The table with columns, defaults, identity and NOT NULL, without keys, constraints and indexes. */
    String createTable(TableDefinition table);

    /**
     * Writes rows, new or already there. Parameters: an array for each of {@code columns}, in order.
     *
     * @param key identifies a row; covered by a unique index of the table, and a part of {@code columns}
     */
    String upsert(TableDefinition table, List<String> key, List<String> columns);

    /**
     * Changes rows that are there; others are passed over. Parameters: an array for each of {@code key} with the
     * values that identify the rows, then one for each of {@code columns} with the values to set.
     */
    String update(TableDefinition table, List<String> key, List<String> columns);

    /** Deletes rows by key. Parameters: an array for each of {@code key}. */
    String delete(TableDefinition table, List<String> key);

    String truncate(TableName table);

    /** Statements for each session that writes rows: triggers and foreign keys stay quiet, joins go by the key's index. */
    List<String> sessionSetup();
}
