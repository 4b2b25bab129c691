package io.sluice.apply.structure;

import io.sluice.apply.ThreadEnd;
import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.Standing;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.structure.PlannedObject.State;
import io.sluice.apply.structure.StructureLog.Entry;
import io.sluice.apply.write.LockHolders;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.dialect.ObjectKind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Makes, beside the stream, the foreign keys that rows were in the way of when the load ended. Tables that were copied at
 * different moments (again, since they were rewritten at the source, or after an interruption) fit together as soon as the
 * stream has come to the last of these. From the structure's log, which holds their statements.
 */
public final class PostponedKeys implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(PostponedKeys.class);

    private static final String FOREIGN_KEY_VIOLATION = "23503";
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    /** With lanes the target may lack a row for a moment that another lane is about to write. */
    private static final int MOST_TRIES = 5;

    private final TaskOrder order;
    private final Connections source;
    private final Connections target;
    private final List<String> setup;
    private final Bookkeeping bookkeeping;
    private final long epoch;
    private final Lsn from;
    private final Set<@Nullable TableName> apart;
    private final RunContext context;
    private final StructureLog log;
    private final Thread thread;
    private int tries;

    /** There are some; so the log, which may be long, is not read before their time has come. */
    private boolean waiting;

    private volatile boolean closed;

    /** What may take long to answer. */
    private volatile @Nullable DatabaseSession asked;

    /**
     * @param setup of sessions of the target
     * @param from once everything before this place of the source's log is on the target, its tables fit together
     * @param apart tables whose keys are somebody else's
     */
    public PostponedKeys(
            TaskOrder order,
            Connections source,
            Connections target,
            List<String> setup,
            Bookkeeping bookkeeping,
            long epoch,
            Lsn from,
            Set<TableName> apart,
            RunContext context) {
        this.order = order;
        this.source = source;
        this.target = target;
        this.setup = setup;
        this.bookkeeping = bookkeeping;
        this.epoch = epoch;
        this.from = from;
        this.apart = new HashSet<>(apart);
        this.context = context;
        this.log = new StructureLog(order.taskId());
        this.thread = Thread.ofPlatform().name("keys-" + order.taskId()).unstarted(this::work);
    }

    static boolean mayWait(Entry failed) {
        return FOREIGN_KEY_VIOLATION.equals(failed.sqlState());
    }

    static Entry postponed(Entry failed) {
        return failed.as(State.PLANNED, failed.ddl(), failed.sqlState(), failed.reason());
    }

    static boolean isPostponed(Entry entry) {
        return entry.kind().equals(ObjectKind.FOREIGN_KEY.name()) && entry.state() == State.PLANNED && mayWait(entry);
    }

    public void begin() {
        thread.start();
    }

    private void work() {
        boolean any = true;
        while (any && !closed && !context.stopping()) {
            try (DatabaseSession session = DatabaseSession.open(target, context, setup)) {
                asked = session;
                LockHolders.limitWaits(session);
                do {
                    any = !closed && look(session);
                } while (any && !rest());
            } catch (SluiceException e) {
                LOG.debugf(e, "Foreign keys could not be made; that is tried again");
                var unusedEnd = rest();
            } finally {
                asked = null;
            }
        }
    }

    /** Returns whether it is over. */
    private boolean rest() {
        long until = System.nanoTime() + LOOK_EVERY.toNanos();
        boolean stopping = false;
        while (!closed && !stopping && System.nanoTime() < until) {
            stopping = context.pause(Duration.ofMillis(200));
        }
        return closed || stopping;
    }

    /** Returns whether there is any that is not made. */
    private boolean look(DatabaseSession session) {
        if (waiting && !together(session)) {
            return true;
        }
        List<Entry> left = session.inTransaction("reading the structure's log", log::read).stream()
                .filter(entry -> isPostponed(entry) && !apart.contains(entry.table()))
                .toList();
        if (left.isEmpty()) {
            return false;
        }
        waiting = true;
        if (!together(session)) {
            return true;
        }
        tries++;
        waiting = false;
        try (DatabaseSession reader = DatabaseSession.open(source, context, List.of())) {
            for (Entry entry : left) {
                TableName table = entry.table();
                waiting |= table != null && isPostponed(make(session, reader, entry, table));
            }
        }
        Fact.StructureProgress progress = session.inTransaction(
                "reading the structure's log", connection -> Structure.progress(connection, order.taskId()));
        if (progress != null) {
            context.report(progress);
        }
        return waiting;
    }

    private boolean together(DatabaseSession session) {
        Standing standing = session.inTransaction(
                "reading where the stream is", connection -> Standing.read(connection, order.taskId(), epoch));
        return !from.isAfter(standing.appliedLsn());
    }

    private Entry make(DatabaseSession session, DatabaseSession reader, Entry entry, TableName table) {
        String constraint = Installer.constraint(entry.name(), table);
        DatabaseSession.Action fence = connection -> bookkeeping.share(connection, epoch);
        // A command may have dropped it since.
        if (!reader.inTransaction(
                "looking for a foreign key", connection -> isAtSource(connection, table, constraint))) {
            Entry gone = entry.as(State.SKIPPED, entry.ddl(), null, "It is not at the source any more.");
            session.transact("noting a foreign key", connection -> {
                fence.on(connection);
                log.write(connection, List.of(gone));
            });
            return gone;
        }
        return new KeyBeside(
                        entry.ddl().substring(0, entry.ddl().length() - 1),
                        Identifier.quote(TableMapping.of(order.spec(), table).target()),
                        constraint,
                        entry.as(State.DONE, "", null, null),
                        refusal -> refused(entry, refusal))
                .make(session, fence, log);
    }

    private Entry refused(Entry entry, SQLException refusal) {
        Entry failed = entry.as(State.FAILED, entry.ddl(), refusal.getSQLState(), Installer.reason(refusal));
        return mayWait(failed) && tries < MOST_TRIES ? postponed(failed) : failed;
    }

    private static boolean isAtSource(Connection connection, TableName table, String constraint) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT EXISTS (SELECT 1 FROM pg_constraint k
                    JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = ? AND c.relname = ? AND k.conname = ?)""")) {
            statement.setString(1, table.schema());
            statement.setString(2, table.table());
            statement.setString(3, constraint);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        DatabaseSession session = asked;
        if (session != null) {
            session.cut();
        }
        ThreadEnd.await(thread);
    }
}
