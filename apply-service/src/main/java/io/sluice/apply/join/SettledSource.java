package io.sluice.apply.join;

import io.sluice.apply.load.OlderTransactions;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.Topics;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.PublicationNote;
import io.sluice.postgres.TableArrays;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Brings the source to a point from which a snapshot of an added table can be taken: every transaction that the snapshot
 * does not see comes through the change topic, with all of its changes to the table, after what the stream had applied when
 * the table was taken apart.
 */
final class SettledSource {

    private static final Duration LOOK_EVERY = Duration.ofMillis(200);

    private final DatabaseSession source;
    private final TaskOrder order;
    private final RunContext context;

    SettledSource(DatabaseSession source, TaskOrder order, RunContext context) {
        this.source = source;
        this.order = order;
        this.context = context;
    }

    /**
     * Returns false when the run must end before.
     *
     * @param waiting is told what a longer wait is for, and null when it is over
     */
    boolean await(Consumer<@Nullable String> waiting) {
        return awaitPublished() && awaitOlderTransactions(waiting) && refresh();
    }

    private boolean awaitPublished() {
        while (source.inTransaction(
                        "reading the publication", connection -> PublicationNote.read(connection, order.taskId()))
                < order.selection()) {
            if (context.pause(LOOK_EVERY)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Those of the tables of which nothing would be streamed, though the source logs their changes: one that was dropped and
     * made anew, or that has taken the name of another, is not the one that was published.
     */
    Set<TableName> unpublished(Collection<TableName> tables) {
        String sql = """
                SELECT n.nspname, c.relname
                FROM unnest(?::text[], ?::text[]) AS chosen (schema, name)
                JOIN pg_namespace n ON n.nspname = chosen.schema
                JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = chosen.name
                JOIN pg_publication p ON p.pubname = ?
                WHERE c.relpersistence = 'p' AND c.relkind IN ('r', 'p') AND NOT p.puballtables
                  AND NOT EXISTS (SELECT FROM pg_publication_rel r WHERE r.prpubid = p.oid AND r.prrelid = c.oid)
                """;
        return source.inTransaction("reading the publication", connection -> {
            Set<TableName> found = new TreeSet<>();
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                TableArrays.set(statement, 1, tables);
                statement.setString(3, Topics.publication(order.taskId()));
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        found.add(new TableName(row.getString(1), row.getString(2)));
                    }
                }
            }
            return found;
        });
    }

    /**
     * Two kinds of transactions must have ended. One that wrote to the table before it was published, since that part is
     * never sent; and one that is in the topic already, but that a snapshot does not see yet: it is decoded when its end is
     * in the log, and visible a little later, or much later where it waits for a standby.
     */
    private boolean awaitOlderTransactions(Consumer<@Nullable String> waiting) {
        return new OlderTransactions(source, context).awaitAll(waiting);
    }

    /**
     * Servers older than 17.5, 16.9, 15.13 and 14.18 may remember from a transaction that began before the publication was
     * altered, and ended after it, that the table is not published. Altering it once more, after all of these have ended,
     * makes them look again.
     */
    private boolean refresh() {
        if (order.selection() > 0) {
            source.transact("refreshing the publication", connection -> {
                try (Statement statement = connection.createStatement()) {
                    int version = connection.getMetaData().getDatabaseMajorVersion();
                    statement.execute("ALTER PUBLICATION " + Identifier.quote(Topics.publication(order.taskId()))
                            + " SET (" + PublicationNote.everyChange(version) + ")");
                }
            });
        }
        return true;
    }
}
