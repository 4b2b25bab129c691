package io.sluice.postgres.dialect;

import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.TableChoice.Distribution;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.catalog.TableDefinition;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one kind of target wants its tables made and its rows written. Statements for rows take one text array per column
 * ({@code text[]}, all of one length) and cast each value from its text form, so that every type goes the same way.
 * Stateless and thread-safe.
 */
public interface TargetDialect {

    static TargetDialect of(Dialect dialect) {
        return switch (dialect) {
            case POSTGRESQL -> new PostgresqlDialect();
            case CITUS -> new CitusDialect();
            case OPENGAUSS -> new OpenGaussDialect();
            case GAUSSDB_DISTRIBUTED -> new GaussDbDialect();
        };
    }

    /**
     * The statements that make the table with its columns and checks, without keys, indexes and foreign keys.
     *
     * @throws UnsupportedDdlException when the target cannot have such a table
     */
    List<String> createTable(TableBlueprint table);

    /**
     * Rows are spread over nodes: a table wants to know by which columns, and no UPDATE changes these, since the row would
     * have to go to another node. They are a part of every unique key.
     */
    default boolean distributes() {
        return false;
    }

    /**
     * The type that takes the values of a built-in one without loss: itself as a rule.
     *
     * @param type as {@code format_type} writes it
     * @throws UnsupportedDdlException when the dialect has none
     */
    default String type(String type) {
        return type;
    }

    /**
     * A query for how tables are distributed in fact: schema, table, kind as the user chooses it or another one, and the column
     * or null. Parameters: an array with the schemas of the tables and one with their names. Null when the catalog does not
     * tell.
     */
    default @Nullable String distributions() {
        return null;
    }

    /** Whether a table can have such columns; those that it cannot have are left out. */
    default boolean computes(TableBlueprint.Generated generated) {
        return true;
    }

    /** Whether a sequence is AS a type; its bounds are given anyhow. */
    default boolean typesSequences() {
        return true;
    }

    /** Whether the definitions of its objects can be read as those of PostgreSQL are. */
    default boolean describesObjects() {
        return true;
    }

    /** Whether there are PostgreSQL's hash functions of 64 bits, and {@code width_bucket} of arrays. */
    default boolean hashesRows() {
        return true;
    }

    /** What stands between the columns and the values of an INSERT that gives identities. */
    default String overridingIdentity() {
        return " OVERRIDING SYSTEM VALUE";
    }

    /** Whether rows can be locked FOR KEY SHARE, beside which others may change what is no key of them. */
    default boolean locksKeys() {
        return true;
    }

    /** What follows the columns of a table in which Sluice keeps notes of tasks by {@code task_id}, and always with it. */
    default String distributionOfNotes() {
        return "";
    }

    /** Why the target takes no object of a kind; null when it does. */
    default @Nullable String refuses(ObjectKind kind) {
        return null;
    }

    /** Why the target cannot keep these columns of a table unique; null when it can. */
    default @Nullable String refusesUnique(List<String> columns, @Nullable Distribution distribution) {
        return null;
    }

    /** Why the target cannot have the foreign key; null when it can. */
    default @Nullable String refusesForeignKey(ForeignKey key) {
        return null;
    }

    /**
     * Writes rows, new or already there. Parameters: an array for each of {@code columns}, in order.
     *
     * @param key identifies a row; covered by a unique index of the table, and a part of {@code columns}
     */
    String upsert(TableDefinition table, List<String> key, List<String> columns);

    /** Adds rows that are not there. Parameters: an array for each of {@code columns}. */
    String insert(TableDefinition table, List<String> columns);

    /** Adds rows, and leaves those whose key is there as they are. Parameters: as for {@link #upsert}. */
    String insertMissing(TableDefinition table, List<String> key, List<String> columns);

    /** The same as {@link #insert} as a COPY in text format. */
    String copyIn(TableDefinition table, List<String> columns);

    /**
     * Deletes rows that look like the ones given in every column, as many of each as are asked for. Parameters: an array
     * for each of {@code columns}, then one with how many. Not called where {@link #removeAll} answers.
     */
    String remove(TableDefinition table, List<String> columns);

    /**
     * The same for a target where equal rows cannot be told apart by their place: deletes all of those that look like the one
     * given, and the caller writes back what was too many. Parameters: an array of one value for each of {@code columns}.
     * Null where {@link #remove} does.
     */
    default @Nullable String removeAll(TableDefinition table, List<String> columns) {
        return null;
    }

    /** Statements around a {@link #remove}, which must look at the whole table; for the current transaction. */
    List<String> beforeRemove();

    List<String> afterRemove();

    /**
     * Changes rows that are there; others are passed over. Parameters: an array for each of {@code key} with the
     * values that identify the rows, then one for each of {@code columns} with the values to set.
     */
    String update(TableDefinition table, List<String> key, List<String> columns);

    /**
     * Reads columns of rows by key, in their text form. Parameters: an array for each of {@code key}.
     */
    String read(TableDefinition table, List<String> key, List<String> columns);

    /** Deletes rows by key. Parameters: an array for each of {@code key}. */
    String delete(TableDefinition table, List<String> key);

    String truncate(TableName table);

    /** Empties tables in one statement, which foreign keys between them ask for. */
    String truncateTogether(Collection<TableDefinition> tables);

    /** Statements for each session that writes rows: triggers and foreign keys stay quiet, joins go by the key's index. */
    List<String> sessionSetup();

    /** Statements for each session that copies rows and builds indexes. */
    List<String> loadSetup();

    /**
     * Statements for each session that commits rows together with a note of how far it has come: such a commit waits neither
     * for the disk nor for a standby, since a crash loses the newest of both together, and they are read again. Nothing where
     * the rows are on other nodes than the note, of which one can crash alone.
     */
    default List<String> commitSetup() {
        return distributes() ? List.of() : List.of("SET synchronous_commit = off");
    }

    /** Whether built-in types have PostgreSQL's binary form, so that COPY may use it. */
    boolean binaryRows();
}
