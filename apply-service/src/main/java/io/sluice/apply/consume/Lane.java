package io.sluice.apply.consume;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.LaneNotes;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.change.ChangeRecord;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;

/** A session that writes a part of a batch in a transaction of its own. Used by one thread at a time. */
final class Lane implements AutoCloseable {

    /** What another lane holds it holds until this one is done. */
    static final Duration PATIENCE = Duration.ofMillis(500);

    private final int number;
    private final DatabaseSession session;
    private final BatchWriter writer;
    private final Bookkeeping bookkeeping;
    private final LaneNotes notes;
    private final long epoch;

    /** @param number from 1 on; 0 is the session of the stream */
    Lane(
            int number,
            DatabaseSession session,
            BatchWriter writer,
            Bookkeeping bookkeeping,
            LaneNotes notes,
            long epoch) {
        this.number = number;
        this.session = session;
        this.writer = writer;
        this.bookkeeping = bookkeeping;
        this.notes = notes;
        this.epoch = epoch;
    }

    int number() {
        return number;
    }

    DatabaseSession session() {
        return session;
    }

    /** Returns whether everything was written; the transaction is left open. */
    boolean write(List<ChangeRecord> changes, long nextOffset) throws SQLException {
        bookkeeping.share(session.connection(), epoch);
        setUp(session);
        if (!writer.writePlanned(changes)) {
            return false;
        }
        checkConstraints(session);
        notes.advance(session.connection(), number, nextOffset);
        return true;
    }

    /** Of the session's transaction. */
    static void setUp(DatabaseSession session) throws SQLException {
        execute(session, "SET LOCAL lock_timeout = '" + PATIENCE.toMillis() + "ms'");
    }

    /** Nothing that the rows themselves are the reason of may fail when the lanes commit. */
    static void checkConstraints(DatabaseSession session) throws SQLException {
        execute(session, "SET CONSTRAINTS ALL IMMEDIATE");
    }

    private static void execute(DatabaseSession session, String sql) throws SQLException {
        try (Statement statement = session.connection().createStatement()) {
            statement.execute(sql);
        }
    }

    void commit() throws SQLException {
        session.connection().commit();
    }

    @Override
    public void close() {
        writer.close();
        session.close();
    }
}
