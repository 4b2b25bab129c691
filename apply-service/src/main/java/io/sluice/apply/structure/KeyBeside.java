package io.sluice.apply.structure;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.structure.StructureLog.Entry;
import io.sluice.postgres.Identifier;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A foreign key between tables that the stream writes to. They are locked for a moment, and not for as long as it takes to
 * look at the rows. An attempt that ends in between is gone on with.
 *
 * @param add the statement that adds it, without a semicolon
 * @param relation its table on the target, as SQL
 * @param done what is noted of it when it is there
 * @param failed what is noted of it when the target refuses it
 */
record KeyBeside(String add, String relation, String constraint, Entry done, Function<SQLException, Entry> failed) {

    private static final String NOT_VALID = " NOT VALID";

    /**
     * Returns what was noted.
     *
     * @param fence looked at first in each transaction
     */
    Entry make(DatabaseSession target, DatabaseSession.Action fence, StructureLog log) {
        // One that is not enforced is never valid.
        boolean added = !add.endsWith(NOT_VALID)
                && !add.endsWith(" NOT ENFORCED")
                && target.inTransaction("creating a foreign key", connection -> {
                    fence.on(connection);
                    return isUnvalidated(connection) || Installer.tryOut(connection, List.of(add + NOT_VALID)) == null;
                });
        return target.inTransaction("validating a foreign key", connection -> {
            fence.on(connection);
            Installer.prepare(connection);
            // Else it is refused whatever is looked at, or only in that form, as for a partitioned table before
            // PostgreSQL 18.
            SQLException refusal = added ? validate(connection) : Installer.tryOut(connection, List.of(add));
            Entry entry = refusal == null ? done : failed.apply(refusal);
            log.write(connection, List.of(entry));
            return entry;
        });
    }

    private @Nullable SQLException validate(Connection target) throws SQLException {
        String alter = "ALTER TABLE " + relation + " ";
        String name = Identifier.quote(constraint);
        SQLException refusal = Installer.tryOut(target, List.of(alter + "VALIDATE CONSTRAINT " + name));
        if (refusal != null) {
            try (Statement statement = target.createStatement()) {
                statement.execute(alter + "DROP CONSTRAINT " + name);
            }
        }
        return refusal;
    }

    private boolean isUnvalidated(Connection target) throws SQLException {
        try (PreparedStatement statement = target.prepareStatement("""
                SELECT EXISTS (SELECT 1 FROM pg_constraint WHERE conrelid = ?::text::regclass AND conname = ?
                    AND contype = 'f' AND NOT convalidated)""")) {
            statement.setString(1, relation);
            statement.setString(2, constraint);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }
}
