package io.sluice.apply.compare;

import io.sluice.apply.compare.ComparisonNotes.Kept;
import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import io.sluice.postgres.dialect.TargetDialect;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes the notes of a comparison down, for all of its workers, on a session of its own. Thread-safe. */
final class Notebook implements AutoCloseable {

    private final ComparisonNotes notes;
    private final Connections target;
    private final RunContext context;
    private @Nullable DatabaseSession session;

    Notebook(ComparisonNotes notes, Connections target, RunContext context) {
        this.notes = notes;
        this.target = target;
        this.context = context;
    }

    synchronized Map<TableName, Kept> open() {
        return transact("reading the notes of a comparison", connection -> {
            notes.prepare(connection, new Bookkeeping(context.order()));
            return notes.read(connection);
        });
    }

    synchronized void keep(Kept kept) {
        transact("keeping notes of a comparison", connection -> {
            notes.write(connection, kept);
            return true;
        });
    }

    synchronized void forgetRows(ComparedTable table) {
        transact("keeping notes of a comparison", connection -> {
            notes.forgetRows(connection, table.name());
            return true;
        });
    }

    synchronized void keepRows(ComparedTable table, int from, List<Difference> rows) {
        transact("keeping rows that differ", connection -> {
            TargetDialect dialect = TargetDialect.of(context.order().spec().dialect());
            notes.writeRows(connection, dialect, table, from, rows);
            return true;
        });
    }

    private <T> T transact(String doing, DatabaseSession.Work<T> work) {
        DatabaseSession open = session;
        if (open == null) {
            open = DatabaseSession.open(target, context, List.of());
            session = open;
        }
        try {
            return open.inTransaction(doing, connection -> {
                new Bookkeeping(context.order()).requireNewest(connection);
                return work.on(connection);
            });
        } catch (SluiceException e) {
            if (e.code().retry() == ErrorCode.Retry.CONNECTION) {
                close();
            }
            throw e;
        }
    }

    @Override
    public synchronized void close() {
        if (session != null) {
            session.close();
            session = null;
        }
    }
}
