package io.sluice.postgres;

import io.sluice.contracts.Topics;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the comment of a task's publication says about its tables. Capture writes it once the publication lists the tables
 * of an order, so whoever copies a table can wait until the source publishes its changes.
 */
public final class PublicationNote {

    private static final Pattern SELECTION = Pattern.compile("tables of selection (\\d+)");

    private PublicationNote() {}

    /**
     * The option of a publication that has every kind of change in it.
     *
     * @param version the source's major version; before 11 PostgreSQL publishes no TRUNCATE
     */
    public static String everyChange(int version) {
        return "publish = 'insert, update, delete" + (version >= 11 ? ", truncate'" : "'");
    }

    /** To be put into the comment. */
    public static String text(long selection) {
        return "tables of selection " + selection;
    }

    /** The selection that a comment speaks of; 0 when it speaks of none. */
    public static long selection(@Nullable String comment) {
        Matcher matcher = SELECTION.matcher(comment == null ? "" : comment);
        return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
    }

    /** The selection that the publication of a task lists; -1 when there is no such publication. */
    public static long read(Connection source, String taskId) throws SQLException {
        try (PreparedStatement statement = source.prepareStatement(
                "SELECT obj_description(oid, 'pg_publication') FROM pg_publication WHERE pubname = ?")) {
            statement.setString(1, Topics.publication(taskId));
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? selection(row.getString(1)) : -1;
            }
        }
    }
}
