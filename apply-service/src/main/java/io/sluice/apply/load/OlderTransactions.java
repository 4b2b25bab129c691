package io.sluice.apply.load;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.placement.RunContext;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Waits for transactions of the source that are older than a snapshot, where that one must see them, or the stream must
 * have them. A transaction whose commit waits for a synchronous standby is in the log already, so that it is decoded, or
 * passed over as older than the slot; no snapshot sees it before the standby has answered.
 *
 * <p>The source must be a primary; the functions have these names in all of its versions. For one thread.
 */
public final class OlderTransactions {

    private static final Duration LOOK_EVERY = Duration.ofMillis(200);
    private static final Duration SHOW_AFTER = Duration.ofSeconds(3);
    private static final Duration SHOW_EVERY = Duration.ofMinutes(1);

    /** How long a wait that was shown counts without being shown again. */
    private static final Duration SHOWN_FOR = Duration.ofMinutes(5);

    /** So many of the oldest are named. */
    private static final int MOST_NAMED = 5;

    private final DatabaseSession source;
    private final RunContext context;

    public OlderTransactions(DatabaseSession source, RunContext context) {
        this.source = source;
        this.context = context;
    }

    /**
     * Waits until all that have an id have ended. Returns false when the run must end before.
     *
     * @param waiting is told what a wait of more than some seconds is for, and null when that is over
     */
    public boolean awaitAll(Consumer<@Nullable String> waiting) {
        long own = ownId();
        Instant showAt = Instant.now().plus(SHOW_AFTER);
        boolean shown = false;
        for (Open open = open(own, true); open.count() > 0; open = open(own, true)) {
            if (!Instant.now().isBefore(showAt)) {
                shown = true;
                showAt = Instant.now().plus(SHOW_AFTER);
                waiting.accept("Transactions of the source that were open when the table was asked for: " + open.words()
                        + ". The load begins when they have ended.");
            }
            if (context.pause(LOOK_EVERY)) {
                return false;
            }
        }
        if (shown) {
            waiting.accept(null);
        }
        return true;
    }

    /**
     * Waits until all those have ended that may have been committed in the log before this was called. Whoever has a
     * transaction open and does nothing has not begun to commit it. A wait of more than some seconds is shown as a retry,
     * with the sessions that it is for. Returns false when the run must end before.
     */
    public boolean awaitCommitting() {
        long own = ownId();
        Instant since = Instant.now();
        Instant showAt = since.plus(SHOW_AFTER);
        boolean shown = false;
        while (true) {
            Open open = open(own, false);
            if (open.count() == 0) {
                break;
            }
            if (!Instant.now().isBefore(showAt)) {
                shown = true;
                showAt = Instant.now().plus(SHOW_EVERY);
                context.report(new Fact.Retrying(
                        ErrorCode.OBJECT_LOCKED,
                        "The first snapshot of the source waits for transactions that began before it and may have been"
                                + " committed already, as when a commit waits for a synchronous standby: "
                                + open.words()
                                + ". The load begins when they have ended.",
                        since,
                        Instant.now().plus(SHOWN_FOR)));
            }
            if (context.pause(LOOK_EVERY)) {
                return false;
            }
        }
        if (shown) {
            context.report(new Fact.Recovered());
        }
        return true;
    }

    /**
     * An id of our own is after all that were given: a snapshot knows only of those up to the last that has ended. Since 13
     * these functions have other names, too.
     */
    private long ownId() {
        return source.inTransaction("counting transactions", connection -> number(connection, "SELECT txid_current()"));
    }

    /** @param who has them, of the oldest; null when the account may not see it */
    private record Open(int count, @Nullable String who) {
        String words() {
            return count
                    + (who == null ? ", of sessions that this account may not see" : ", of " + who)
                    + (count > MOST_NAMED && who != null ? "; …" : "");
        }
    }

    private Open open(long before, boolean idle) {
        return source.inTransaction("reading the running transactions", connection -> open(connection, before, idle));
    }

    private static Open open(Connection connection, long before, boolean idle) throws SQLException {
        // What a session does is asked after the snapshot: one that is seen idle then commits later than this. Of
        // others' sessions an account may not see it; these are waited for, and so are prepared transactions.
        String sql = """
                SELECT count(*), string_agg(who, '; ' ORDER BY place) FILTER (WHERE place <= ?)
                FROM (
                    SELECT row_number() OVER (ORDER BY open.xid) AS place, coalesce(
                        'pid ' || a.pid || ' (' || concat_ws(', ', 'role ' || a.usename,
                            'application ' || nullif(a.application_name, ''), 'database ' || a.datname,
                            'since ' || to_char(a.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                            a.state) || ')',
                        'the prepared transaction ' || p.gid || ' (' || concat_ws(', ', 'role ' || p.owner,
                            'database ' || p.database,
                            'since ' || to_char(p.prepared AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
                            || ')') AS who
                    FROM txid_snapshot_xip(txid_current_snapshot()) AS open (xid)
                    LEFT JOIN pg_stat_activity a ON a.backend_xid::text::bigint = open.xid & 4294967295
                    LEFT JOIN pg_prepared_xacts p ON p.transaction::text::bigint = open.xid & 4294967295
                    WHERE open.xid < ? AND (? OR a.state IS NULL OR a.state NOT LIKE 'idle in transaction%')
                ) AS found
                """;
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setInt(1, MOST_NAMED);
            statement.setLong(2, before);
            statement.setBoolean(3, idle);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return new Open(row.getInt(1), row.getString(2));
            }
        }
    }

    private static long number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }
}
