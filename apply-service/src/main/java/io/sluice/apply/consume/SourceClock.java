package io.sluice.apply.consume;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.error.SluiceException;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * The source's clock, as far as this host can tell it: the difference to the own one is asked for now and then, over a
 * session that lasts for one question. Thread-safe.
 */
public final class SourceClock implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(SourceClock.class);

    /** Clocks drift by less than a millisecond in it; one that is set anew counts from then on. */
    private static final Duration ASK_EVERY = Duration.ofMinutes(10);

    private static final Duration ASK_AGAIN = Duration.ofMinutes(1);

    private final Connections source;
    private final RunContext context;
    private final Clock clock;
    private final Thread thread;
    private volatile long difference;
    private volatile boolean closed;

    public SourceClock(Connections source, String taskId, RunContext context, Clock clock) {
        this.source = source;
        this.context = context;
        this.clock = clock;
        this.thread = Thread.ofVirtual().name("clock-" + taskId).unstarted(this::work);
    }

    public void begin() {
        thread.start();
    }

    /** Unix epoch milliseconds; by this host's clock until the source has answered. */
    public long millis() {
        return clock.millis() + difference;
    }

    private void work() {
        while (!closed && !context.stopping()) {
            Duration pause = ASK_EVERY;
            try (DatabaseSession session = DatabaseSession.open(source, context, List.of())) {
                difference = session.inTransaction("reading the clock", this::measure);
            } catch (SluiceException e) {
                LOG.debugf(e, "The source's clock could not be read; that is tried again");
                pause = ASK_AGAIN;
            }
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private long measure(Connection connection) throws SQLException {
        long before = clock.millis();
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")) {
            row.next();
            // The answer is on its way for half of the time.
            return row.getLong(1) - (before + clock.millis()) / 2;
        }
    }

    /** A question that is under way goes on, and changes nothing any more. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
